// Small parts that several views draw.
import { icon, make } from "../../dom.js";
import { t } from "../words.js";

export function light(one) {
  if (!one.due_at) return "green";
  const now = Date.now();
  if (Date.parse(one.due_at) < now) return "red";
  return one.near_at && Date.parse(one.near_at) <= now ? "yellow" : "green";
}

const two = (n) => String(n).padStart(2, "0");

export function moment(at) {
  const then = new Date(at);
  const now = new Date();
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  return then.toDateString() === now.toDateString() ? clock : `${then.getMonth() + 1}-${two(then.getDate())} ${clock}`;
}

export const due = (one) => (one.due_at ? (Date.parse(one.due_at) < Date.now() ? t("已超时，{when} 前", { when: moment(one.due_at) }) : t("{when} 前", { when: moment(one.due_at) })) : "");

export const size = (bytes) => (bytes > 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`);

// The map's code is large: it comes only here. Without it the list is enough.
export async function mapOf(markers, facts = {}) {
  try {
    await import("../../map/element.js");
  } catch {
    return make("p", { class: "sub" }, t("地图没有打开，请看列表"));
  }
  const first = markers[0] ?? {};
  return make("baoji-map", { class: "field-map", markers: JSON.stringify(markers), lon: first.lon ?? facts.lon, lat: first.lat ?? facts.lat, zoom: facts.zoom ?? 15, label: t("地图") });
}

// A strip of photos: the shutter, the pictures taken, each with a cross.
export function photos(media, { take, drop, most }) {
  const shots = media.filter((one) => one.kind === "photo");
  const button = make("button", { type: "button", class: "shot-more", "data-take": true }, icon("camera"), shots.length ? t("再拍一张") : t("拍照"));
  button.addEventListener("click", take);
  const cross = (one) => {
    const made = make("button", { type: "button", class: "shot-drop", "aria-label": t("去掉这张") }, icon("x"));
    made.addEventListener("click", () => drop(one));
    return made;
  };
  return make("div", { class: "shots" }, shots.length < most ? button : "", ...shots.map((one) => make(
    "figure",
    { class: "shot" },
    make("img", { src: one.thumb, alt: one.role === "after" ? t("处置后的照片") : t("照片") }),
    one.source === "gallery" ? make("figcaption", {}, t("相册")) : one.role === "after" ? make("figcaption", {}, t("处置后")) : "",
    cross(one),
  )));
}

export function problem(text) {
  return make("div", { class: "notice notice-bad", role: "alert" }, icon("alert-circle"), make("div", {}, text));
}

export function button(word, act, { sign, kind = "btn-plain", main = false } = {}) {
  const made = make("button", { type: "button", class: `btn ${kind}${main ? " btn-main" : ""}` }, sign ?? "", make("span", {}, word));
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await act(made);
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

// Small parts that several views draw.
import { icon, make } from "../../dom.js";
import { openMap } from "../../map/begin.js";
import { now, off } from "../clock.js";
import { db, isFull } from "../store.js";
import { t } from "../words.js";

export function light(one) {
  if (!one.due_at) return "green";
  if (Date.parse(one.due_at) < now()) return "red";
  return one.near_at && Date.parse(one.near_at) <= now() ? "yellow" : "green";
}

const two = (n) => String(n).padStart(2, "0");

export function moment(at) {
  const then = new Date(at);
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  return then.toDateString() === new Date(now()).toDateString() ? clock : `${then.getMonth() + 1}-${two(then.getDate())} ${clock}`;
}

export const due = (one) => (one.due_at ? (Date.parse(one.due_at) < now() ? t("已超时，{when} 前", { when: moment(one.due_at) }) : t("{when} 前", { when: moment(one.due_at) })) : "");

export const size = (bytes) => (bytes > 1073741824 ? `${(bytes / 1073741824).toFixed(1)} GB` : bytes > 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`);

// The map's code is large: it comes only here. Without it the list is enough.
export async function mapOf(markers, { pick, cases, ...facts } = {}) {
  try {
    await openMap();
  } catch {
    return make("p", { class: "sub" }, t("地图没有打开，请看列表"));
  }
  const first = markers[0] ?? {};
  return make("baoji-map", { class: "field-map", markers: JSON.stringify(markers), lon: facts.lon ?? first.lon, lat: facts.lat ?? first.lat, "case-url": cases, zoom: facts.zoom ?? 15, label: t("地图"), track: facts.track && JSON.stringify(facts.track), ...(pick ? { "pick-lon": pick[0], "pick-lat": pick[1] } : {}) });
}

let noRoom = () => {};

// How it is said that the phone kept nothing of what was pressed.
export const whenFull = (tell) => { noRoom = tell; };

// What a press does. A phone without room says so, instead of nothing.
export async function pressed(act) {
  try {
    return await act();
  } catch (fault) {
    if (!isFull(fault)) throw fault;
    return noRoom();
  }
}

const SURE_MS = 5000;

// What throws something away asks once more: gloves press what they did not mean. For `button` and what is pressed itself.
export const twice = (act, again = t("再按一次去掉")) => async (made) => {
  if (made.dataset.sure) return act(made);
  const before = [...made.childNodes];
  const label = made.getAttribute("aria-label");
  made.dataset.sure = "1";
  made.classList.add("is-sure");
  made.replaceChildren(make("span", {}, again));
  made.removeAttribute("aria-label");
  navigator.vibrate?.(60);
  setTimeout(() => {
    delete made.dataset.sure;
    made.classList.remove("is-sure");
    made.replaceChildren(...before);
    if (label) made.setAttribute("aria-label", label);
  }, SURE_MS);
  return undefined;
};

// A strip of photos: the shutter, the pictures taken, each with a cross.
export function photos(media, { take, drop, most }) {
  const shots = media.filter((one) => one.kind === "photo");
  const button = make("button", { type: "button", class: "shot-more", "data-take": true }, icon("camera"), shots.length ? t("再拍一张") : t("拍照"));
  button.addEventListener("click", () => pressed(take));
  const cross = (one) => {
    const made = make("button", { type: "button", class: "shot-drop", "aria-label": t("去掉这张") }, icon("x"));
    const act = twice(() => drop(one));
    made.addEventListener("click", () => pressed(() => act(made)));
    return made;
  };
  return make("div", { class: "shots" }, shots.length < most ? button : "", ...shots.map((one) => make(
    "figure",
    { class: "shot" },
    make("img", { src: one.thumb, alt: one.role === "after" ? t("处置后的照片") : t("照片") }),
    one.source === "gallery" ? make("figcaption", {}, t("相册")) : one.role === "after" ? make("figcaption", {}, t("处置后")) : "",
    drop ? cross(one) : "",
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
      await pressed(() => act(made));
    } finally {
      made.disabled = false;
      if (made.isConnected && document.activeElement === document.body) made.focus({ preventScroll: true }); // a browser lets go of what is disabled
    }
  });
  return made;
}

let heard = "";

// A recording that is still on the phone, to listen to before it goes; one at a time.
export async function player(medium) {
  const kept = medium && await (await db()).get("media", medium.sha256);
  URL.revokeObjectURL(heard);
  if (!kept) return "";
  heard = URL.createObjectURL(kept.blob);
  return make("audio", { controls: true, src: heard, class: "w-100", "aria-label": t("录音") });
}

// One out of a few: [value, word] or [value, word, hint] each.
export function choices(label, rows, chosen, choose, { inRow = false } = {}) {
  return make("div", { class: `conditions${inRow ? " is-row" : ""}`, role: "radiogroup", "aria-label": label }, ...rows.map(([value, word, hint, hot]) => {
    const on = chosen === value;
    const made = make("button", { type: "button", role: "radio", "aria-checked": String(on), class: on ? "on" : "" }, make("span", { class: "r" }), make("span", {}, word), hint ? make("span", { class: `limit${hot ? " is-hot" : ""}` }, hint) : "");
    made.addEventListener("click", () => pressed(() => choose(value)));
    return made;
  }));
}

export const note = (sign, text, kind = "notice-off", ...more) => make("div", { class: `notice ${kind}`, role: "status" }, sign, make("div", { class: "stack-tight" }, make("div", {}, text), ...more));

export function words(draft, keep, id) {
  const field = make("textarea", { class: "form-control", id, rows: "2", maxlength: "500" });
  field.value = draft.words;
  const said = make("div", { class: "form-text", role: "status" });
  field.addEventListener("input", async () => {
    draft.words = field.value;
    try {
      await keep(draft);
      said.textContent = "";
    } catch (fault) {
      if (!isFull(fault)) throw fault;
      said.textContent = t("手机存满了，这里写的没有存下"); // drawn anew, they would be gone
    }
  });
  return make("div", { class: "field" }, make("label", { class: "form-label", for: id }, t("补充说明，可不填")), field, said);
}

// A way to another view: a whole line to press.
export const wayTo = (href, sign, word, hint = "") => make("li", {}, make("a", { class: "task-line", href }, sign, make("span", { class: "task-what" }, make("b", {}, word), hint ? make("span", { class: "sub" }, hint) : ""), make("span", { class: "way" }, icon("chevron-right"))));

export const stale = () => note(icon("cloud-off"), t("没有网络，这是上次看到的"));

export function empty(sign, word, hint) {
  return make("div", { class: "empty" }, sign, make("p", { class: "strong" }, word), make("p", { class: "sub" }, hint));
}

// So many milliseconds as people say it.
export function spanWords(span) {
  const minutes = Math.max(1, Math.round(span / 60000));
  return minutes < 120 ? t("{n} 分钟", { n: minutes }) : minutes < 2880 ? t("{n} 小时", { n: Math.round(minutes / 60) }) : t("{n} 天", { n: Math.round(minutes / 1440) });
}

// How far the phone's clock is off.
export function clockWords() {
  const ahead = off() < 0;
  const span = spanWords(Math.abs(off()));
  return ahead ? t("手机时间快了 {span}。这里按服务器的时间算，照片照样收下。请把手机时间改成自动", { span }) : t("手机时间慢了 {span}。这里按服务器的时间算，照片照样收下。请把手机时间改成自动", { span });
}

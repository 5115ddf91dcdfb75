// 我的轨迹: what is kept of one's positions on a day, on the map and in words; where there are none, that is said.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { flush, held } from "../track.js";
import { t } from "../words.js";
import { latest } from "../work.js";
import { empty, mapOf, moment, note, stale } from "./parts.js";

const two = (n) => String(n).padStart(2, "0");
const dayOf = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

export async function trackView(app, asked = "") {
  const today = dayOf(new Date(now()));
  const day = asked || today;
  const person = app.person?.code;
  if (day === today && person) await flush(person).catch(() => {});
  const waits = person ? await held(person) : 0;
  const [kept, fresh] = await latest("track", `/api/v1/field/track?day=${day}`); // one day only: the phone keeps no archive
  const { points = [], gaps = [], runs: lengths, kept_days: days } = kept?.day === day ? kept : {};
  const found = runs(points, lengths);
  const field = make("input", { type: "date", class: "form-control", id: "track-day", value: day, max: today });
  field.addEventListener("change", () => { if (field.value) location.hash = `#/track/${field.value}`; });
  const map = points.length ? await mapOf([], { track: found.map((run) => run.map(([at, lon, lat]) => [lon, lat, moment(at)])) }) : "";
  return {
    title: t("我的轨迹"),
    back: "#/me",
    content: [
      make("div", { class: "field" }, make("label", { class: "form-label", for: "track-day" }, t("哪一天")), field),
      ...(fresh ? [] : [stale()]),
      ...(waits ? [note(icon("clock-pause"), t("还有 {n} 个位置存在手机里，有网自动发送", { n: waits }))] : []),
      ...(points.length ? [make("p", { class: "strong" }, gaps.length ? t("{n} 个位置，{gaps} 段没有位置", { n: points.length, gaps: gaps.length }) : t("{n} 个位置", { n: points.length })), map, make("ul", { class: "watches" }, ...spans(found, gaps))] : waits ? [] : [empty(icon("map-pin-off"), t("这一天没有记下位置"), "")]),
      make("p", { class: "sub" }, t("上班时、打开本应用时才记位置，每 15 秒一次；没有记到的时间不补")),
      ...(days ? [make("p", { class: "sub" }, t("位置保留 {days} 天，到期自动删除。您和监督指挥中心看得到", { days }))] : []),
    ],
  };
}

// Times with positions and times without, in order.
function spans(found, gaps) {
  const rows = gaps.map(([from, until]) => ({ from, until, gap: true }));
  for (const run of found) rows.push({ from: run[0][0], until: run.at(-1)[0], n: run.length });
  return rows.sort((a, b) => Date.parse(a.from) - Date.parse(b.from)).map((one) => make("li", { class: one.gap ? "sub" : "" }, `${moment(one.from)}–${moment(one.until)} · ${one.gap ? t("没有位置") : t("{n} 个位置", one)}`));
}

// The server says how many positions follow each other without a gap; a day fetched from one of before is joined by no line.
function runs(points, lengths = points.map(() => 1)) {
  let from = 0;
  return lengths.map((n) => points.slice(from, (from += n)));
}

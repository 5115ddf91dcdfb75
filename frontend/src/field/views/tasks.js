// What I am asked to look at: urgent first, then the shortest way; as a list or on the map.
import { icon, make } from "../../dom.js";
import { inOrder, point } from "../place.js";
import { t } from "../words.js";
import { tasks } from "../work.js";
import { due, light, mapOf } from "./parts.js";

let asMap = false;

export async function tasksView(app) {
  const way = inOrder(await tasks(), point());
  const gone = app.gone.map((one) => make("div", { class: "notice notice-off" }, icon("info-circle"), make("div", {}, t("任务 {number} 已经不在您手上，不用去了", one))));
  const flip = make("button", { type: "button", class: "btn btn-plain" }, asMap ? icon("list-check") : icon("map-2"), asMap ? t("看列表") : t("看地图"));
  flip.addEventListener("click", () => { asMap = !asMap; app.show(); });
  const body = asMap ? [await mapOf(way.map((one) => ({ lon: one.location.coordinates[0], lat: one.location.coordinates[1], title: one.title, number: one.number, light: light(one) })))] : [list(way)];
  return {
    title: way.length ? t("任务 {n} 件", { n: way.length }) : t("任务"),
    content: [...gone, ...(way.length ? [make("div", { class: "row-tools" }, flip), ...body] : [empty()])],
    foot: [make("a", { class: "btn btn-primary btn-main", href: "#/report" }, icon("camera"), make("span", {}, t("拍照上报")))],
  };
}

function list(way) {
  return make("ul", { class: "task-list" }, ...way.map((one, n) => make("li", {}, make(
    "a",
    { class: "task-line", href: `#/task/${encodeURIComponent(one.number)}` },
    make("span", { class: "task-n" }, String(n + 1)),
    make("span", { class: "task-what" },
      make("b", {}, one.title, one.severity === "critical" ? make("span", { class: "tag tag-urgent" }, t("特急")) : ""),
      make("span", { class: "sub" }, one.act === "check_answer" ? t("核查") : t("核实"), " · ", one.address),
      make("span", { class: "sub" }, [one.metres === null ? "" : t("离我 {m} 米", { m: one.metres }), due(one)].filter(Boolean).join(" · "))),
  ))));
}

const empty = () => make("div", { class: "empty" }, icon("circle-check"), make("p", { class: "strong" }, t("没有任务")), make("p", { class: "sub" }, t("巡查中发现问题，拍照上报")));

// What I am asked to look at: urgent first, then the shortest way. Where I stay, and what went meanwhile.
import { icon, make } from "../../dom.js";
import { unsent } from "../drafts.js";
import { fresh, inOrder, point } from "../place.js";
import { glance } from "../store.js";
import { t } from "../words.js";
import { has } from "../work.js";
import { due, light } from "./parts.js";
import { staying } from "./stay.js";
import { whyGone, wordOf } from "./task.js";

export async function tasksView(app) {
  const seen = await glance();
  const way = inOrder(seen.tasks ?? [], point());
  const lost = seen.gone ?? [];
  const begun = unsent(seen.drafts, app.person?.code).length;
  return {
    title: way.length ? t("任务 {n} 件", { n: way.length }) : t("任务"),
    content: [
      ...(has(app.person, "stay") ? await staying(app, seen) : []),
      ...lost.map(went),
      ...(begun ? [make("a", { class: "notice notice-off align-items-center", href: "#/outbox" }, icon("file-text"), make("b", {}, t("没有发送的草稿 {n} 份", { n: begun })))] : []),
      make("div", { class: "row-tools" }, make("a", { class: "btn btn-plain", href: "#/map" }, icon("map-2"), t("看地图"))),
      way.length ? list(way) : empty(has(app.person, "report")),
    ],
    foot: has(app.person, "report") ? [make("a", { class: "btn btn-primary btn-main", href: "#/report" }, icon("camera"), make("span", {}, t("拍照上报")))] : [],
  };
}

function went(one) {
  return make("a", { class: "notice notice-off", href: `#/task/${encodeURIComponent(one.number)}` }, icon("info-circle"), make("div", { class: "stack-tight" },
    make("b", {}, t("任务 {number} 已经不在您手上，不用去了", one)), make("div", {}, whyGone(one)), one.draft ? make("div", {}, t("您为它做的还在手机里，按这里处理")) : ""));
}

function list(way) {
  return make("ul", { class: "task-list" }, ...way.map((one, n) => make("li", {}, make(
    "a",
    { class: "task-line", href: `#/task/${encodeURIComponent(one.number)}` },
    make("span", { class: `task-n is-${light(one)}` }, String(n + 1)),
    make("span", { class: "task-what" },
      make("b", {}, one.title, one.severity === "critical" ? make("span", { class: "tag tag-urgent" }, t("特急")) : ""),
      make("span", { class: "sub" }, [wordOf(one.act), one.address].filter(Boolean).join(" · ")),
      make("span", { class: "sub" }, [one.metres === null || !fresh() ? "" : t("离我 {m} 米", { m: one.metres }), due(one)].filter(Boolean).join(" · "))),
  ))));
}

const empty = (reports) => make("div", { class: "empty" }, icon("circle-check"), make("p", { class: "strong" }, t("没有任务")), make("p", { class: "sub" }, reports ? t("巡查中发现问题，拍照上报") : t("派给您班组的会出现在这里")));

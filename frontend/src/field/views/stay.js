// 守候: who stays at a dangerous place until it is fenced, from when to when; handed from person to person.
import { icon, make } from "../../dom.js";
import { shoot } from "../camera.js";
import { keepPhoto } from "../media.js";
import { call, Offline, Refusal } from "../net.js";
import { queue } from "../outbox.js";
import { t } from "../words.js";
import { refreshStays, stays } from "../work.js";
import { button, moment, problem } from "./parts.js";

// What a press at the network says afterwards; others must know at once, so these do not wait in the queue.
async function tell(line, act, done) {
  try {
    await act();
    line.textContent = done;
    return true;
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
    line.textContent = fault instanceof Offline ? t("没有网络，请打电话告诉监督中心") : fault.message;
    return false;
  }
}

const door = (number, what) => `/api/v1/field/stays/${encodeURIComponent(number)}/${what}`;

export function history(rows) {
  return rows.length ? make("ul", { class: "watches" }, ...rows.map((one) => make("li", {}, make("b", {}, one.who), ` ${moment(one.since)}–${one.until ? moment(one.until) : t("现在")}`,
    one.handed_to ? ` · ${t("交给 {who}", { who: one.handed_to })}` : one.until ? ` · ${one.fenced ? t("已围挡") : t("未围挡离开")}` : ""))) : "";
}

// In a task of the two-hour kind: begin to stay.
export function beginStay(app, task, mine) {
  const line = make("div", { class: "sub", role: "status" });
  const now = (task.stays ?? []).find((one) => !one.until);
  const start = button(t("我在守候"), async () => {
    if (await tell(line, () => call("POST", door(task.number, "start"), {}), t("开始守候，围挡好以后再离开"))) {
      await refreshStays().catch(() => {});
      location.hash = `#/stay/${encodeURIComponent(task.number)}`;
    }
  });
  const way = mine ? make("a", { class: "btn btn-primary", href: `#/stay/${encodeURIComponent(task.number)}` }, icon("barrier-block"), t("您在守候")) : now ? "" : start;
  return make("section", { class: "notice notice-bad" }, icon("barrier-block"), make("div", { class: "stack-tight" }, make("b", {}, now && !mine ? t("{who} 在守候", { who: now.who }) : t("两小时内要围挡，请守候")), history(task.stays ?? []), way ? make("div", { class: "row-tools" }, way) : "", line));
}

export async function stayView(app, number) {
  const known = await stays();
  const stay = known.items.find((one) => one.number === number);
  if (!stay) return { title: t("守候"), back: "#/tasks", content: [problem(t("您现在不在这里守候"))] };
  const line = make("div", { class: "strong", role: "status" });
  const left = async (what, body, done) => {
    if (!(await tell(line, () => call("POST", door(number, what), body), done))) return;
    await refreshStays().catch(() => {});
    setTimeout(() => { location.hash = "#/tasks"; }, 1500);
  };
  return {
    title: t("守候"),
    back: "#/tasks",
    content: [
      make("section", { class: "stack-tight" }, make("h2", {}, stay.title), make("div", { class: "sub" }, stay.address), make("div", {}, t("{when} 开始守候", { when: moment(stay.since) })), history(stay.history)),
      line,
      relieve(known.relief, left),
      button(t("没围挡，我要离开"), () => left("end", { fenced: false, media: [] }, t("已记下，监督中心马上看到"))),
      make("a", { class: "btn btn-plain", href: "tel:12319" }, icon("phone"), t("拨打 {number}", { number: "12319" })),
    ],
    foot: [button(t("已围挡，拍照"), () => fenced(app, stay), { sign: icon("camera"), kind: "btn-primary", main: true })],
  };
}

function relieve(people, left) {
  if (!people.length) return make("p", { class: "sub" }, t("现在没有别人当班可以接替"));
  const select = make("select", { class: "form-select", id: "relief" }, make("option", { value: "" }, t("选接替的人")), ...people.map((one) => make("option", { value: one.code }, `${one.name} ${one.code}`)));
  const made = button(t("交给他"), async () => { if (select.value) await left("hand-over", { to: select.value }, t("已交接，对方马上收到通知")); }, { sign: icon("arrows-exchange") });
  return make("div", { class: "field" }, make("label", { class: "form-label", for: "relief" }, t("交给别人守")), make("div", { class: "row-tools" }, select, made));
}

// The photo may wait for the network; the watch ends when it has arrived.
async function fenced(app, stay) {
  const taken = await shoot();
  if (!taken) return;
  const uuid = crypto.randomUUID();
  const photo = await keepPhoto(app.person.code, taken.blob, { source: taken.source, role: "after", report: uuid, task: stay.number });
  await queue({ uuid, type: "stay", task: stay.number, person: app.person.code, title: `${t("已围挡")}：${stay.title}`, urgent: true, body: { fenced: true }, media: [photo] });
  location.hash = "#/outbox";
}

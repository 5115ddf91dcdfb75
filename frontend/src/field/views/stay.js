// 守候: who stays at a dangerous place until it is fenced, from when to when; handed from person to person. Each press is
// kept with its time and goes out by itself, so it works without a network; what others do not know yet is said.
import { icon, make } from "../../dom.js";
import { shoot } from "../camera.js";
import { now } from "../clock.js";
import { developed, lost } from "../media.js";
import { all, latestFirst, queueTurn, seen as haveSeen } from "../outbox.js";
import { about, t } from "../words.js";
import { awaited, overtaken, pending } from "../watch.js";
import { stays } from "../work.js";
import { button, moment, note, problem } from "./parts.js";

const WORDS = { start: "开始守候", there: "到场守候", take: "接替守候", hand_over: "交接守候", end: "离开守候", fence: "已围挡" };
const LATE_MS = 120000;

// A time, and when it was heard of where that was later.
const late = (at, received) => (received && Date.parse(received) - Date.parse(at) >= LATE_MS ? t("（{when} 收到）", { when: moment(received) }) : "");
const told = (at, received) => `${moment(at)}${late(at, received)}`;

// 到场 of who was handed the watch; of who began it there is nothing to say.
function came(one) {
  if (awaited(one)) return ` · ${one.until ? t("没有确认到场") : t("尚未确认到场")}`;
  return one.arrived_at && one.arrived_at !== one.since ? ` · ${t("{when} 到场", { when: moment(one.arrived_at) })}${late(one.arrived_at, one.arrived_received)}` : "";
}

export function history(rows) {
  return rows.length ? make("ul", { class: "watches" }, ...rows.map((one) => make("li", {}, make("b", {}, one.who), ` ${told(one.since, one.since_received)}–${one.until ? told(one.until, one.until_received) : t("现在")}`, came(one),
    one.handed_to ? ` · ${t("交给 {who}", { who: one.handed_to })}` : one.until ? ` · ${one.fenced ? t("已围挡") : t("未围挡离开")}` : ""))) : "";
}

const wayTo = (number) => `#/stay/${encodeURIComponent(number)}`;

// Keeps what was pressed; `place` is {number, title, address, location}.
function press(app, { number, title, address, location }, act, { to, who, fenced, word = fenced ? "fence" : act, shot, uuid = crypto.randomUUID() } = {}) {
  const body = { number, act, ...(to ? { to } : {}), ...(fenced ? { fenced } : {}), captured_at: new Date(now()).toISOString() };
  navigator.vibrate?.(80);
  return queueTurn({ uuid, task: number, person: app.person.code, title: about(t(WORDS[word]), title), body, stay: { title, address, location, ...(who ? { who } : {}) } }, shot);
}

// In a task of the two-hour kind: begin to stay, or go on for whoever does.
export async function beginStay(app, task) {
  const mine = (await stays()).items.find((one) => one.number === task.number);
  const waits = pending(await all(), app.person.code, task.number);
  const other = mine ? null : (task.stays ?? []).find((one) => !one.until && one.who !== app.person.name);
  const begin = (act, word) => button(word, async () => { await press(app, task, act); location.hash = wayTo(task.number); });
  const way = mine ? make("a", { class: "btn btn-primary", href: wayTo(task.number) }, icon("barrier-block"), awaited(mine) ? t("交给您守候") : t("您在守候")) : waits ? make("a", { class: "btn btn-plain", href: "#/outbox" }, icon("clock-pause"), t("看待发")) : other ? begin("take", t("我来接替")) : begin("start", t("我在守候"));
  return make("section", { class: "notice notice-bad" }, icon("barrier-block"), make("div", { class: "stack-tight" }, make("b", {}, other ? (awaited(other) ? t("已交给{who}，{who}尚未确认到场", other) : t("{who} 在守候", other)) : t("两小时内要围挡，请守候")), history(task.stays ?? []), waits && !mine ? make("div", {}, waits.title) : "", make("div", { class: "row-tools" }, way)));
}

export async function stayView(app, number) {
  const known = await stays();
  const stay = known.items.find((one) => one.number === number);
  if (!stay) return elsewhere(app, number);
  const leave = async (act, more) => { await press(app, stay, act, more); location.hash = "#/outbox"; };
  const over = stay.status !== "open";
  const fence = (main) => button(t("已围挡，拍照"), () => fenced(app, stay), { sign: icon("camera"), kind: main ? "btn-primary" : "btn-plain", main });
  const there = !over && awaited(stay);
  return {
    title: t("守候"),
    back: "#/tasks",
    content: [
      ...(stay.waiting ? [unheard()] : []),
      ...(over ? [note(icon("circle-check"), t("这件已经办结，不用再守，可以离开"), "notice-ok")] : []),
      make("section", { class: "stack-tight" }, make("h2", {}, stay.title), make("div", { class: "sub" }, stay.address), make("div", {}, begun(stay)), history(stay.history)),
      ...(over ? [] : [...(there ? [fence(false)] : []), relieve(known.relief, leave), button(there ? t("去不了，不守了") : t("没围挡，我要离开"), () => leave("end"))]),
      make("a", { class: "btn btn-plain", href: "tel:12319" }, icon("phone"), t("拨打 {number}", { number: "12319" })),
    ],
    foot: [over ? button(t("离开"), () => leave("end"), { kind: "btn-primary", main: true }) : there ? button(t("我已到场"), () => press(app, stay, "start", { word: "there" }), { sign: icon("map-pin-check"), kind: "btn-primary", main: true }) : fence(true)],
  };
}

const begun = (stay) => (awaited(stay) ? t("{when} 交给您，到了请按“我已到场”", { when: moment(stay.since) }) : stay.arrived_at && stay.arrived_at !== stay.since ? t("{when} 到场", { when: moment(stay.arrived_at) }) : t("{when} 开始守候", { when: moment(stay.since) }));

// For whoever handed it over: whether the other one is there.
function handedOver(one) {
  const when = moment(one.since);
  if (!awaited(one)) return note(icon("circle-check"), make("b", {}, t("{who} {when} 已到场", { who: one.who, when: moment(one.arrived_at) })), "notice-ok", make("div", {}, one.title));
  return note(icon("hourglass"), make("b", {}, t("已交给{who}，{who}尚未确认到场", one)), "notice-off", make("div", {}, `${t("{when} 交给", { when })} · ${one.title}`), ...(one.waiting ? [make("div", {}, t("有网以前别人不知道，请当面说好，急的打电话"))] : []));
}

const unheard = () => note(icon("clock-pause"), t("已存在手机里，记下了时间，有网自动发送。监督中心还不知道，急的请打电话"), "notice-off");

// Nobody stays here on this phone: why not, where somebody else's turn was quicker.
async function elsewhere(app, number) {
  const [parcels, { handed }] = [await all(), await stays()];
  const lost = parcels.find((one) => one.type === "stay" && one.person === app.person?.code && one.task === number && one.state === "gone");
  const waits = pending(parcels, app.person?.code, number);
  return { title: t("守候"), back: "#/tasks", content: [problem(t("您现在不在这里守候")), ...handed.filter((one) => one.number === number).map(handedOver), ...(lost ? [note(icon("info-circle"), lost.said)] : []), ...(waits ? [make("a", { class: "btn btn-plain", href: "#/outbox" }, icon("clock-pause"), t("看待发"))] : [])] };
}

function relieve(people, leave) {
  if (!people.length) return make("p", { class: "sub" }, t("现在没有别人当班可以接替"));
  const select = make("select", { class: "form-select", id: "relief" }, make("option", { value: "" }, t("选接替的人")), ...people.map((one) => make("option", { value: one.code }, `${one.name} ${one.code}`)));
  const made = button(t("交给他"), async () => { if (select.value) await leave("hand_over", { to: select.value, who: people.find((one) => one.code === select.value).name }); else select.focus(); }, { sign: icon("arrows-exchange") });
  return make("div", { class: "field" }, make("label", { class: "form-label", for: "relief" }, t("交给别人守")), make("div", { class: "row-tools" }, select, made));
}

// The watch ends when the photo was taken; both are kept, and wait for the network, together.
async function fenced(app, stay) {
  const taken = await shoot();
  if (!taken) return;
  const uuid = crypto.randomUUID();
  try {
    const shot = await developed(taken.blob, { source: taken.source, role: "after", report: uuid, task: stay.number });
    await press(app, stay, "end", { fenced: true, shot, uuid });
  } catch (fault) {
    lost(app, fault);
    await app.show();
    return;
  }
  location.hash = "#/outbox";
}

// For the list of tasks: where I stay, what I have handed over, and what somebody else's turn had overtaken.
export async function staying(app, seen) {
  const { items, handed } = await stays(seen);
  const lost = overtaken(latestFirst(seen.outbox), app.person?.code);
  return [
    ...items.map((one) => make("a", { class: "notice notice-bad", href: wayTo(one.number) }, icon("barrier-block"), make("div", {}, make("b", {}, awaited(one) ? t("交给您守候：{title}", one) : t("您在守候：{title}", one)), make("div", {}, begun(one), one.waiting ? ` · ${t("待发")}` : ""), one.status === "open" ? "" : make("div", {}, t("这件已经办结，不用再守，可以离开"))))),
    ...handed.map(handedOver),
    ...lost.map((one) => note(icon("info-circle"), make("b", {}, one.title), "notice-off", make("div", {}, one.said), button(t("知道了"), async () => { await haveSeen(one.uuid); await app.show({ stay: true }); }))),
  ];
}

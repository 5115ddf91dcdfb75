// 待发 and what has arrived; a refused one says why and can be mended.
import { icon, make } from "../../dom.js";
import { unsent } from "../drafts.js";
import { drain, latestFirst, seen, takeBack } from "../outbox.js";
import { isOpen } from "../queue.js";
import { forget, gone } from "../remember.js";
import { glance, pressure } from "../store.js";
import { t } from "../words.js";
import { has } from "../work.js";
import { button, moment, size } from "./parts.js";

const WORDS = { waiting: "待发", sending: "正在发", sent: "已收到", refused: "没有收下", gone: "任务已撤", overtaken: "没有接上" };
const LATE_MS = 120000;
const BACK = { report: (one) => `#/report/${one.draft.uuid}`, correction: (one) => `#/correct/${one.draft.uuid}`, answer: (one) => `#/task/${one.draft.task}` };
const PRESSED = ["stay", "duty"]; // there is nothing in them to mend; they are pressed anew
const MARKS = { duty: () => icon("clock-pause"), stay: () => icon("barrier-block"), sos: () => icon("sos"), answer: () => icon("clipboard-check"), correction: () => icon("map-pin-search"), report: () => icon("file-text") };
const SIGNS = { waiting: () => icon("clock-pause"), sending: () => icon("upload"), sent: () => icon("circle-check"), refused: () => icon("alert-circle"), gone: () => icon("info-circle") };

export async function outboxView(app) {
  const { outbox, drafts: kept } = await glance();
  const every = latestFirst(outbox);
  const mine = every.filter((one) => one.person === app.person?.code && !(one.state === "refused" && one.seen));
  const others = every.filter((one) => one.person !== app.person?.code && isOpen(one)).length;
  const open = mine.filter((one) => !["sent", "gone"].includes(one.state));
  const done = mine.filter((one) => ["sent", "gone"].includes(one.state)).slice(0, 30);
  const urgent = open.some((one) => one.urgent) && !app.online;
  const begun = unsent(kept, app.person?.code);
  const lost = gone({ outbox, drafts: kept }, app.person?.code);
  return {
    title: open.length ? t("待发送 {n} 件", { n: open.length }) : begun.length || lost.length ? t("待发") : t("都发出去了"),
    content: [
      ...(lost.length ? [missed(lost, app)] : []),
      ...(others ? [make("div", { class: "notice notice-off" }, icon("user"), make("div", {}, t("手机里还有另一个人的 {n} 件，请本人登录后发送", { n: others })))] : []),
      make("ul", { class: "queue" }, ...open.map((one) => line(one, app))),
      ...(urgent ? [call()] : []),
      ...(open.length && !(await pressure()).persistent ? [make("p", { class: "sub" }, t("手机可能清理这些内容，请把本应用添加到桌面"))] : []),
      ...drafts(begun),
      ...(open.length || begun.length || lost.length ? [] : [make("div", { class: "empty" }, icon("circle-check"), make("p", { class: "strong" }, t("没有待发的")))]),
      ...(done.length ? [make("h2", {}, t("已收到")), make("ul", { class: "queue" }, ...done.map((one) => line(one, app)))] : []),
    ],
    foot: open.length ? [button(t("现在发送"), async () => { await drain(); await app.refresh(); }, { sign: icon("upload"), kind: "btn-primary", main: true })] : has(app.person, "report") ? [make("a", { class: "btn btn-primary btn-main", href: "#/report" }, icon("camera"), make("span", {}, t("继续上报")))] : [],
  };
}

// A browser that found no room, or was told to, has thrown its storage away.
function missed(rows, app) {
  const known = button(t("知道了"), async () => { forget(...rows.map((one) => one.uuid)); await app.refresh(); await app.show({ stay: true }); });
  return make("div", { class: "notice notice-bad", role: "alert" }, icon("alert-triangle"), make("div", { class: "stack-tight" },
    make("b", {}, t("待发的 {n} 件从手机里没有了：浏览器清掉了它的存储", { n: rows.length })),
    make("ul", {}, ...rows.map((one) => make("li", {}, `${one.title} · ${moment(one.at)}`))),
    make("div", {}, t("收到没有，请在“我的”和任务里看；没有收到的请重新做")), known));
}

const drafts = (rows) => (rows.length ? [make("h2", {}, t("没有发送的草稿")), make("ul", { class: "task-list" }, ...rows.map((one) => make("li", {}, make("a", { class: "task-line", href: one.link },
  one.thumb ? make("img", { class: "thumb", src: one.thumb, alt: "" }) : icon("file-text"), make("span", { class: "task-what" }, make("b", {}, one.title), make("span", { class: "sub" }, moment(one.at)))))))] : []);

// When it was pressed; and, where that counts, when it arrived if that was later.
const heardAt = (one) => (one.type === "duty" && one.state === "sent" && one.sentAt - one.at >= LATE_MS ? `${moment(one.at)}${t("（{when} 收到）", { when: moment(one.sentAt) })}` : moment(one.at));

const bytes = (media) => media.reduce((sum, medium) => sum + (medium.size ?? 0), 0);

function line(one, app) {
  const shots = one.media.filter((medium) => medium.kind === "photo");
  const voices = one.media.filter((medium) => medium.kind === "voice");
  const facts = [one.number ? make("span", { class: "number" }, t("任务号 {number}", one)) : "", heardAt(one), shots.length && one.state !== "sent" ? t("照片 {n} 张 {size}", { n: shots.length, size: size(bytes(shots)) }) : "", voices.length && one.state !== "sent" ? `${t("录音")} ${size(bytes(voices))}` : ""].filter(Boolean).flatMap((fact, n) => (n ? [" · ", fact] : [fact]));
  const mend = one.state === "refused" && one.draft ? button(t("改一改再发"), async () => { await takeBack(one.uuid); location.hash = BACK[one.type]?.(one) ?? "#/tasks"; }) : one.state === "refused" && PRESSED.includes(one.type) ? button(t("知道了"), async () => { await seen(one.uuid); await app.show({ stay: true }); }) : "";
  return make("li", { "data-state": one.state },
    shots[0]?.thumb ? make("img", { class: "thumb", src: shots[0].thumb, alt: "" }) : make("span", { class: "thumb is-sign" }, (MARKS[one.type] ?? MARKS.report)()),
    make("div", {}, make("b", {}, one.title, one.urgent ? make("span", { class: "tag tag-urgent" }, t("特急")) : ""), make("div", { class: "sub" }, ...facts), one.said ? make("div", { class: "small" }, one.said) : "", one.state === "gone" && !one.said ? make("div", { class: "small" }, t("照片和记录监督中心已收下保存")) : "", one.type === "stay" && isOpen(one) ? make("div", { class: "small" }, t("有网以前别人不知道，请当面说好，急的打电话")) : one.type === "duty" && isOpen(one) ? make("div", { class: "small" }, t("发送后按现在记的时间算")) : "", mend),
    make("span", { class: `state is-${one.state}` }, SIGNS[one.state](), one.state === "sending" && one.percent ? `${t(WORDS.sending)} ${one.percent}%` : t(WORDS[one.type === "stay" && one.state === "gone" ? "overtaken" : one.state])));
}

const call = () => make("div", { class: "notice notice-bad" }, icon("phone-call"), make("div", { class: "stack-tight" }, make("div", {}, make("b", {}, t("特急件等不及？")), " ", t("拨打监督中心，报地点和问题。值班员会与这件合并。")), make("a", { class: "btn btn-danger", href: "tel:12319" }, icon("phone"), t("拨打 {number}", { number: "12319" }))));

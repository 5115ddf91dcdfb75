// One task: what to look at or to put right, what was answered, the way there; the result with photos.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { discard, keepTaken } from "../media.js";
import { queue } from "../outbox.js";
import { db, together } from "../store.js";
import { wayTo } from "../way.js";
import { about, t } from "../words.js";
import { forgetGone, gone, has, pack, refreshTasks, tasks } from "../work.js";
import { button, choices, due, mapOf, photos, problem, twice, words } from "./parts.js";
import { beginStay } from "./stay.js";

const FACT = { verify_answer: "found", check_answer: "fixed" };
const WORDS = { verify_answer: "核实", check_answer: "核查", answer: "处置" };
const STATUS = { void: "这件已经作废", closed: "这件已经结案", merged: "这件并到了另一件", rejected: "这件不予受理", declined: "这件不予立案", open: "已经有别人回复，或改派给了别人" };

export const wordOf = (act) => (act in WORDS ? t(WORDS[act]) : t("任务"));
export const whyGone = (one) => t(STATUS[one.status] ?? STATUS.open);

// Each person's own: after 下班 a task may come to a colleague on the same phone.
const isFor = (task, person) => (one) => one.person === person && one.task === task.number && one.act === task.act;
const draftOf = async (person, task) => (await (await db()).getAll("drafts")).find(isFor(task, person)) ?? { uuid: `task:${task.number}:${task.act}:${person}`, name: crypto.randomUUID(), person, task: task.number, act: task.act, title: task.title, at: now(), answer: null, words: "", media: [] };
const keep = (draft) => together(["drafts"], (into) => into.drafts.put(draft));

// One that was never here, as where its address is opened first of all, is asked for before it is called gone.
async function taskOf(number) {
  const held = async () => (await tasks()).find((one) => one.number === number);
  const found = await held();
  if (found || (await gone()).some((one) => one.number === number)) return found;
  await refreshTasks().catch((fault) => console.info("tasks:", fault.message));
  return held();
}

export async function taskView(app, number) {
  const task = await taskOf(number);
  if (!task) return goneView(app, number);
  const draft = await draftOf(app.person.code, task);
  const [lon, lat] = task.location.coordinates;
  const again = async () => { await keep(draft); await app.show({ stay: true }); };
  const known = await pack();
  const least = known.photos?.[task.act]?.[0] ?? 1;
  return {
    title: wordOf(task.act),
    back: "#/tasks",
    content: [
      ...(draft.refused && missing(task, draft, least) ? [problem(missing(task, draft, least))] : []),
      make("section", { class: "stack-tight" }, make("h2", {}, task.title, task.severity === "critical" ? make("span", { class: "tag tag-urgent" }, t("特急")) : ""), make("div", { class: "sub" }, task.address), make("div", { class: "strong" }, due(task)), task.description ? make("p", {}, task.description) : "", task.answered && task.act === "check_answer" ? make("p", { class: "notice" }, icon("message"), make("span", {}, t("处置单位说：{text}", { text: task.answered }))) : ""),
      make("div", { class: "row-tools" }, make("a", { class: "btn btn-plain", href: wayTo(task) }, icon("navigation"), t("导航过去")),
        task.component && has(app.person, "correct") ? make("a", { class: "btn btn-quiet", href: `#/correct/${task.component}` }, t("部件纠错")) : ""),
      task.pictures.length ? make("div", { class: "shots" }, ...task.pictures.map((address) => make("figure", { class: "shot" }, make("img", { src: address, alt: t("照片"), loading: "lazy" })))) : "",
      make("div", { class: "map-small" }, await mapOf([{ lon, lat, title: task.title }], { zoom: 16 })),
      ...(task.act === "answer" ? [] : [question(task, draft, again)]),
      photos(draft.media, {
        most: known.photos?.[task.act]?.[1] ?? 9,
        take: () => keepTaken(app, draft, { role: task.act === "verify_answer" ? "before" : "after", report: draft.name, task: task.number }, again),
        drop: async (one) => { draft.media = draft.media.filter((other) => other !== one); await discard(draft.person, one, draft.name); await again(); },
      }),
      words(draft, keep, "task-words"),
      ...(task.severity === "critical" && has(app.person, "stay") ? [await beginStay(app, task)] : []),
    ].filter(Boolean),
    foot: [button(t("发送"), () => send(app, task, draft, least), { sign: icon("send"), kind: "btn-primary", main: true })],
  };
}

function question(task, draft, again) {
  const check = task.act === "check_answer";
  const rows = [[true, check ? t("已经处置好") : t("问题存在")], [false, check ? t("没有处置好") : t("没有发现问题")]];
  return choices(check ? t("处置好了吗") : t("问题存在吗"), rows, draft.answer, async (value) => { draft.answer = value; await again(); });
}

function missing(task, draft, least) {
  if (task.act !== "answer" && draft.answer === null) return t("请选结果");
  if (draft.media.length < least) return t("请至少拍 {n} 张照片", { n: least });
  return task.act === "answer" && !draft.words.trim() ? t("请写怎么处置的") : "";
}

async function send(app, task, draft, least) {
  draft.refused = Boolean(missing(task, draft, least)); // said when it is drawn, in the language of then
  await keep(draft);
  if (draft.refused) return app.show();
  await hand(draft, task);
  navigator.vibrate?.(80);
  location.hash = "#/outbox";
  return undefined;
}

function hand(draft, task) {
  const facts = { ...(FACT[draft.act] && draft.answer !== null ? { [FACT[draft.act]]: draft.answer } : {}), ...(draft.words.trim() ? { opinion: draft.words.trim() } : {}) };
  const body = { number: draft.task, act: draft.act, facts, captured_at: new Date(draft.at).toISOString() };
  return queue({ uuid: draft.name, type: "answer", person: draft.person, title: about(wordOf(draft.act), task.title ?? draft.task), urgent: task.severity === "critical", body, media: draft.media, draft }, task);
}

// A task that went while the phone was offline: why, and what happens with what was taken for it. Nothing is thrown away unasked.
async function goneView(app, number) {
  const one = (await gone()).find((other) => other.number === number) ?? { number };
  const draft = (await (await db()).getAll("drafts")).find((other) => other.task === number && other.person === app.person?.code);
  const forget = async () => { await forgetGone(number); location.hash = "#/tasks"; };
  const shots = draft?.media.length ?? 0;
  return {
    title: t("任务"),
    back: "#/tasks",
    content: [
      problem(t("任务 {number} 已经不在您手上，不用去了", { number })),
      make("section", { class: "stack-tight" }, one.title ? make("h2", {}, one.title) : "", make("p", {}, one.status || one.step ? whyGone(one) : "")),
      ...(draft ? [
        make("p", { class: "strong" }, shots ? t("您为它拍的 {n} 张照片还在手机里", { n: shots }) : t("您写的还在手机里")),
        photos(draft.media, { most: 0, take: () => {}, drop: null }),
        draft.words ? make("p", {}, draft.words) : "",
        make("p", { class: "sub" }, t("可以照样交给监督中心：不再改变这件的结果，作为记录保存")),
        button(t("照样交"), async () => { await hand(draft, one); await forgetGone(number); location.hash = "#/outbox"; }, { sign: icon("send"), kind: "btn-primary", main: true }),
        button(t("不要了，去掉"), twice(async () => { for (const shot of draft.media) await discard(draft.person, shot, draft.name); await together(["drafts"], (into) => into.drafts.delete(draft.uuid)); await forget(); }), { kind: "btn-quiet" }),
      ] : [button(t("知道了"), forget, { kind: "btn-primary", main: true })]),
    ],
  };
}

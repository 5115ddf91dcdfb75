// One task: what to look at, what was answered, the way there; the result with photos.
import { icon, make } from "../../dom.js";
import { shoot } from "../camera.js";
import { discard, keepPhoto } from "../media.js";
import { call, Offline, Refusal } from "../net.js";
import { queue } from "../outbox.js";
import { db, together } from "../store.js";
import { t } from "../words.js";
import { pack, tasks } from "../work.js";
import { button, due, mapOf, photos, problem } from "./parts.js";

const FACT = { verify_answer: "found", check_answer: "fixed" };

const draftOf = async (person, task) => (await (await db()).get("drafts", `task:${task.number}:${task.act}`)) ?? { uuid: `task:${task.number}:${task.act}`, name: crypto.randomUUID(), person, task: task.number, act: task.act, at: Date.now(), answer: null, words: "", media: [] };
const keep = (draft) => together(["drafts"], (into) => into.drafts.put(draft));

export async function taskView(app, number) {
  const task = (await tasks()).find((one) => one.number === number);
  if (!task) return { title: t("任务"), back: "#/tasks", content: [problem(t("任务 {number} 已经不在您手上，不用去了", { number }))] };
  const draft = await draftOf(app.person.code, task);
  const [lon, lat] = task.location.coordinates;
  const again = async () => { await keep(draft); app.show(); };
  const least = (await pack()).photos?.[task.act]?.[0] ?? 1;
  return {
    title: task.act === "check_answer" ? t("核查") : t("核实"),
    back: "#/tasks",
    content: [
      ...(draft.refused ? [problem(draft.refused)] : []),
      make("section", { class: "stack-tight" }, make("h2", {}, task.title), make("div", { class: "sub" }, task.address), make("div", { class: "sub" }, due(task)), task.description ? make("p", {}, task.description) : "", task.answered ? make("p", { class: "notice" }, icon("message"), make("span", {}, t("处置单位说：{text}", { text: task.answered }))) : ""),
      make("div", { class: "row-tools" }, make("a", { class: "btn btn-plain", href: `geo:${lat},${lon}?q=${lat},${lon}` }, icon("navigation"), t("导航过去"))),
      make("div", { class: "shots" }, ...task.pictures.map((address) => make("figure", { class: "shot" }, make("img", { src: address, alt: t("照片"), loading: "lazy" })))),
      await mapOf([{ lon, lat, title: task.title }], { zoom: 16 }),
      question(task, draft, again),
      photos(draft.media, {
        most: 9,
        take: async () => {
          const taken = await shoot();
          if (!taken) return;
          draft.media.push(await keepPhoto(draft.person, taken.blob, { source: taken.source, role: task.act === "check_answer" ? "after" : "before", report: draft.name, task: task.number }));
          await again();
        },
        drop: async (one) => { draft.media = draft.media.filter((other) => other !== one); await discard(draft.person, one, draft.name); await again(); },
      }),
      words(draft),
      ...(task.severity === "critical" ? stay(app, task) : []),
    ],
    foot: [button(t("发送"), () => send(app, task, draft, least), { sign: icon("send"), kind: "btn-primary", main: true })],
  };
}

function question(task, draft, again) {
  const check = task.act === "check_answer";
  const choice = (value, word) => {
    const made = make("button", { type: "button", role: "radio", "aria-checked": String(draft.answer === value), class: draft.answer === value ? "on" : "" }, make("span", { class: "r" }), make("span", {}, word));
    made.addEventListener("click", async () => { draft.answer = value; await again(); });
    return made;
  };
  return make("div", { class: "conditions", role: "radiogroup", "aria-label": check ? t("处置好了吗") : t("问题存在吗") }, choice(true, check ? t("已经处置好") : t("问题存在")), choice(false, check ? t("没有处置好") : t("没有发现问题")));
}

function words(draft) {
  const field = make("textarea", { class: "form-control", id: "task-words", rows: "2", maxlength: "500" });
  field.value = draft.words;
  field.addEventListener("change", () => { draft.words = field.value; keep(draft); });
  return make("div", { class: "field" }, make("label", { class: "form-label", for: "task-words" }, t("补充说明，可不填")), field);
}

async function send(app, task, draft, least) {
  const shots = draft.media.length;
  draft.refused = draft.answer === null ? t("请选结果") : shots < least ? t("请至少拍 {n} 张照片", { n: least }) : "";
  await keep(draft);
  if (draft.refused) return app.show();
  const facts = { [FACT[task.act]]: draft.answer, ...(draft.words.trim() ? { opinion: draft.words.trim() } : {}) };
  await queue({ uuid: draft.name, type: "answer", person: draft.person, title: `${task.act === "check_answer" ? t("核查") : t("核实")}：${task.title}`, urgent: task.severity === "critical", body: { number: task.number, act: task.act, facts, captured_at: new Date(draft.at).toISOString() }, media: draft.media });
  await together(["drafts", "facts"], async (into) => {
    await into.drafts.delete(draft.uuid);
    await into.facts.put((await into.facts.get("tasks") ?? []).filter((one) => one.number !== task.number), "tasks");
  });
  navigator.vibrate?.(80);
  location.hash = "#/outbox";
  return undefined;
}

// 守候: begins and ends with times; needs the network, because others must know at once.
function stay(app, task) {
  const line = make("div", { class: "sub", role: "status" });
  const tell = async (what, body) => {
    try {
      await call("POST", `/api/v1/field/stays/${encodeURIComponent(task.number)}/${what}`, body);
      line.textContent = what === "start" ? t("开始守候，围挡好以后再离开") : t("已记下");
    } catch (fault) {
      line.textContent = fault instanceof Offline ? t("没有网络，请打电话告诉监督中心") : fault instanceof Refusal ? fault.message : String(fault);
    }
  };
  return [make("section", { class: "notice notice-bad stack-tight" }, icon("barrier-block"), make("div", { class: "stack-tight" }, make("b", {}, t("两小时内要围挡，请守候")), make("div", { class: "row-tools" }, button(t("我在守候"), () => tell("start", {})), button(t("没围挡，我要离开"), () => tell("end", { fenced: false, media: [] }))), line))];
}

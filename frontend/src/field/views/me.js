// 我的: duty, help, and the ways to what else this person's posts use.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { device } from "../device.js";
import { LANGUAGES, nameOf, speak, spoken } from "../language.js";
import { look, looks } from "../look.js";
import { csrf, Offline } from "../net.js";
import { all, queueDuty, seen } from "../outbox.js";
import { isOpen } from "../queue.js";
import { lastPress } from "../shift.js";
import { fact, keepFact } from "../store.js";
import { flush } from "../track.js";
import { about, t } from "../words.js";
import { has, stays } from "../work.js";
import { button, choices, moment, note, problem, twice, wayTo } from "./parts.js";

const LATE_MS = 120000;
const RECENT_MS = 12 * 3600 * 1000;
const WORDS = { start: "上班", end: "下班" };
const STATUS = { new: "还没有登记", waiting: "等第二个人核准", active: "已核准", frozen: "已冻结", ended: "已停用" };

// `why`: "network" where a page was asked for that needs one.
export async function meView(app, why = "") {
  const person = app.person;
  if (!person) return { title: t("我的"), content: [make("a", { class: "btn btn-primary btn-main", href: "/sign-in/?next=/field/" }, t("登录"))] };
  const own = await device(person.code);
  const shift = has(person, "duty") ? await duty(app, person) : null;
  return {
    title: t("我的"),
    content: [
      ...(why === "network" && !app.online ? [note(icon("cloud-off"), t("刚才那一页要连上网络才能打开"))] : []),
      make("section", { class: "stack-tight" }, make("h2", {}, person.name), make("div", { class: "sub" }, [person.post, person.code].filter(Boolean).join(" · ")), ...(shift?.act ?? [])),
      ...(shift?.said ?? []),
      has(person, "duty") ? make("a", { class: "btn btn-danger btn-main", href: "#/help" }, icon("sos"), t("求助 SOS")) : "",
      make("ul", { class: "task-list" },
        ...(has(person, "report") ? [wayTo("#/mine", icon("clipboard-list"), t("我报的"), t("处理结果，不受理的理由"))] : []),
        ...(has(person, "correct") ? [wayTo("#/correct", icon("map-pin-search"), t("部件纠错"), t("位置不对、类别不对、找不到了、台账里没有"))] : []),
        wayTo("#/messages", icon("bell"), t("消息")),
        ...(has(person, "duty") ? [wayTo("#/track", icon("route"), t("我的轨迹"), t("看记了什么，保留多久"))] : []),
        wayTo("#/phone", icon("device-mobile"), t("这部手机"), t(STATUS[own.status] ?? own.status)),
        wayTo("/field/plain/", icon("list-check"), t("简单网页版"))),
      display(app),
      await out(person),
    ],
  };
}

// What waits stays on the phone, and goes out in its owner's name alone: when they have signed in again.
async function out(person) {
  const waits = (await all()).filter((one) => one.person === person.code && isOpen(one)).length;
  const said = make("div", { class: "strong", role: "status" });
  const leave = async () => {
    try {
      const answer = await fetch("/sign-out/", { method: "POST", redirect: "manual", headers: { "X-CSRFToken": csrf() } });
      if (answer.type !== "opaqueredirect") throw new Offline(`sign-out: ${answer.status}`, answer.status);
    } catch (fault) {
      console.info("sign-out:", fault.message);
      said.textContent = t("没有网络，稍后再试");
      return;
    }
    location.assign("/sign-in/?next=/field/");
  };
  return make("section", { class: "stack-tight" }, waits ? make("p", { class: "sub" }, t("还有 {n} 件待发，退出后留在手机里，您再登录才发出去", { n: waits })) : "", said,
    button(t("退出登录"), twice(leave, t("再按一次退出")), { sign: icon("logout"), kind: "btn-quiet" }));
}

// Kept on this phone: by hand, because the sun and one's eyes know better than the system.
function display(app) {
  const set = (name) => async (value) => { look(name, value); await app.show({ stay: true }); };
  const said = make("div", { class: "strong", role: "status" });
  const say = async (language) => {
    try {
      if (language !== spoken()) await speak(language);
    } catch (fault) {
      if (!(fault instanceof Offline)) throw fault;
      said.textContent = t("没有网络，稍后再试");
    }
  };
  return make("section", { class: "stack-tight" }, make("h2", {}, t("明暗")),
    choices(t("明暗"), [["light", t("浅色")], ["dark", t("深色")], ["auto", t("跟手机")]], looks("theme") || "light", set("theme"), { inRow: true }),
    make("h2", {}, t("字的大小")),
    choices(t("字的大小"), [["usual", t("标准字")], ["large", t("大字")]], looks("size") || "usual", set("size"), { inRow: true }),
    make("h2", {}, t("语言")),
    choices(t("语言"), LANGUAGES.map((one) => [one, nameOf(one)]), spoken(), say, { inRow: true }), said);
}

// 上班 and 下班, as pressed on this phone: what the server does not know yet is said, and what came out otherwise.
async function duty(app, person) {
  const last = lastPress(await all(), person.code);
  const waits = last && isOpen(last);
  const since = person.since_received && Date.parse(person.since_received) - Date.parse(person.since) >= LATE_MS ? `${moment(person.since)}${t("（{when} 收到）", { when: moment(person.since_received) })}` : moment(person.since);
  const press = async (act) => {
    await queueDuty({ uuid: crypto.randomUUID(), person: person.code, title: t(WORDS[act]), body: { act } });
    navigator.vibrate?.(80);
    await app.seeDuty();
  };
  const begin = button(t("上班"), async () => { await press("start"); navigator.storage?.persist?.(); }, { sign: icon("player-play"), kind: "btn-primary", main: true });
  const refused = make("div", { class: "strong stack-tight", role: "status" });
  const end = button(t("下班"), async () => {
    const open = (await stays()).items.filter((one) => one.status === "open");
    if (open.length) {
      refused.replaceChildren(t("您还在守候，请先交给别人或结束守候"), ...open.map((one) => make("a", { class: "btn btn-plain", href: `#/stay/${encodeURIComponent(one.number)}` }, icon("barrier-block"), make("span", {}, one.title))));
      return;
    }
    await press("end");
    flush(person.code).catch((fault) => console.info("track:", fault.message));
  }, { sign: icon("player-stop") });
  const act = [
    person.since ? make("div", { class: "row-tools" }, make("span", { class: "strong" }, t("{when} 上班", { when: since })), end) : begin,
    refused,
  ];
  return { act, said: waits ? [note(icon("clock-pause"), t("{what} {when}，已存在手机里，有网自动发送，按这个时间算", { what: last.title, when: moment(last.body.captured_at) }))] : await heard(app, person, last) };
}

// How the last press came out, and a duty that the rule ended.
async function heard(app, person, last) {
  const known = button(t("知道了"), async () => { await seen(last.uuid); await app.show({ stay: true }); });
  if (last?.state === "refused") return last.seen ? [] : [problem(about(last.title, last.said)), known];
  const ruled = person.ended_by_rule;
  const late = ruled && (await fact("ruleSeen")) !== ruled.until ? [ended(app, ruled)] : [];
  if (!last || last.seen) return late;
  if (last.said) return [...late, note(icon("info-circle"), make("b", {}, `${last.title} ${moment(last.body.captured_at)}`), "notice-off", make("div", {}, last.said), ...(last.passed ? [make("div", {}, t("{n} 件任务转给了当班的人", { n: last.passed }))] : []), known)];
  if (person.since || last.body.act !== "end" || now() - last.at > RECENT_MS) return late;
  return [...late, make("div", { class: "strong", role: "status" }, last.passed ? t("{when} 已下班。{n} 件任务转给了当班的人", { when: moment(last.body.captured_at), n: last.passed }) : t("{when} 已下班", { when: moment(last.body.captured_at) }))];
}

function ended(app, { since, until, hours }) {
  return note(icon("info-circle"), make("b", {}, t("{since} 上班后满 {n} 小时没有下班，{until} 自动下班", { since: moment(since), until: moment(until), n: hours })), "notice-off",
    make("div", {}, t("还在上班的，请再按上班")), button(t("知道了"), async () => { await keepFact("ruleSeen", until); await app.show({ stay: true }); }));
}

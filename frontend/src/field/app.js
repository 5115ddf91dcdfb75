// 城管通: the app in the street. It opens without a network; what was kept goes out by itself.
import "./look.js";
import { icon, make } from "../dom.js";
import { openMap } from "../map/begin.js";
import { isWrong, startClock } from "./clock.js";
import { contact } from "./device.js";
import { follow as followLanguage } from "./language.js";
import { Offline, Refusal } from "./net.js";
import { drain, latestFirst, onChange, tidy, wake } from "./outbox.js";
import { ask, watch } from "./place.js";
import { isOpen } from "./queue.js";
import { gone, remember } from "./remember.js";
import { foundNoRoom, isShort } from "./room.js";
import { glance, holdReserve, pressure } from "./store.js";
import { flush, follow, stop } from "./track.js";
import { t } from "./words.js";
import { overtaken } from "./watch.js";
import { fetchMessages, fetchMine, has, me, refreshPack, refreshStays, refreshTasks, stays, tellRead, withDuty } from "./work.js";
import { correctView } from "./views/correct.js";
import { helpView } from "./views/help.js";
import { mapView } from "./views/map.js";
import { meView } from "./views/me.js";
import { messagesView } from "./views/messages.js";
import { mineView } from "./views/mine.js";
import { outboxView } from "./views/outbox.js";
import { clockWords, empty, problem, whenFull } from "./views/parts.js";
import { phoneView } from "./views/phone.js";
import { reportView } from "./views/report.js";
import { stayView } from "./views/stay.js";
import { taskView } from "./views/task.js";
import { tasksView } from "./views/tasks.js";
import { trackView } from "./views/track.js";

// Where the first view has a map, its code is fetched beside everything else, not after it.
if (/^#\/(map|task\/|track)/.test(location.hash)) openMap().catch(() => {});

const REFRESH_MS = 60000;
const UNSEEN_MS = 3000;
const TO_READ_MS = 10 * 60000; // how often what is only to be read is fetched
// Each view, and the tool without which it is not there.
const VIEWS = {
  tasks: [tasksView, "tasks"],
  map: [mapView, ""],
  task: [taskView, "tasks"],
  report: [reportView, "report"],
  stay: [stayView, "stay"],
  correct: [correctView, "correct"],
  track: [trackView, "duty"],
  help: [helpView, "duty"],
  mine: [mineView, ""],
  outbox: [outboxView, ""],
  messages: [messagesView, ""],
  phone: [phoneView, ""],
  me: [meView, ""],
};
const NAV = [
  ["report", () => icon("camera-plus"), () => t("上报")],
  ["tasks", () => icon("clipboard-check"), () => t("任务")],
  ["mine", () => icon("clipboard-list"), () => t("我报的")],
  ["outbox", () => icon("upload"), () => t("待发")],
  ["me", () => icon("user"), () => t("我的")],
];
const UNDER = { task: "tasks", stay: "tasks", map: "tasks", track: "me", help: "me", messages: "me", phone: "me", correct: "me" };
const REDRAWN = ["tasks", "outbox", "me", "phone"]; // views without fields, drawn anew when the world has changed
const app = { person: null, online: navigator.onLine, tight: false, home: "tasks" };
const main = document.getElementById("content");
const title = document.getElementById("field-title");
const back = document.getElementById("field-back");
const help = document.getElementById("field-help");
const foot = document.getElementById("field-action");
const nav = document.getElementById("field-tabs");
const strip = document.getElementById("field-strip");

const shown = (name) => name in VIEWS && (!VIEWS[name][1] || has(app.person, VIEWS[name][1]));

function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return shown(name) ? { name, rest: rest.map(decodeURIComponent) } : { name: app.home, rest: [] };
}

let leave = () => {};
let turn = 0;
let drawn = ""; // what is said of duty before the reader's eyes
const dutyOf = (person) => JSON.stringify([person?.since, person?.waits]);

// `stay`: the same view again, where its reader has got to: what is unfolded stays so, with what is being looked for in it.
// Until another view is there, nothing of the one before can be pressed: a photo is being kept for the next report, say, and
// 发送 would send the last one.
async function show({ stay = false } = {}) {
  turn += 1;
  const mine = turn;
  if (!stay) asleep(true);
  try {
    return await draw(mine, stay);
  } finally {
    if (mine === turn) asleep(false);
  }
}

function asleep(is) {
  main.inert = is;
  foot.inert = is;
}

async function draw(mine, stay) {
  app.home = has(app.person, "tasks") ? "tasks" : "mine";
  const { name, rest } = route();
  const said = dutyOf(app.person);
  // Of before the view is made: what comes meanwhile is not in it, and has it drawn anew.
  const before = WATCHED.includes(name) ? await glance() : null;
  const now = before ? await watches(before) : watched;
  const view = app.person?.tools?.length === 0 ? stranger() : await VIEWS[name][0](app, ...rest);
  const seen = before ?? (await glance());
  if (mine !== turn) return view.leave?.(); // another view was asked for meanwhile
  watched = now;
  leave();
  drawn = said;
  leave = view.leave ?? (() => {});
  title.textContent = view.title;
  document.title = `${view.title} · ${t("城管通")}`;
  back.hidden = !view.back;
  if (view.back) back.href = view.back;
  help.hidden = !has(app.person, "duty") || !app.person || name === "help";
  asleep(false);
  const focused = stay ? focusOf(document.activeElement) : null;
  const chosen = stay ? choicesIn(main) : [];
  const unfolded = stay ? sheetsIn(main) : [];
  main.replaceChildren(...(app.alarm ? [problem(app.alarm)] : []), ...view.content.filter(Boolean));
  app.alarm = "";
  choose(main, chosen);
  unfold(main, unfolded);
  foot.replaceChildren(...(view.foot ?? []));
  foot.hidden = !view.foot?.length;
  view.shown?.();
  drawTabs(name, seen);
  notices();
  if (!stay) arrived(mine);
  else if (focused) main.querySelectorAll("button, a, input, select, textarea")[focused]?.focus({ preventScroll: true });
  return undefined;
}

// At the head of another view: the keyboard too, where the view before took with it what it was on.
function arrived(mine) {
  scrollTo(0, 0);
  if (mine > 1 && document.activeElement === document.body) main.focus({ preventScroll: true });
}

// What was chosen and not sent yet is chosen still after the same view was drawn anew.
const choicesIn = (part) => [...part.querySelectorAll("select[id]")].filter((one) => one.value).map((one) => [one.id, one.value]);

function choose(part, choices) {
  for (const [id, value] of choices) {
    const select = part.querySelector(`select#${CSS.escape(id)}`);
    if ([...(select?.options ?? [])].some((one) => one.value === value)) select.value = value;
  }
}

const soughtIn = (sheet) => sheet.querySelector("input[type=search]");
const sheetsIn = (part) => [...part.querySelectorAll("details")].map((one) => ({ open: one.open, sought: soughtIn(one)?.value }));

function unfold(part, sheets) {
  for (const [n, sheet] of [...part.querySelectorAll("details")].entries()) {
    if (!sheets[n]?.open) continue;
    sheet.open = true;
    if (!sheets[n].sought) continue;
    soughtIn(sheet).value = sheets[n].sought;
    soughtIn(sheet).dispatchEvent(new Event("input"));
  }
}

// Where the keyboard is, so that it is there again after the same view was drawn anew.
function focusOf(element) {
  const at = [...main.querySelectorAll("button, a, input, select, textarea")].indexOf(element);
  return at > 0 ? at : null;
}

const stranger = () => ({ title: t("城管通"), content: [empty(icon("walk"), t("城管通给街面上的人用"), t("您的岗位在办公页面办理")), make("a", { class: "btn btn-primary btn-main", href: "/" }, t("去办公页面"))] });

const tabs = async (current) => drawTabs(current, await glance());
const toSend = (one) => one.person === app.person?.code && (isOpen(one) || (one.state === "refused" && !one.seen));

// Puts something in its place, but only where it is other than what stands there: a keyboard that is on it stays there, and it
// is not read out once more.
function place(box, said, ...parts) {
  const now = JSON.stringify(said);
  if (box.said === now) return;
  const at = [...box.querySelectorAll("a")].indexOf(document.activeElement);
  box.said = now;
  box.replaceChildren(...parts);
  box.querySelectorAll("a")[at]?.focus({ preventScroll: true });
}

function drawTabs(current, { tasks: asked = [], outbox }) {
  const n = { tasks: asked.length, outbox: outbox.filter(toSend).length };
  const under = (current === "map" && app.home !== "tasks" ? "me" : UNDER[current]) ?? (current === "mine" && app.home !== "mine" ? "me" : current);
  const wanted = NAV.filter(([name]) => shown(name) && (name !== "mine" || app.home === "mine"));
  place(nav, [wanted.map(([name]) => name), under, n], ...wanted.map(([name, sign, word]) => make(
    "a",
    { href: `#/${name}`, "aria-current": name === under ? "page" : undefined },
    sign(),
    word(),
    n[name] ? make("span", { class: "n" }, String(n[name])) : "",
  )));
}

function notices() {
  const lines = [];
  if (!app.online) lines.push([icon("cloud-off"), t("没有网络。照样拍、照样报，存在手机里，有网自动发送")]);
  if (app.person?.signedOut) lines.push([icon("lock"), t("登录已过期，待发的不会丢。请重新登录"), "/sign-in/?next=/field/"]);
  if (app.lost) lines.push([icon("alert-triangle"), t("待发的 {n} 件从手机里没有了：浏览器清掉了它的存储", { n: app.lost }), "#/outbox"]);
  if (app.tight) lines.push([icon("alert-triangle"), t("手机快存满了。请连上网络把待发的发出去，或清理手机"), "#/phone"]);
  if (isWrong()) lines.push([icon("clock-exclamation"), clockWords(), "#/phone"]);
  if (app.key) lines.push([icon("key"), app.key, "#/phone"]);
  place(strip, lines.map(([, text, link]) => [text, link]), ...lines.map(([sign, text, link]) => make("div", { class: "offline", role: "status" }, sign, link ? make("a", { href: link }, text) : make("span", {}, text))));
  strip.hidden = !lines.length;
  place(document.getElementById("field-state"), app.online, app.online ? icon("wifi") : icon("wifi-off"), make("span", {}, app.online ? t("在线") : t("无网络")));
}

// A key that was frozen or ended needs its owner; one that waits does not.
const keyWords = (status) => ({ frozen: t("这部手机的钥匙冻结了，请看原因"), ended: t("这部手机的钥匙停用了，请重新登记") })[status] ?? "";

const missed = (fault) => console.info("field:", fault.message); // it is tried again

let last = "";
let asked = null;

// One at a time; what is asked for meanwhile waits for it.
function refresh() {
  asked ??= renew().catch(missed).finally(() => { asked = null; });
  return asked;
}

async function renew() {
  try {
    app.person = await withDuty(await me());
    app.online = navigator.onLine;
    if (!app.person.signedOut && app.person.tools?.length !== 0) await exchange();
  } catch (fault) {
    if (fault instanceof Offline) app.online = fault.status > 0;
    if (fault instanceof Offline && fault.status) drain().catch(missed); // the server stumbles: what waits goes out all the same
    else if (fault instanceof Refusal && fault.status === 401) app.person = { ...app.person, signedOut: true };
    else missed(fault);
  }
  if (isShort()) await holdReserve().catch(missed);
  app.tight = (await pressure()).tight;
  app.lost = gone(await glance(), app.person?.code).length;
  notices();
  await seeDuty(); // of a press that was answered while the server was asked
  const seen = await glance();
  const now = JSON.stringify([seen.tasks, app.person, seen.gone, await watches(seen), app.status]);
  if (REDRAWN.includes(route().name) && now !== last) await show({ stay: true });
  else if (route().name === "stay") await heard();
  last = now;
}

const WATCHED = ["stay", "tasks"];
async function watches(seen) {
  const { items, handed } = await stays(seen);
  return JSON.stringify([items, handed, overtaken(latestFirst(seen.outbox), app.person?.code).map((one) => one.uuid)]);
}
let watched = "";
const answered = ({ outbox }) => outbox.filter((one) => ["stay", "duty"].includes(one.type) && !isOpen(one)).length;
let turns = null; // how many turns of watches and duty were answered, when it was looked at last

// Who stays where stands in the tasks, too; and with the end of duty they go to others.
async function seeTurn() {
  try {
    if (has(app.person, "tasks")) await refreshTasks();
    if (["task", "tasks"].includes(route().name)) await show({ stay: true });
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
  }
}

// The queue has changed. Where one stays is drawn anew only when that has: there is a field in it.
async function heard() {
  const { name } = route();
  const now = answered(await glance());
  if (turns !== null && now !== turns) seeTurn();
  turns = now;
  await seeDuty();
  if (name === "outbox" || name === "help") return show({ stay: true });
  return WATCHED.includes(name) && (await watches(await glance())) !== watched ? show({ stay: true }) : tabs(name);
}

// Positions while on duty, whether the server knows of it or not.
function tracked() {
  if (app.person && has(app.person, "duty")) app.person.since ? follow(app.person.code) : stop();
}

// Against what was drawn, not against what was known: a press is answered at any moment, also while the server is being asked.
async function seeDuty() {
  let person = app.person;
  let found = await withDuty(person);
  while (app.person !== person) { // heard anew meanwhile, and maybe of before the answer
    person = app.person;
    found = await withDuty(person);
  }
  app.person = found;
  tracked();
  if (route().name === "me" && dutyOf(app.person) !== drawn) await show({ stay: true });
}

let readAt = 0;

// Messages and what became of the own reports, so that they are there when the network is not.
async function fetchToRead() {
  await tellRead();
  if (Math.abs(Date.now() - readAt) < TO_READ_MS) return;
  readAt = Date.now();
  await fetchMessages();
  if (has(app.person, "report")) await fetchMine();
}

async function exchange() {
  const own = await contact(app.person.code);
  app.status = own.status;
  app.key = own.said ?? keyWords(own.status);
  app.online = true;
  try {
    if (has(app.person, "tasks")) await refreshTasks();
    if (has(app.person, "stay")) await refreshStays();
  } finally { // what waits to be sent does not wait for what is to be read
    drain().then(() => (has(app.person, "duty") ? flush(app.person.code) : null)).catch((fault) => console.info("track:", fault.message));
  }
  await refreshPack();
  await fetchToRead();
  if ((await followLanguage()) && REDRAWN.includes(route().name)) location.reload();
}

// Nothing of what was just pressed was kept.
function full() {
  app.alarm ||= t("手机存满了，刚才按的没有存下。前面的都在，请先连上网络发出去，或清理手机后再按");
  app.tight = true;
  notices();
  navigator.vibrate?.([200, 100, 200]);
  return show();
}

// Whoever leaves for another page is out of sight as well, but does not get here.
async function takeOver() {
  const registration = await navigator.serviceWorker?.getRegistration("/field/");
  if (document.hidden) registration?.waiting?.postMessage("take over");
}

async function start() {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/field/sw.js", { scope: "/field/" }).catch((fault) => console.info("worker:", fault.message));
  navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (data === "drain") drain(); });
  watch();
  addEventListener("hashchange", () => show().catch(broken));
  addEventListener("online", () => (asked ?? Promise.resolve()).then(refresh)); // one under way may have begun without a network
  addEventListener("offline", () => { app.online = false; notices(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) setTimeout(takeOver, UNSEEN_MS); else { ask(); refresh(); } });
  onChange(heard);
  app.person = JSON.parse(document.getElementById("field-person")?.textContent || "null");
  app.refresh = refresh;
  app.seeDuty = seeDuty;
  app.show = show;
  whenFull(full);
  document.documentElement.dataset.fieldReady = "shell";
  const seen = await glance();
  startClock(seen.clock);
  turns = answered(seen);
  app.person = await withDuty(seen.me ?? app.person, seen);
  app.lost = gone(seen, app.person?.code).length;
  app.tight = isShort();
  for (const one of seen.outbox) if (isOpen(one)) remember(one); // of an app of before
  await wake(seen.outbox).catch(missed);
  tracked();
  await show();
  document.documentElement.dataset.fieldReady = "1";
  notices();
  navigator.storage?.persist?.();
  setInterval(refresh, REFRESH_MS);
  await holdReserve().catch(missed); // a phone that is full to the last byte still sends
  await refresh();
  await tidy().catch(missed);
}

// What the phone keeps could not be read, or a view stumbled: that is said, instead of nothing.
function broken(fault) {
  console.error("field:", fault);
  foot.hidden = true;
  main.replaceChildren(problem(foundNoRoom(fault) && isShort() ? t("手机存满了，刚才按的没有存下。前面的都在，请先连上网络发出去，或清理手机后再按") : t("这一页没有打开。请关掉本应用再打开；还是不行，请用简单网页版，或打电话报")), make("a", { class: "btn btn-plain btn-main", href: "/field/plain/" }, t("简单网页版")), make("a", { class: "btn btn-plain btn-main", href: "tel:12319" }, icon("phone"), t("拨打 {number}", { number: "12319" })));
}

start().catch(broken);

// 城管通: the app in the street. It opens without a network; what was kept goes out by itself.
import { icon, make } from "../dom.js";
import { startPreferences } from "../preferences.js";
import { contact } from "./device.js";
import { Offline, Refusal } from "./net.js";
import { all, drain, onChange } from "./outbox.js";
import { watch } from "./place.js";
import { fact, holdReserve, pressure } from "./store.js";
import { follow, stop } from "./track.js";
import { t } from "./words.js";
import { me, refreshPack, refreshTasks, tasks } from "./work.js";
import { meView } from "./views/me.js";
import { outboxView } from "./views/outbox.js";
import { reportView } from "./views/report.js";
import { taskView } from "./views/task.js";
import { tasksView } from "./views/tasks.js";

const REFRESH_MS = 60000;
const VIEWS = { tasks: tasksView, task: taskView, report: reportView, outbox: outboxView, me: meView };
const NAV = [
  ["report", () => icon("camera-plus"), () => t("上报")],
  ["tasks", () => icon("clipboard-check"), () => t("任务")],
  ["outbox", () => icon("upload"), () => t("待发")],
  ["me", () => icon("user"), () => t("我的")],
];
const app = { person: null, online: navigator.onLine, gone: [], tight: false };
const main = document.getElementById("content");
const title = document.getElementById("field-title");
const back = document.getElementById("field-back");
const foot = document.getElementById("field-action");
const nav = document.getElementById("field-tabs");
const strip = document.getElementById("field-strip");

function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return { name: name in VIEWS ? name : "tasks", rest: rest.map(decodeURIComponent) };
}

let leave = () => {};

async function show() {
  leave();
  leave = () => {};
  const { name, rest } = route();
  const view = await VIEWS[name](app, ...rest);
  title.textContent = view.title;
  document.title = `${view.title} · ${t("城管通")}`;
  back.hidden = !view.back;
  if (view.back) back.href = view.back;
  main.replaceChildren(...view.content);
  foot.replaceChildren(...(view.foot ?? []));
  leave = view.leave ?? (() => {});
  await tabs(name);
  scrollTo(0, 0);
}

async function tabs(current) {
  const waiting = (await all()).filter((one) => one.state !== "sent" && one.state !== "gone").length;
  const counts = { tasks: (await tasks()).length, outbox: waiting };
  nav.replaceChildren(...NAV.map(([name, sign, word]) => make(
    "a",
    { href: `#/${name}`, "aria-current": name === current || (name === "tasks" && current === "task") ? "page" : undefined },
    sign(),
    word(),
    counts[name] ? make("span", { class: "n" }, String(counts[name])) : "",
  )));
}

function notices() {
  const lines = [];
  if (!app.online) lines.push(["cloud-off", t("没有网络。照样拍、照样报，存在手机里，有网自动发送")]);
  if (app.person?.signedOut) lines.push(["lock", t("登录已过期，待发的不会丢。请重新登录"), "/sign-in/?next=/field/"]);
  if (app.tight) lines.push(["alert-triangle", t("手机快存满了。请连上网络把待发的发出去，或清理手机")]);
  strip.replaceChildren(...lines.map(([sign, text, link]) => make("div", { class: "offline", role: "status" }, signs[sign](), link ? make("a", { href: link }, text) : make("span", {}, text))));
  strip.hidden = !lines.length;
  const state = document.getElementById("field-state");
  state.replaceChildren(app.online ? icon("wifi") : icon("wifi-off"), make("span", {}, app.online ? t("在线") : t("无网络")));
}

const signs = { "cloud-off": () => icon("cloud-off"), lock: () => icon("lock"), "alert-triangle": () => icon("alert-triangle") };

async function refresh() {
  try {
    const known = await me();
    app.person = known ?? app.person;
    app.online = navigator.onLine;
    if (!app.person || app.person.signedOut) return notices();
    app.person.since ? follow(app.person.code) : stop();
    const { gone } = await refreshTasks();
    app.gone = gone;
    await refreshPack();
    await contact(app.person.code);
    app.online = true;
    drain();
  } catch (fault) {
    if (fault instanceof Offline) app.online = false;
    else if (fault instanceof Refusal && fault.status === 401) app.person = { ...app.person, signedOut: true };
    else console.info("field:", fault.message);
  }
  app.tight = (await pressure()).tight;
  notices();
  if (["tasks", "outbox"].includes(route().name)) await show();
  return undefined;
}

async function start() {
  startPreferences();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/field/sw.js", { scope: "/field/" }).catch((fault) => console.info("worker:", fault.message));
  navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (data === "drain") drain(); });
  watch();
  addEventListener("hashchange", show);
  addEventListener("online", refresh);
  addEventListener("offline", () => { app.online = false; notices(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  onChange(() => (route().name === "outbox" ? show() : tabs(route().name)));
  app.person = JSON.parse(document.getElementById("field-person")?.textContent || "null");
  app.refresh = refresh;
  app.show = show;
  document.documentElement.dataset.fieldReady = "shell";
  app.person = (await fact("me")) ?? app.person;
  await show();
  document.documentElement.dataset.fieldReady = "1";
  notices();
  navigator.storage?.persist?.();
  holdReserve();
  await refresh();
  setInterval(refresh, REFRESH_MS);
}

start();

// 消息: the newest first; what was shown counts as read.
import { icon, make } from "../../dom.js";
import { Offline, Refusal } from "../net.js";
import { t } from "../words.js";
import { fetchMessages, readMessages, stays, tasks, tellRead } from "../work.js";
import { empty, moment, stale } from "./parts.js";

export async function messagesView() {
  const [rows, fresh] = await fetchMessages();
  const [mine, here] = [(await tasks()).map((one) => one.number), (await stays()).items.map((one) => one.number)];
  const list = rows ?? [];
  read(list.filter((one) => !one.read).map((one) => one.id));
  const to = (one) => {
    if (!one.number) return { correction: "#/mine", duty: "#/me" }[one.kind] ?? "";
    if (mine.includes(one.number)) return `#/task/${encodeURIComponent(one.number)}`;
    return here.includes(one.number) ? `#/stay/${encodeURIComponent(one.number)}` : `#/mine/${encodeURIComponent(one.number)}`;
  };
  return {
    title: t("消息"),
    back: "#/me",
    content: [
      ...(fresh ? [] : [stale()]),
      ...(list.length ? [make("ul", { class: "task-list" }, ...list.map((one) => line(one, to(one))))] : [empty(icon("bell"), t("没有消息"), t("任务、结果和不受理的理由会出现在这里"))]),
    ],
  };
}

function line(one, href) {
  const body = make("span", { class: "task-what" },
    make("span", { class: "line" }, make(one.read ? "span" : "b", {}, one.title), one.urgent ? make("span", { class: "tag tag-urgent" }, t("特急")) : "", one.read ? "" : make("span", { class: "tag" }, t("未读"))),
    make("span", { class: "sub" }, moment(one.at)));
  return make("li", {}, href ? make("a", { class: "task-line", href }, body) : make("span", { class: "task-line" }, body));
}

async function read(ids) {
  if (!ids.length) return;
  try {
    await readMessages(ids);
    await tellRead();
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
  }
}

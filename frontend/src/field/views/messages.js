// 消息: the newest first; what was shown counts as read.
import { icon, make } from "../../dom.js";
import { call, Offline, Refusal } from "../net.js";
import { t } from "../words.js";
import { latest, stays, tasks } from "../work.js";
import { empty, moment, stale } from "./parts.js";

export async function messagesView() {
  const [rows, fresh] = await latest("messages", "/api/v1/field/messages", (body) => body.items);
  const [mine, here] = [(await tasks()).map((one) => one.number), (await stays()).items.map((one) => one.number)];
  const list = rows ?? [];
  if (fresh) read(list.filter((one) => !one.read).map((one) => one.id));
  const to = (one) => {
    if (!one.number) return one.kind === "correction" ? "#/mine" : "";
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
    await call("POST", "/api/v1/field/messages/read", { ids });
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
  }
}

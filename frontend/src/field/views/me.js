// 我的: duty, the key of this phone, what is kept, what I reported, help.
import { icon, make } from "../../dom.js";
import { contact, device } from "../device.js";
import { call, Offline, Refusal } from "../net.js";
import { point } from "../place.js";
import { fact, keepFact, pressure } from "../store.js";
import { follow, flush, stop } from "../track.js";
import { t } from "../words.js";
import { button, moment, size } from "./parts.js";

const STATUS = { new: "还没有登记", waiting: "等第二个人核准", active: "已核准", frozen: "已冻结，请联系值班长", ended: "已停用" };

export async function meView(app) {
  const person = app.person;
  if (!person) return { title: t("我的"), content: [make("a", { class: "btn btn-primary btn-main", href: "/sign-in/?next=/field/" }, t("登录"))] };
  const own = await device(person.code);
  const store = await pressure();
  const said = make("div", { class: "small", role: "status" });
  const tell = async (act) => {
    try {
      said.textContent = (await act()) ?? "";
    } catch (fault) {
      if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
      said.textContent = fault instanceof Offline ? t("没有网络，稍后再试") : fault.message;
    }
  };
  return {
    title: t("我的"),
    content: [
      make("section", { class: "stack-tight" }, make("h2", {}, person.name), make("div", { class: "sub" }, person.post ?? ""), duty(app, person, tell), said),
      help(tell),
      make("section", { class: "stack-tight" }, make("h2", {}, t("这部手机")), make("div", {}, t("签名钥匙 {kid}：{status}", { kid: own.kid.slice(0, 8), status: t(STATUS[own.status] ?? own.status) })),
        own.status === "waiting" ? make("div", { class: "sub" }, t("核准前拍的照片照样收下，核准后才算证明")) : "",
        make("div", { class: "sub" }, t("已用 {used}，还剩 {free}", { used: size(store.used), free: size(store.free) }), store.persistent ? "" : ` · ${t("手机可能清理这些内容，请把本应用添加到桌面")}`),
        button(t("和服务器对一次时间"), () => tell(async () => { const now = await contact(person.code, { force: true }); return t(STATUS[now.status] ?? now.status); }))),
      await track(tell),
      await reports(),
      make("section", { class: "stack-tight" }, make("h2", {}, t("其他")), make("a", { class: "btn btn-plain", href: "/field/messages/" }, icon("bell"), t("消息")), make("a", { class: "btn btn-plain", href: "/field/plain/" }, icon("list-check"), t("简单网页版"))),
    ],
  };
}

function duty(app, person, tell) {
  if (!person.since) return button(t("上班"), () => tell(async () => {
    const { body } = await call("POST", "/api/v1/field/duty/start", {});
    app.person = { ...person, since: body.since };
    await keepFact("me", app.person);
    navigator.storage?.persist?.();
    follow(person.code);
    await app.show();
    return "";
  }), { sign: icon("player-play"), kind: "btn-primary", main: true });
  return make("div", { class: "row-tools" }, make("span", { class: "strong" }, t("{when} 上班", { when: moment(person.since) })), button(t("下班"), () => tell(async () => {
    await flush();
    const { body } = await call("POST", "/api/v1/field/duty/end", {});
    stop();
    app.person = { ...person, since: null };
    await keepFact("me", app.person);
    await app.show();
    return body.passed.length ? t("已下班。{n} 件任务转给了当班的人", { n: body.passed.length }) : t("已下班");
  }), { sign: icon("player-stop") }));
}

// Two presses: one by mistake calls nobody.
function help(tell) {
  const made = button(t("求助 SOS"), async (self) => {
    if (!self.dataset.sure) {
      self.dataset.sure = "1";
      self.lastChild.textContent = t("再按一次，马上通知值班长");
      setTimeout(() => { delete self.dataset.sure; self.lastChild.textContent = t("求助 SOS"); }, 5000);
      return;
    }
    const at = point();
    await tell(async () => {
      await call("PUT", `/api/v1/field/sos/${crypto.randomUUID()}`, { ...(at ? { location: { type: "Point", coordinates: at }, crs: "EPSG:4326" } : {}), words: "" });
      return t("已经通知值班长和指挥长");
    });
    delete self.dataset.sure;
  }, { sign: icon("sos"), kind: "btn-danger", main: true });
  return make("section", { class: "stack-tight" }, made, make("a", { class: "btn btn-plain", href: "tel:12319" }, icon("phone"), t("拨打 12319")));
}

async function track(tell) {
  const line = make("div", { class: "sub" }, t("上班时、打开本应用时才记位置，每 15 秒一次；没有记到的时间不补"));
  return make("section", { class: "stack-tight" }, make("h2", {}, t("我的轨迹")), line, button(t("看今天记了什么"), () => tell(async () => {
    const { body } = await call("GET", "/api/v1/field/track");
    return t("今天 {n} 个位置，{gaps} 段没有位置；保留 {days} 天", { n: body.points.length, gaps: body.gaps.length, days: body.kept_days });
  })));
}

async function reports() {
  let rows = (await fact("mine")) ?? [];
  try {
    rows = (await call("GET", "/api/v1/cases?desk=started&limit=20")).body.items.map((one) => ({ number: one.number, title: one.title, status: one.status, step: one.step, at: one.created_at }));
    await keepFact("mine", rows);
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
  }
  return make("section", { class: "stack-tight" }, make("h2", {}, t("我报的")), rows.length ? make("ul", { class: "task-list" }, ...rows.map((one) => make("li", {}, make("a", { class: "task-line", href: `/field/mine/${encodeURIComponent(one.number)}/` }, make("span", { class: "task-what" }, make("b", {}, one.title || one.number), make("span", { class: "sub" }, `${moment(one.at)} · ${one.number}`)))))) : make("p", { class: "sub" }, t("还没有报过")));
}

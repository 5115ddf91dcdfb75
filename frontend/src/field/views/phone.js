// 这部手机: its key and whether it counts, the other phones of the same person, how full it is, its clock.
import { icon, make } from "../../dom.js";
import { isWrong } from "../clock.js";
import { contact, device, renew } from "../device.js";
import { call, Offline, Refusal } from "../net.js";
import { pressure } from "../store.js";
import { t } from "../words.js";
import { latest } from "../work.js";
import { button, clockWords, moment, note, problem, size } from "./parts.js";

const STATUS = { new: "还没有登记", waiting: "等第二个人核准", active: "已核准", frozen: "已冻结", ended: "已停用" };
const WORDS = {
  new: "连上网络后自动登记",
  waiting: "这是一把新钥匙，请值班长核准。核准前拍的照片照样收下，核准后才算证明",
  active: "这部手机拍的照片带签名，算证明",
  frozen: "同一个编号出现了两份记录：手机恢复过备份，或钥匙被人复制。照片照样收下，请联系值班长",
  ended: "钥匙停用了，现在拍的照片不算证明。请重新登记，等值班长核准",
};

export async function phoneView(app) {
  const person = app.person?.code;
  if (!person) return { title: t("这部手机"), back: "#/me", content: [problem(t("还没有登录过，先连上网络登录一次"))] };
  const own = await device(person);
  const said = make("div", { class: "strong", role: "status" });
  const act = async (what) => {
    try {
      await what();
      await app.show();
    } catch (fault) {
      if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
      said.textContent = fault instanceof Offline ? t("没有网络，稍后再试") : fault.message;
    }
  };
  const good = own.status === "active";
  return {
    title: t("这部手机"),
    back: "#/me",
    content: [
      said,
      note(good ? icon("circle-check") : icon("key"), t(WORDS[own.status] ?? own.status), good ? "notice-ok" : own.status === "waiting" || own.status === "new" ? "notice-off" : "notice-bad"),
      make("div", { class: "sub" }, t("签名钥匙 {kid}：{status}", { kid: own.kid.slice(0, 8), status: t(STATUS[own.status] ?? own.status) })),
      ...(isWrong() ? [problem(clockWords())] : [make("div", { class: "sub" }, t("手机时间和服务器一致"))]),
      make("div", { class: "row-tools" }, button(t("和服务器对一次"), () => act(() => contact(person, { force: true })), { sign: icon("refresh") }),
        ...(["ended", "frozen"].includes(own.status) ? [button(t("重新登记这部手机"), () => act(() => renew(person)), { sign: icon("key"), kind: "btn-primary" })] : [])),
      await room(),
      await others(own, act),
    ],
  };
}

async function room() {
  const { used, waits, tight, persistent } = await pressure();
  return make("section", { class: "stack-tight" }, make("h2", {}, t("手机里的空间")),
    make("div", {}, t("本应用已用 {used}，其中待发的和草稿 {waits}", { used: size(used), waits: size(waits) })),
    make("div", { class: "sub" }, t("手机还剩多少，浏览器不说；存不下时这里会说")),
    tight ? problem(t("手机快存满了。请连上网络把待发的发出去，或清理手机")) : "",
    make("div", { class: "sub" }, persistent ? t("手机答应不清理这些内容") : t("手机可能清理这些内容，请把本应用添加到桌面")));
}

// A phone that was lost is ended from the other one; what it sends afterwards proves nothing.
async function others(own, act) {
  const [rows] = await latest("devices", "/api/v1/field/devices", (body) => body.items);
  const live = (rows ?? []).filter((one) => one.kid !== own.kid && one.status !== "ended");
  if (!live.length) return make("p", { class: "sub" }, t("您的账号没有登记别的手机"));
  return make("section", { class: "stack-tight" }, make("h2", {}, t("您的另外 {n} 部手机", { n: live.length })),
    make("p", { class: "sub" }, t("两部手机可以一起用，各发各的，同一件任务以先到的回复为准。丢了的请停用")),
    make("ul", { class: "task-list" }, ...live.map((one) => make("li", {}, make("span", { class: "task-line" }, make("span", { class: "task-what" }, make("b", {}, `${one.label || t("手机")} ${one.kid.slice(0, 8)}`), make("span", { class: "sub" }, `${t(STATUS[one.status])} · ${moment(one.enrolled_at)}`)), end(one, act))))));
}

function end(one, act) {
  return button(t("停用这部手机"), async (self) => {
    if (!self.dataset.sure) {
      self.dataset.sure = "1";
      self.lastChild.textContent = t("再按一次停用");
      return;
    }
    await act(() => call("POST", `/api/v1/field/devices/${one.kid}/end`, { reason: t("本人停用：丢失或不用了") }));
  });
}

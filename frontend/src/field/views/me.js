// 我的: duty, help, and the ways to what else this person's posts use.
import { icon, make } from "../../dom.js";
import { device } from "../device.js";
import { look, looks } from "../look.js";
import { call, Offline, Refusal } from "../net.js";
import { keepFact } from "../store.js";
import { follow, flush, stop } from "../track.js";
import { t } from "../words.js";
import { has, stays } from "../work.js";
import { button, choices, moment, wayTo } from "./parts.js";

const STATUS = { new: "还没有登记", waiting: "等第二个人核准", active: "已核准", frozen: "已冻结", ended: "已停用" };

export async function meView(app) {
  const person = app.person;
  if (!person) return { title: t("我的"), content: [make("a", { class: "btn btn-primary btn-main", href: "/sign-in/?next=/field/" }, t("登录"))] };
  const own = await device(person.code);
  const said = make("div", { class: "strong", role: "status" }, app.said ?? "");
  app.said = "";
  return {
    title: t("我的"),
    content: [
      make("section", { class: "stack-tight" }, make("h2", {}, person.name), make("div", { class: "sub" }, [person.post, person.code].filter(Boolean).join(" · ")), has(person, "duty") ? duty(app, person, said) : "", said),
      has(person, "duty") ? make("a", { class: "btn btn-danger btn-main", href: "#/help" }, icon("sos"), t("求助 SOS")) : "",
      make("ul", { class: "task-list" },
        ...(has(person, "report") ? [wayTo("#/mine", icon("clipboard-list"), t("我报的"), t("处理结果，不受理的理由"))] : []),
        ...(has(person, "correct") ? [wayTo("#/correct", icon("map-pin-search"), t("部件纠错"), t("位置不对、类别不对、找不到了、台账里没有"))] : []),
        wayTo("#/messages", icon("bell"), t("消息")),
        ...(has(person, "duty") ? [wayTo("#/track", icon("route"), t("我的轨迹"), t("看记了什么，保留多久"))] : []),
        wayTo("#/phone", icon("device-mobile"), t("这部手机"), t(STATUS[own.status] ?? own.status)),
        wayTo("/field/plain/", icon("list-check"), t("简单网页版"))),
      display(app),
    ],
  };
}

// Kept on this phone: by hand, because the sun and one's eyes know better than the system.
function display(app) {
  const set = (name) => async (value) => { look(name, value); await app.show({ stay: true }); };
  return make("section", { class: "stack-tight" }, make("h2", {}, t("明暗")),
    choices(t("明暗"), [["light", t("浅色")], ["dark", t("深色")], ["auto", t("跟手机")]], looks("theme") || "light", set("theme"), { inRow: true }),
    make("h2", {}, t("字的大小")),
    choices(t("字的大小"), [["usual", t("标准字")], ["large", t("大字")]], looks("size") || "usual", set("size"), { inRow: true }));
}

function duty(app, person, said) {
  const tell = async (act) => {
    try {
      app.said = await act();
      await app.show();
    } catch (fault) {
      if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
      said.textContent = fault instanceof Offline ? t("没有网络，稍后再试") : fault.message;
    }
  };
  const changed = async (since) => {
    app.duty = { since, at: performance.now() };
    app.person = { ...person, since };
    await keepFact("me", app.person);
  };
  if (!person.since) return button(t("上班"), () => tell(async () => {
    const { body } = await call("POST", "/api/v1/field/duty/start", {});
    await changed(body.since);
    navigator.storage?.persist?.();
    follow(person.code);
    return "";
  }), { sign: icon("player-play"), kind: "btn-primary", main: true });
  return make("div", { class: "row-tools" }, make("span", { class: "strong" }, t("{when} 上班", { when: moment(person.since) })), button(t("下班"), () => tell(async () => {
    if ((await stays()).items.some((one) => one.status === "open")) return t("您还在守候，请先交给别人或结束守候");
    await flush();
    const { body } = await call("POST", "/api/v1/field/duty/end", {});
    stop();
    await changed(null);
    app.refresh(); // the tasks have gone to others
    return body.passed.length ? t("已下班。{n} 件任务转给了当班的人", { n: body.passed.length }) : t("已下班");
  }), { sign: icon("player-stop") }));
}

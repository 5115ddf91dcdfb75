// 求助: two presses, so that one by mistake calls nobody; kept on the phone and sent first when there is no network.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { all, queue } from "../outbox.js";
import { point } from "../place.js";
import { t } from "../words.js";
import { button, moment, note } from "./parts.js";

const SURE_MS = 5000;
const RECENT_MS = 6 * 3600 * 1000;

export async function helpView(app) {
  const cries = (await all()).filter((one) => one.type === "sos" && one.person === app.person?.code && now() - one.at < RECENT_MS);
  return {
    title: t("求助 SOS"),
    back: "#/me",
    content: [
      make("div", { "aria-live": "assertive", class: "stack-tight" }, ...cries.slice(0, 1).map(cried)),
      make("p", {}, t("遇到危险、受伤、被围住时用。值班长、指挥长和中心主任马上看到您是谁、在哪里。")),
      press(app),
      make("div", { class: "row-tools" }, call("110"), call("120"), call("12319")),
      make("p", { class: "sub" }, point() ? t("会带上您现在的位置") : t("还没有定位，会说位置不明")),
    ],
  };
}

const call = (number) => make("a", { class: "btn btn-plain", href: `tel:${number}` }, icon("phone"), t("拨打 {number}", { number }));

function cried(one) {
  if (one.state === "sent") return note(icon("circle-check"), t("{when} 已经通知值班长和指挥长", { when: moment(one.at) }), "notice-ok");
  return note(icon("alert-triangle"), t("求助还没有发出去：没有网络。有网马上发，请同时打电话"), "notice-bad");
}

function press(app) {
  const made = button(t("求助 SOS"), async (self) => {
    if (!self.dataset.sure) {
      self.dataset.sure = "1";
      self.lastChild.textContent = t("再按一次，马上通知值班长");
      navigator.vibrate?.(60);
      setTimeout(() => { delete self.dataset.sure; self.lastChild.textContent = t("求助 SOS"); }, SURE_MS);
      return;
    }
    delete self.dataset.sure;
    const at = point();
    navigator.vibrate?.([120, 60, 120]);
    const body = { ...(at ? { location: { type: "Point", coordinates: at }, crs: "EPSG:4326" } : {}), words: t("手机上 {when} 求助", { when: moment(now()) }) };
    await queue({ uuid: crypto.randomUUID(), type: "sos", person: app.person.code, title: t("求助 SOS"), urgent: true, body });
    await app.show();
  }, { sign: icon("sos"), kind: "btn-danger", main: true });
  return made;
}

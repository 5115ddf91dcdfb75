// 求助: two presses, so that one by mistake calls nobody; kept on the phone and sent first when there is no network. A phone
// that cannot keep it sends it all the same.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { call } from "../net.js";
import { all, queue } from "../outbox.js";
import { age, ask, fresh, here, point } from "../place.js";
import { t } from "../words.js";
import { button, moment, note, spanWords } from "./parts.js";

const SURE_MS = 5000;
const RECENT_MS = 6 * 3600 * 1000;
const KEPT_MS = 5000; // a storage that does not answer by then may never do so
let unkept = null; // the last cry that the phone could not keep: as a parcel, `state` is calling, sent or lost

export async function helpView(app) {
  const cries = [...(unkept ? [unkept] : []), ...(await all()).filter((one) => one.type === "sos")].filter((one) => one.person === app.person?.code && now() - one.at < RECENT_MS);
  const where = make("p", { class: "sub" }, placeWords());
  const hear = () => { where.textContent = placeWords(); };
  here.listeners.add(hear);
  ask();
  return {
    title: t("求助 SOS"),
    back: "#/me",
    leave: () => here.listeners.delete(hear),
    content: [
      make("div", { "aria-live": "assertive", class: "stack-tight" }, ...cries.sort((a, b) => b.at - a.at).slice(0, 1).map(cried)),
      make("p", {}, t("遇到危险、受伤、被围住时用。值班长、指挥长和中心主任马上看到您是谁、在哪里。")),
      press(app),
      make("div", { class: "row-tools" }, dial("110"), dial("120"), dial("12319")),
      where,
    ],
  };
}

const placeWords = () => (fresh() ? t("会带上您现在的位置") : here.now ? t("现在定不到位，会带上 {span}前的位置", { span: spanWords(age()) }) : t("还没有定位，会说位置不明"));

const dial = (number) => make("a", { class: "btn btn-plain", href: `tel:${number}` }, icon("phone"), t("拨打 {number}", { number }));

function cried(one) {
  if (one.state === "sent") return note(icon("circle-check"), t("{when} 已经通知值班长和指挥长", { when: moment(one.at) }), "notice-ok");
  if (one.state === "calling") return note(icon("upload"), t("正在发"));
  if (one.state === "lost") return note(icon("alert-triangle"), t("求助没有存下，也没有发出去，请打电话"), "notice-bad");
  return note(icon("alert-triangle"), t("求助还没有发出去：没有网络。有网马上发，请同时打电话"), "notice-bad");
}

// What is said with it: the last place there was, and from when it is where that is not now.
function said() {
  const when = moment(now());
  const words = !here.now || fresh() ? t("手机上 {when} 求助", { when }) : t("手机上 {when} 求助，位置是 {span}前的", { when, span: spanWords(age()) });
  return { ...(here.now ? { location: { type: "Point", coordinates: point() }, crs: "EPSG:4326" } : {}), words };
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
    navigator.vibrate?.([120, 60, 120]);
    const again = unkept?.state === "lost" && unkept.person === app.person.code; // it may have arrived: then it is the same cry
    await cry(app, { uuid: again ? unkept.uuid : crypto.randomUUID(), type: "sos", person: app.person.code, title: t("求助 SOS"), urgent: true, body: said() });
    await app.show();
  }, { sign: icon("sos"), kind: "btn-danger", main: true });
  return made;
}

const tooLong = () => new Promise((_done, fail) => { setTimeout(() => fail(new Error("storage does not answer")), KEPT_MS); });

// Into the queue, which sends it now or as soon as it can. Whatever keeps the phone from that must not keep the cry back.
async function cry(app, parcel) {
  try {
    await Promise.race([queue(parcel), tooLong()]);
    unkept = null;
    return;
  } catch (fault) {
    console.info("sos:", fault.message);
  }
  unkept = { ...parcel, at: now(), state: "calling" };
  await app.show();
  try {
    await call("PUT", `/api/v1/field/sos/${parcel.uuid}`, parcel.body);
    unkept.state = "sent";
  } catch (fault) {
    console.info("sos:", fault.message);
    unkept.state = "lost";
  }
}

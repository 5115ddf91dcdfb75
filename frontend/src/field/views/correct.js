// 部件纠错: what stands otherwise in the street than in the ledger. A second person decides; it waits in the queue like a report.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { discard, keepTaken } from "../media.js";
import { queue } from "../outbox.js";
import { ask, fresh as freshPlace, here, nearest, point } from "../place.js";
import { db, together } from "../store.js";
import { about, t } from "../words.js";
import { pack } from "../work.js";
import { button, choices, mapOf, moment, photos, pressed, problem, twice, words } from "./parts.js";

const WORDS = { moved: "位置不对", class: "类别不对", missing: "找不到了", new: "台账里没有", state: "状态不对" };
const STATUS = { 完好: "完好", 破损: "破损", 废弃: "废弃" };
const MOST_PHOTOS = 6;
const FOUND = 30;
const prefix = "correct:";

const fresh = (person) => ({ uuid: `${prefix}${crypto.randomUUID()}`, name: crypto.randomUUID(), person, at: now(), component: "", thing: "", kind: "", class: "", title: "", state: "", place: null, words: "", media: [] });
const keep = (draft) => together(["drafts"], (into) => into.drafts.put(draft));

// Something was told in it already; one of which only the kind was pressed is taken for the next one.
const isBegun = (one) => one.media.length > 0 || Boolean(one.words.trim() || one.component || one.class || one.state || one.place);

const others = (rows) => rows.map((one) => make("li", {}, make("a", { class: "task-line", href: `#/correct/${one.uuid}` }, make("span", { class: "task-what" }, make("b", {}, one.thing || one.title || t("草稿")), make("span", { class: "sub" }, moment(one.at))))));

// `code`: of a component, whose draft is gone on with or begun; or the name of a draft. Without one a new one is begun.
export async function correctView(app, code = "") {
  const person = app.person?.code;
  if (!person) return { title: t("部件纠错"), back: "#/me", content: [problem(t("还没有登录过，先连上网络登录一次"))] };
  const known = await pack();
  const mine = (await (await db()).getAll("drafts")).filter((one) => one.person === person && one.uuid.startsWith(prefix)).sort((a, b) => b.at - a.at);
  if (code.startsWith(prefix) && !mine.some((one) => one.uuid === code)) return { title: t("部件纠错"), back: "#/me", content: [problem(t("这份草稿已经发送或去掉了"))], foot: [make("a", { class: "btn btn-primary btn-main", href: "#/outbox" }, t("看待发"))] };
  const draft = mine.find((one) => code && [one.uuid, one.component].includes(code)) ?? mine.find((one) => !isBegun(one)) ?? fresh(person);
  const given = code && known.components.find((one) => one[0] === code);
  if (given) Object.assign(draft, { component: given[0], thing: given[2] });
  const left = mine.filter((one) => one.uuid !== draft.uuid && isBegun(one));
  const again = async () => {
    await keep(draft);
    history.replaceState(null, "", `#/correct/${draft.uuid}`);
    await app.show({ stay: true });
  };
  return {
    title: t("部件纠错"),
    back: "#/me",
    content: [
      ...(draft.refused && missing(draft) ? [problem(missing(draft))] : []),
      ...(left.length ? [make("h2", {}, t("没有发送的草稿")), make("ul", { class: "task-list" }, ...others(left))] : []),
      make("h2", {}, t("哪里不一样")),
      choices(t("哪里不一样"), Object.entries(WORDS).map(([kind, word]) => [kind, t(word)]), draft.kind, async (kind) => { draft.kind = kind; await again(); }),
      ...(draft.kind && draft.kind !== "new" ? [which(draft, known, again)] : []),
      ...(["new", "class"].includes(draft.kind) ? [classOf(draft, known, again)] : []),
      ...(draft.kind === "state" ? [make("h2", {}, t("现在是")), choices(t("现在是"), Object.entries(STATUS).map(([state, word]) => [state, t(word)]), draft.state, async (state) => { draft.state = state; await again(); })] : []),
      ...(["new", "moved"].includes(draft.kind) ? [await where(draft, again)] : []),
      ...(draft.kind ? [photos(draft.media, {
        most: MOST_PHOTOS,
        take: () => keepTaken(app, draft, { role: "before", report: draft.name }, again),
        drop: async (one) => { draft.media = draft.media.filter((other) => other !== one); await discard(draft.person, one, draft.name); await again(); },
      }), words(draft, keep, "correct-words"), button(t("去掉这份草稿"), twice(async () => { await drop(draft); location.hash = "#/correct"; }), { kind: "btn-quiet" })] : []),
    ],
    foot: draft.kind ? [button(t("交给人审"), () => send(app, draft), { sign: icon("send"), kind: "btn-primary", main: true })] : [],
  };
}

function which(draft, known, again) {
  const list = make("ul", { class: "choice-list" });
  const search = make("input", { type: "search", class: "form-control", "aria-label": t("查部件"), placeholder: t("查名称或编号尾号"), autocomplete: "off" });
  const row = (one, hint) => make("li", {}, button(`${one.name} ${one.code.slice(-6)}${hint}`, async () => { sheet.open = false; Object.assign(draft, { component: one.code, thing: one.name }); await again(); }));
  const fill = () => {
    const sought = search.value.trim().toLowerCase();
    const found = sought ? known.components.filter((one) => one[2].toLowerCase().includes(sought) || one[0].endsWith(sought)).slice(0, FOUND).map((one) => ({ code: one[0], name: one[2] })) : nearest(known.components, point(freshPlace()));
    list.replaceChildren(...(found.length ? found.map((one) => row(one, one.metres === undefined ? "" : ` · ${Math.round(one.metres)} m`)) : [make("li", { class: "sub" }, t("附近没有台账里的部件"))]));
  };
  search.addEventListener("input", fill);
  fill();
  if (!freshPlace()) ask().then((found) => found && fill());
  const sheet = make("details", { class: "sheet-more" }, make("summary", {}, draft.component ? t("换一个") : t("选一个")), search, list);
  if (!draft.component) sheet.open = true;
  return make("section", { class: "stack-tight", "aria-label": t("哪个部件") }, make("h2", {}, t("哪个部件")),
    draft.component ? make("div", { class: "snap" }, icon("target"), make("div", {}, make("b", {}, draft.thing), make("div", { class: "sub" }, draft.component))) : "", sheet);
}

function classOf(draft, known, again) {
  const list = make("ul", { class: "choice-list" });
  const search = make("input", { type: "search", class: "form-control", "aria-label": t("查类别"), placeholder: t("查类别，如 垃圾、井盖"), autocomplete: "off" });
  const fill = () => {
    const sought = search.value.trim().toLowerCase();
    const rows = known.classes.filter((row) => row.kind === "component" && (!sought || row.title.toLowerCase().includes(sought) || row.code.startsWith(sought))).slice(0, FOUND);
    list.replaceChildren(...rows.map((row) => make("li", {}, button(row.title, async () => { sheet.open = false; Object.assign(draft, { class: row.code, title: row.title }); await again(); }))));
  };
  search.addEventListener("input", fill);
  fill();
  const sheet = make("details", { class: "sheet-more" }, make("summary", {}, draft.class ? t("换一个") : t("选一个")), search, list);
  if (!draft.class) sheet.open = true;
  return make("section", { class: "stack-tight", "aria-label": t("应该是哪一类") }, make("h2", {}, t("应该是哪一类")), draft.class ? make("div", { class: "snap" }, icon("category"), make("b", {}, draft.title)) : "", sheet);
}

// On the map, or where one stands.
async function where(draft, again) {
  const at = draft.place ?? (here.now ? { lon: here.now.lon, lat: here.now.lat } : null);
  const [lon, lat] = ["lon", "lat"].map((name) => make("input", { type: "hidden", id: `correct-${name}`, value: draft.place ? draft.place[name] : "" }));
  const map = await mapOf([], { lon: at?.lon, lat: at?.lat, zoom: 18, pick: ["correct-lon", "correct-lat"] });
  map.addEventListener("baoji:placed", ({ detail }) => pressed(async () => {
    draft.place = { lon: detail.lon, lat: detail.lat };
    await keep(draft);
    said.textContent = t("已在地图上标出");
  }));
  const said = make("span", { class: "sub", role: "status" }, draft.place ? t("已在地图上标出") : t("点地图标出位置"));
  return make("section", { class: "stack-tight" }, make("h2", {}, t("应该在哪里")), lon, lat, map,
    make("div", { class: "row-tools" }, button(t("就在我这里"), async () => { if (await ask()) { draft.place = { lon: here.now.lon, lat: here.now.lat }; await again(); } else said.textContent = t("还没有定位，请到空旷处稍等"); }, { sign: icon("current-location") }), said));
}

async function drop(draft) {
  for (const one of draft.media) await discard(draft.person, one, draft.name);
  await together(["drafts"], (into) => into.drafts.delete(draft.uuid));
}

function missing(draft) {
  if (draft.kind !== "new" && !draft.component) return t("请选是哪个部件");
  if (["new", "class"].includes(draft.kind) && !draft.class) return t("请选应该是哪一类");
  if (["new", "moved"].includes(draft.kind) && !draft.place) return t("请在地图上标出位置");
  if (draft.kind === "state" && !draft.state) return t("请选现在是什么状态");
  return draft.media.length ? "" : t("请至少拍 {n} 张照片", { n: 1 });
}

async function send(app, draft) {
  draft.refused = Boolean(missing(draft)); // said when it is drawn, in the language of then
  await keep(draft);
  if (draft.refused) return app.show();
  const placed = ["new", "moved"].includes(draft.kind) ? { location: { type: "Point", coordinates: [draft.place.lon, draft.place.lat] }, crs: "EPSG:4490" } : {};
  const body = {
    kind: draft.kind,
    ...(draft.kind === "new" ? {} : { component: draft.component }),
    ...(["new", "class"].includes(draft.kind) ? { class: draft.class } : {}),
    ...(draft.kind === "state" ? { state: draft.state } : {}),
    ...placed,
    words: draft.words.trim().slice(0, 200),
  };
  const title = about(t("部件纠错"), draft.kind === "new" ? draft.title : draft.thing);
  await queue({ uuid: draft.name, type: "correction", person: draft.person, title, body, media: draft.media, draft });
  navigator.vibrate?.(80);
  location.hash = "#/outbox";
  return undefined;
}

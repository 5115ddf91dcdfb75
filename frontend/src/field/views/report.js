// 快速上报 in four taps: camera, what it is (snapped from the map, or searched), the condition, send.
import { icon, make } from "../../dom.js";
import { record, shoot } from "../camera.js";
import { discard, keepPhoto, keepVoice } from "../media.js";
import { queue } from "../outbox.js";
import { covers, here, nearest, point } from "../place.js";
import { db, together } from "../store.js";
import { t } from "../words.js";
import { pack, recents, rememberClass } from "../work.js";
import { button, photos, problem } from "./parts.js";

const SNAP_M = 25;
const UNITS = { urgent_hour: "紧急工作时", urgent_day: "紧急工作日", work_hour: "工作时", work_day: "工作日" };
let recording = null;

const fresh = (person) => ({ uuid: crypto.randomUUID(), person, at: Date.now(), component: null, kind: "", class: "", condition: null, words: "", self: false, place: null, media: [], snapped: false });

const keep = (draft) => together(["drafts"], (into) => into.drafts.put(draft));

export async function reportView(app, uuid = "") {
  const person = app.person?.code;
  if (!person) return { title: t("快速上报"), content: [problem(t("还没有登录过，先连上网络登录一次"))] };
  if (!uuid) {
    const mine = (await (await db()).getAll("drafts")).filter((one) => one.person === person);
    const draft = fresh(person);
    const photo = await shootFor(draft, person);
    if (!photo) return { title: t("快速上报"), content: [...drafts(mine), button(t("打开相机"), () => app.show(), { sign: icon("camera"), kind: "btn-primary", main: true })] };
    await keep(draft);
    history.replaceState(null, "", `#/report/${draft.uuid}`);
    return reportView(app, draft.uuid);
  }
  const draft = await (await db()).get("drafts", uuid);
  if (!draft) return { title: t("快速上报"), content: [problem(t("这份草稿已经发送或去掉了"))], foot: [make("a", { class: "btn btn-primary btn-main", href: "#/outbox" }, t("看待发"))] };
  return form(app, draft, await pack());
}

async function shootFor(draft, person) {
  const known = await pack();
  const note = control(known, point());
  const taken = await shoot(note ? t("管控区：{name}。{basis}，这里的{what}不用报", { name: note.name, basis: note.basis, what: note.words }) : "");
  if (!taken) return null;
  if (!draft.place && here.now) draft.place = { lon: here.now.lon, lat: here.now.lat, accuracy: Math.round(here.now.accuracy) };
  const role = draft.self && draft.media.some((one) => one.role === "before") ? "after" : "before";
  const photo = await keepPhoto(person, taken.blob, { source: taken.source, role, report: draft.uuid });
  draft.media.push(photo);
  navigator.vibrate?.([30, 40, 30]);
  return photo;
}

function control(known, at) {
  const now = Date.now();
  const found = at && (known.controls ?? []).find((one) => Date.parse(one.since) <= now && now < Date.parse(one.until) && covers(one.outline, at));
  return found ? { ...found, words: found.names?.join(t("、")) || t("问题") } : null;
}

const drafts = (mine) => mine.length ? [make("h2", {}, t("没有发送的草稿")), make("ul", { class: "task-list" }, ...mine.map((one) => make("li", {}, make("a", { class: "task-line", href: `#/report/${one.uuid}` }, one.media[0]?.thumb ? make("img", { class: "thumb", src: one.media[0].thumb, alt: "" }) : "", make("span", { class: "task-what" }, make("b", {}, one.words || t("草稿")), make("span", { class: "sub" }, new Date(one.at).toLocaleString()))))))] : [];

async function form(app, draft, known) {
  const near = nearest(known.components, draft.place ? [draft.place.lon, draft.place.lat] : point());
  if (!draft.snapped && !draft.component && !draft.class && near[0]?.metres <= SNAP_M) {
    draft.snapped = true;
    pick(draft, near[0]);
    await keep(draft);
  }
  const again = async () => { await keep(draft); app.show(); };
  const content = [
    ...(draft.refused ? [problem(draft.refused)] : []),
    where(draft),
    what(draft, known, near, again),
    photos(draft.media, {
      most: known.photos?.report?.[1] ?? 9,
      take: async () => { if (await shootFor(draft, draft.person)) await again(); },
      drop: async (one) => { draft.media = draft.media.filter((other) => other !== one); await discard(draft.person, one, draft.uuid); await again(); },
    }),
    ...conditions(draft, known, again),
    words(draft),
    ...self(draft, known, again),
    button(t("去掉这份草稿"), async () => { await drop(draft); location.hash = "#/tasks"; }, { kind: "btn-quiet" }),
  ];
  return { title: t("快速上报"), back: "#/tasks", content, foot: [voice(draft, again), button(t("发送"), () => send(app, draft, known), { sign: icon("send"), kind: "btn-primary", main: true })] };
}

async function drop(draft) {
  for (const one of draft.media) await discard(draft.person, one, draft.uuid);
  await together(["drafts"], (into) => into.drafts.delete(draft.uuid));
}

function where(draft) {
  const place = draft.place;
  const text = place ? t("定位误差 {m} 米", { m: place.accuracy }) : here.fault === 1 ? t("没有允许定位，请在手机设置里打开") : t("正在定位");
  const chip = make("div", { class: `place-chip${place && place.accuracy <= 30 ? "" : " is-poor"}`, role: "status" }, icon("current-location"), text);
  const renew = button(t("重新定位"), async () => {
    if (!here.now) return;
    draft.place = { lon: here.now.lon, lat: here.now.lat, accuracy: Math.round(here.now.accuracy) };
    await keep(draft);
    chip.lastChild.textContent = t("定位误差 {m} 米", { m: draft.place.accuracy });
  });
  return make("div", { class: "row-tools" }, chip, renew);
}

function pick(draft, one) {
  Object.assign(draft, { component: one.code, kind: "component", class: one.class, name: one.name, tail: one.code.slice(-6), metres: Math.round(one.metres), condition: null });
}

const keyOf = (row) => `${row.kind}-${row.code}`;

function what(draft, known, near, again) {
  const chosen = draft.class ? make("div", { class: "snap" }, draft.component ? icon("target") : icon("category"), make("div", {},
    make("b", {}, draft.component ? draft.name : known.classes.find((row) => row.kind === draft.kind && row.code === draft.class)?.title ?? draft.class),
    make("div", { class: "sub" }, draft.component ? t("尾号 {tail} · 离我 {m} 米", { tail: draft.tail, m: draft.metres }) : t("事件或部件类别")))) : make("div", { class: "snap is-empty" }, icon("help"), make("b", {}, t("这是什么问题？")));
  const sheet = make("details", { class: "sheet-more" }, make("summary", {}, draft.class ? t("换一个") : t("选一个")));
  if (!draft.class) sheet.open = true;
  const choose = (kind, code) => async () => { Object.assign(draft, { component: null, kind, class: code, condition: null }); await rememberClass(kind, code); await again(); };
  const found = make("ul", { class: "choice-list" });
  const search = make("input", { type: "search", class: "form-control", "aria-label": t("查类别"), placeholder: t("查类别，如 垃圾、井盖"), autocomplete: "off" });
  const fill = async () => {
    const sought = search.value.trim();
    const rows = sought ? known.classes.filter((row) => row.title.includes(sought) || row.name.includes(sought) || row.code.startsWith(sought)).slice(0, 20) : (await recents()).map((key) => known.classes.find((row) => keyOf(row) === key)).filter(Boolean);
    found.replaceChildren(
      ...(sought ? [] : near.map((one) => make("li", {}, button(`${one.name} ${one.code.slice(-6)} · ${Math.round(one.metres)} m`, async () => { pick(draft, one); await again(); })))),
      ...rows.map((row) => make("li", {}, button(row.title, choose(row.kind, row.code)))),
    );
  };
  search.addEventListener("input", fill);
  fill();
  sheet.append(search, found);
  return make("section", { class: "stack-tight", "aria-label": t("是什么") }, chosen, sheet);
}

function conditions(draft, known, again) {
  const rows = known.classes.find((row) => row.kind === draft.kind && row.code === draft.class)?.conditions ?? [];
  if (!rows.length) return [];
  return [make("div", { class: "conditions", role: "radiogroup", "aria-label": t("立案条件") }, ...rows.map((row) => {
    const made = make("button", { type: "button", role: "radio", "aria-checked": String(draft.condition === row.n), class: draft.condition === row.n ? "on" : "" }, make("span", { class: "r" }), make("span", {}, row.text), make("span", { class: `limit${row.severity === "critical" ? " is-hot" : ""}` }, `${row.severity === "critical" ? `${t("特急")} ` : ""}${row.limit} ${t(UNITS[row.unit] ?? "")}`));
    made.addEventListener("click", async () => { draft.condition = row.n; draft.urgent = row.severity === "critical"; await again(); });
    return made;
  }))];
}

function words(draft) {
  const field = make("textarea", { class: "form-control", id: "field-words-in", rows: "2", maxlength: "500" });
  field.value = draft.words;
  field.addEventListener("change", () => { draft.words = field.value; keep(draft); });
  return make("div", { class: "field" }, make("label", { class: "form-label", for: "field-words-in" }, t("补充说明，可不填")), field);
}

function self(draft, known, again) {
  if (!known.self_disposed) return [];
  const box = make("input", { type: "checkbox", class: "form-check-input" });
  box.checked = draft.self;
  box.addEventListener("change", async () => { draft.self = box.checked; await again(); });
  return [make("label", { class: "choice" }, box, make("span", {}, t("小问题，已经自己处置好（再拍一张处置后的）")))];
}

function voice(draft, again) {
  const kept = draft.media.find((one) => one.kind === "voice");
  const made = make("button", { type: "button", class: `btn btn-plain btn-voice${recording ? " is-on" : ""}`, "aria-label": kept ? t("去掉录音") : recording ? t("停止录音") : t("录音") }, kept ? icon("microphone-off") : icon("microphone"));
  made.addEventListener("click", async () => {
    if (kept) {
      draft.media = draft.media.filter((one) => one !== kept);
      await discard(draft.person, kept, draft.uuid);
    } else if (recording) {
      const blob = await recording.stop();
      recording = null;
      draft.media.push(await keepVoice(draft.person, blob, { report: draft.uuid }));
    } else {
      recording = await record();
      made.classList.toggle("is-on", Boolean(recording));
      made.setAttribute("aria-label", t("停止录音"));
      return;
    }
    await again();
  });
  return made;
}

function missing(draft, known) {
  const least = draft.self ? 2 : known.photos?.report?.[0] ?? 1;
  const shots = draft.media.filter((one) => one.kind === "photo").length;
  if (shots < least) return t("请至少拍 {n} 张照片", { n: least });
  if (!draft.class && !draft.words.trim()) return t("请选是什么问题，或写几个字");
  if (!draft.component && !draft.place) return t("还没有定位，请到空旷处稍等，或选一个部件");
  return "";
}

async function send(app, draft, known) {
  const lacks = missing(draft, known);
  if (lacks) {
    draft.refused = lacks;
    await keep(draft);
    return app.show();
  }
  delete draft.refused;
  const body = {
    kind: draft.kind || "event",
    component: draft.component,
    ...(draft.class ? { class: draft.class } : {}),
    ...(draft.condition ? { condition: draft.condition } : {}),
    description: draft.words.trim(),
    found_at: new Date(draft.at).toISOString(),
    self_disposed: draft.self,
    ...(draft.place && !draft.component ? { location: { type: "Point", coordinates: [draft.place.lon, draft.place.lat] }, crs: "EPSG:4326" } : {}),
  };
  const title = draft.component ? draft.name : known.classes.find((row) => row.kind === draft.kind && row.code === draft.class)?.title ?? draft.words.slice(0, 20);
  if (draft.class) await rememberClass(draft.kind, draft.class);
  await queue({ uuid: draft.uuid, type: "report", person: draft.person, title, urgent: draft.urgent ?? false, body, media: draft.media, draft });
  navigator.vibrate?.(80);
  location.hash = "#/outbox";
  return undefined;
}

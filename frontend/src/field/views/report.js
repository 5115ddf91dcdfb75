// 快速上报 in four taps: camera, what it is (snapped from the map, or searched), the condition, send.
import { icon, make } from "../../dom.js";
import { now } from "../clock.js";
import { discard, keepTaken } from "../media.js";
import { queue } from "../outbox.js";
import { age, ask, covers, fresh as freshPlace, here, metres, nearest, point } from "../place.js";
import { db, isFull, together } from "../store.js";
import { beginVoice, dropVoice, endVoice, isRecording, recordingSince, voiceEnded } from "../voice.js";
import { t } from "../words.js";
import { pack, recents, rememberClass } from "../work.js";
import { button, choices, mapOf, moment, note, photos, player, pressed, problem, twice, words } from "./parts.js";

const SNAP_M = 25;
const NEAR_PRESS_M = 12;
const GOOD_M = 30;
const FIRST_FIX_MS = 60000; // a position that comes so soon after a report was begun is where it is
// What is reported most, for who has no recent classes yet: rubbish, manhole covers, street lights and the like.
const USUAL = ["event-0110", "component-0102", "event-0112", "component-0137", "event-0406", "event-0113"];
const UNITS = { urgent_hour: "紧急工作时", urgent_day: "紧急工作日", work_hour: "工作时", work_day: "工作日" };

const fresh = (person) => ({ uuid: crypto.randomUUID(), person, at: now(), component: null, kind: "", class: "", condition: null, words: "", self: false, place: null, media: [], snapped: false });

const keep = (draft) => together(["drafts"], (into) => into.drafts.put(draft));
const isHere = (draft) => location.hash === `#/report/${draft.uuid}`;

// What the phone found out by itself: without room it is found out again.
async function keepIfRoom(draft) {
  try {
    await keep(draft);
  } catch (fault) {
    if (!isFull(fault)) throw fault;
  }
}

export async function reportView(app, uuid = "") {
  const person = app.person?.code;
  if (!person) return { title: t("快速上报"), content: [problem(t("还没有登录过，先连上网络登录一次"))] };
  if (!uuid) {
    const mine = (await (await db()).getAll("drafts")).filter((one) => one.person === person && !one.uuid.includes(":"));
    const draft = fresh(person);
    const photo = await shootFor(app, draft, () => keep(draft), () => {}); // or the camera would open once more, over what is said
    if (!photo) return { title: t("快速上报"), content: [...(draft.refused ? [problem(draft.refused)] : []), ...drafts(mine), button(t("打开相机"), () => app.show(), { sign: icon("camera"), kind: "btn-primary", main: true })] };
    history.replaceState(null, "", `#/report/${draft.uuid}`);
    return reportView(app, draft.uuid);
  }
  await voiceEnded();
  const draft = await (await db()).get("drafts", uuid);
  if (draft?.person !== person) return { title: t("快速上报"), content: [problem(t("这份草稿已经发送或去掉了"))], foot: [make("a", { class: "btn btn-primary btn-main", href: "#/outbox" }, t("看待发"))] };
  return form(app, draft, await pack());
}

async function shootFor(app, draft, again, tell = undefined) {
  ask();
  const warning = controls(await pack(), draft, point(freshPlace())).join(" ");
  const role = draft.self && draft.media.some((one) => one.role === "before") ? "after" : "before";
  const placedToo = () => { if (!draft.place && freshPlace()) draft.place = placed(); return again(); };
  return keepTaken(app, draft, { role, report: draft.uuid }, placedToo, { note: warning, tell });
}

const noPlace = () => t("还没有定位，请到空旷处稍等，或在地图上点");

// Where the phone is, `at` by the server's clock; only while that is fresh.
const placed = () => ({ lon: here.now.lon, lat: here.now.lat, accuracy: Math.round(here.now.accuracy), at: now() - age() });

// The place was measured before the report was begun, and now there is a first position after that.
function isUnsure({ place, at }) {
  return Boolean(freshPlace()) && !place.pressed && place.at < at && now() - age() > at && now() - at < FIRST_FIX_MS;
}

const isElsewhere = ({ place }) => metres(point(), [place.lon, place.lat]) - here.now.accuracy > SNAP_M;

const isBehind = (draft) => isUnsure(draft) && isElsewhere(draft);

// Takes the place, and with it what was snapped there by itself, unless the new place is still beside it.
function takePlace(draft, known) {
  draft.place = placed();
  if (draft.refused === noPlace()) delete draft.refused;
  if (!draft.component || draft.component !== draft.snapped) return;
  const one = known.components.find(([code]) => code === draft.component);
  const apart = one ? metres(point(), [one[3], one[4]]) : Infinity;
  if (apart <= SNAP_M) draft.metres = Math.round(apart);
  else Object.assign(draft, { snapped: false, component: null, kind: "", class: "", condition: null, urgent: false });
}

// What need not be reported here and now, in words; once a class is chosen, only what is said of that.
function controls(known, draft, at) {
  if (!at) return [];
  const topic = draft.class ? `${draft.kind[0]}${draft.class}` : "";
  const isMeant = ({ topics = [] }) => !topic || !topics.length || topics.includes(topic);
  const isNow = (one) => Date.parse(one.since) <= now() && now() < Date.parse(one.until) && covers(one.outline, at);
  return (known.controls ?? []).filter((one) => isNow(one) && isMeant(one)).map(({ name, basis, names }) => t("管控区：{name}。{basis}，这里的{what}不用报", { name, basis, what: names?.join(t("、")) || t("问题") }));
}

const drafts = (mine) => mine.length ? [make("h2", {}, t("没有发送的草稿")), make("ul", { class: "task-list" }, ...mine.map((one) => make("li", {}, make("a", { class: "task-line", href: `#/report/${one.uuid}` }, one.media[0]?.thumb ? make("img", { class: "thumb", src: one.media[0].thumb, alt: "" }) : "", make("span", { class: "task-what" }, make("b", {}, one.words || t("草稿")), make("span", { class: "sub" }, moment(one.at)))))))] : [];

async function form(app, draft, known) {
  if (draft.place ? isBehind(draft) : freshPlace()) {
    takePlace(draft, known);
    await keepIfRoom(draft);
  }
  if (!draft.place) ask();
  const near = nearest(known.components, point(draft.place ?? freshPlace()));
  if (!draft.snapped && !draft.component && !draft.class && near[0]?.metres <= SNAP_M) {
    pick(draft, near[0], known);
    draft.snapped = draft.component; // until its holder chooses otherwise
    await keepIfRoom(draft);
  }
  const again = async () => { await keep(draft); await app.show({ stay: true }); };
  const content = [
    ...(draft.refused ? [problem(draft.refused)] : []),
    ...(draft.tried && missing(draft, known) ? [problem(missing(draft, known))] : []),
    ...controls(known, draft, placeOf(draft)).map((said) => note(icon("info-circle"), said)),
    where(draft, known, again),
    what(draft, known, near, again),
    photos(draft.media, {
      most: known.photos?.report?.[1] ?? 9,
      take: () => shootFor(app, draft, again),
      drop: async (one) => { draft.media = draft.media.filter((other) => other !== one); await discard(draft.person, one, draft.uuid); await again(); },
    }),
    ...conditions(draft, known, again),
    await player(draft.media.find((one) => one.kind === "voice")),
    words(draft, keep, "field-words-in"),
    ...self(draft, known, again),
    button(t("去掉这份草稿"), twice(async () => { await drop(draft); isHere(draft) ? (location.hash = "#/") : app.show({ stay: true }); }), { kind: "btn-quiet" }),
  ];
  // The place may come only now, or a better one.
  const hear = () => {
    if (draft.place ? isBehind(draft) : freshPlace()) app.show({ stay: true });
    else if (draft.place && isUnsure(draft)) {
      draft.place.at = now(); // it was right; what comes later is where its holder walks on to
      keepIfRoom(draft);
    }
  };
  here.listeners.add(hear);
  const leave = () => {
    here.listeners.delete(hear);
    if (isRecording(draft) && !isHere(draft)) unlessFull(app, () => endVoice(draft));
  };
  return { title: t("快速上报"), back: "#/", content, leave, foot: [voice(app, draft, again), button(t("发送"), () => send(app, draft, known), { sign: icon("send"), kind: "btn-primary", main: true })] };
}

async function drop(draft) {
  await dropVoice(draft);
  for (const one of draft.media) await discard(draft.person, one, draft.uuid);
  await together(["drafts"], (into) => into.drafts.delete(draft.uuid));
}

// Where it is: measured by the phone, pressed on the map, or not known yet.
function where(draft, known, again) {
  const chip = make("div", { class: `place-chip${isPoor(draft.place) ? " is-poor" : ""}`, role: "status" }, icon("current-location"), placeWords(draft.place));
  const renew = button(t("重新定位"), async () => {
    chip.lastChild.textContent = t("正在定位");
    if (await ask(true)) takePlace(draft, known);
    else draft.refused = noPlace();
    await again();
  });
  const isDenied = !freshPlace() && here.fault === 1;
  return make("div", { class: "row-tools" }, chip, isDenied ? "" : renew, draft.component ? "" : onMap(draft, known, again));
}

const placeOf = ({ place }) => (place ? [place.lon, place.lat] : point(freshPlace()));

const isPoor = (place) => !place || (!place.pressed && place.accuracy > GOOD_M);

function placeWords(place) {
  if (!place) return here.fault === 1 ? t("没有允许定位，请在手机设置里打开") : t("正在定位");
  return place.pressed ? t("位置在地图上点的") : t("定位误差 {m} 米", { m: place.accuracy });
}

function pick(draft, one, known) {
  Object.assign(draft, { snapped: true, component: one.code, kind: "component", class: one.class, name: one.name, tail: one.code.slice(-6), metres: Math.round(one.metres), condition: null, urgent: false });
  onlyOne(draft, known);
}

function component(one, act) {
  const made = button(one.name, act);
  made.lastChild.append(make("span", { class: "sub" }, t("尾号 {tail} · 离我 {m} 米", { tail: one.code.slice(-6), m: Math.round(one.metres) })));
  return made;
}

// What people call it is seldom the official name: of 路灯不亮 the pairs 路灯, 灯不 and 不亮 are looked for, also in the conditions.
function sought(known, words) {
  const named = known.classes.filter((row) => row.title.toLowerCase().includes(words) || row.name.toLowerCase().includes(words) || row.code.startsWith(words));
  if (named.length) return named;
  const parts = pairs(words);
  const score = (row) => {
    const names = `${row.title} ${row.name}`.toLowerCase();
    const all = `${names} ${row.conditions.map((one) => `${one.text} ${one.title ?? ""}`).join(" ").toLowerCase()}`;
    return parts.reduce((sum, part) => sum + (names.includes(part) ? 2 : all.includes(part) ? 1 : 0), 0);
  };
  return known.classes.map((row) => [score(row), row]).filter(([points]) => points > 0).sort(([a], [b]) => b - a).map(([, row]) => row);
}

// Of Chinese each two that stand together; of other scripts the words.
const pairs = (words) => words.split(/\s+/).flatMap((part) => (/\p{Script=Han}/u.test(part) ? [...part].slice(1).map((_, n) => [...part].slice(n, n + 2).join("")) : part.length > 2 ? [part] : []));

const keyOf = (row) => `${row.kind}-${row.code}`;

function what(draft, known, near, again) {
  const chosen = draft.class ? make("div", { class: "snap" }, draft.component ? icon("target") : icon("category"), make("div", {},
    make("b", {}, draft.component ? draft.name : known.classes.find((row) => row.kind === draft.kind && row.code === draft.class)?.title ?? draft.class),
    make("div", { class: "sub" }, draft.component ? t("尾号 {tail} · 离我 {m} 米", { tail: draft.tail, m: draft.metres }) : t("事件或部件类别")))) : make("div", { class: "snap is-empty" }, icon("help"), make("b", {}, t("这是什么问题？")));
  const sheet = make("details", { class: "sheet-more" }, make("summary", {}, draft.class ? t("换一个") : t("选一个")));
  if (!draft.class) sheet.open = true;
  const choose = (kind, code) => async () => { sheet.open = false; Object.assign(draft, { component: null, kind, class: code, condition: null, urgent: false }); onlyOne(draft, known); await rememberClass(kind, code); await again(); };
  const found = make("ul", { class: "choice-list" });
  const search = make("input", { type: "search", class: "form-control", "aria-label": t("查类别"), placeholder: t("查类别，如 垃圾、井盖"), autocomplete: "off" });
  const none = make("div", { class: "sub", role: "status", hidden: true }, t("没有这个词的类别。换个词，如 垃圾、井盖、路灯；是设施的，也可以在地图上点；都不是，直接在补充说明里写"));
  const fill = async () => {
    const words = search.value.trim().toLowerCase();
    const rows = words ? sought(known, words).slice(0, 20) : [...new Set([...(await recents()), ...USUAL])].slice(0, 8).map((key) => known.classes.find((row) => keyOf(row) === key)).filter(Boolean);
    found.replaceChildren(
      ...(words ? [] : near.map((one) => make("li", {}, component(one, async () => { sheet.open = false; pick(draft, one, known); await again(); })))),
      ...rows.map((row) => make("li", {}, button(row.title, choose(row.kind, row.code)))),
    );
    none.hidden = Boolean(rows.length || !words);
  };
  search.addEventListener("input", fill);
  fill();
  sheet.append(make("div", { class: "stack-tight" }, search, none, found, draft.component ? onMap(draft, known, again) : ""));
  return make("section", { class: "stack-tight", "aria-label": t("是什么") }, chosen, sheet);
}

// What a press on the map may take: nothing but the place where an event is chosen, of a chosen class only its components.
function within(draft, components) {
  if (!draft.class || draft.component) return components;
  return draft.kind === "event" ? [] : components.filter((one) => one[1] === draft.class);
}

// A press on the map takes the component that stands there, else the place.
function onMap(draft, known, again) {
  const box = make("div", {});
  const open = button(t("在地图上点"), async () => {
    const at = draft.place ?? here.now ?? {};
    const [lon, lat] = ["lon", "lat"].map((name) => make("input", { type: "hidden", id: `report-${name}`, value: "" }));
    const map = await mapOf([], { lon: at.lon, lat: at.lat, zoom: 18, pick: ["report-lon", "report-lat"] });
    map.addEventListener("baoji:placed", ({ detail }) => pressed(async () => {
      const one = nearest(within(draft, known.components), [detail.lon, detail.lat], 1, NEAR_PRESS_M)[0];
      if (one) pick(draft, { ...one, metres: freshPlace() ? metres(point(), [one.lon, one.lat]) : one.metres }, known);
      else Object.assign(draft, { place: { lon: detail.lon, lat: detail.lat, pressed: true }, component: null });
      delete draft.refused;
      box.closest("details")?.removeAttribute("open");
      await again();
    }));
    box.className = "w-100";
    box.replaceChildren(lon, lat, map);
  }, { sign: icon("map-2") });
  box.append(open);
  return box;
}

const conditionsOf = (draft, known) => known.classes.find((row) => row.kind === draft.kind && row.code === draft.class)?.conditions ?? [];
const hot = (row) => row.severity === "critical";

// Where there is one condition there is nothing to choose.
function onlyOne(draft, known) {
  const rows = conditionsOf(draft, known);
  if (rows.length !== 1) return;
  draft.condition = rows[0].n;
  draft.urgent = hot(rows[0]);
}

function conditions(draft, known, again) {
  const rows = conditionsOf(draft, known);
  if (!rows.length) return [];
  return [choices(t("立案条件"), rows.map((row) => [row.n, row.title ?? row.text, `${hot(row) ? `${t("特急")} ` : ""}${row.limit} ${t(UNITS[row.unit] ?? "")}`, hot(row)]), draft.condition, async (n) => {
    draft.condition = n;
    draft.urgent = hot(rows.find((row) => row.n === n));
    await again();
  })];
}

function self(draft, known, again) {
  if (!known.self_disposed) return [];
  const box = make("input", { type: "checkbox", class: "form-check-input" });
  box.checked = draft.self;
  box.addEventListener("change", () => pressed(async () => { draft.self = box.checked; await again(); }));
  return [make("label", { class: "choice" }, box, make("span", {}, t("小问题，已经自己处置好（再拍一张处置后的）")))];
}

// How long it has been recording by now; it ends with its place on the screen.
function runningTime() {
  const said = make("span", { class: "sub", "aria-hidden": "true" });
  const tick = () => {
    const seconds = Math.floor((performance.now() - recordingSince()) / 1000);
    said.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tick();
  const timer = setInterval(() => (said.isConnected ? tick() : clearInterval(timer)), 1000);
  return said;
}

function voice(app, draft, again) {
  const kept = draft.media.find((one) => one.kind === "voice");
  const made = make("button", { type: "button", class: `btn btn-plain btn-voice${isRecording(draft) ? " is-on" : ""}`, "aria-label": kept ? t("去掉录音") : isRecording(draft) ? t("停止录音") : t("录音") }, kept ? icon("microphone-off") : icon("microphone"));
  if (isRecording(draft)) made.append(runningTime());
  const remove = twice(async () => {
    draft.media = draft.media.filter((one) => one !== kept);
    await discard(draft.person, kept, draft.uuid);
    await again();
  });
  made.addEventListener("click", () => pressed(async () => {
    if (kept) return remove(made);
    if (isRecording(draft)) {
      if (!(await unlessFull(app, () => endVoice(draft)))) return undefined;
      delete draft.refused;
    } else if (await beginVoice(draft, () => isHere(draft))) {
      navigator.vibrate?.(40);
      if (!isHere(draft)) return undefined;
      delete draft.refused;
    } else draft.refused = t("没有打开麦克风，请在手机设置里允许");
    return again();
  }));
  return made;
}

// Whether the recording could be kept; where not, it is said.
async function unlessFull(app, act) {
  try {
    await act();
    return true;
  } catch (fault) {
    if (!isFull(fault)) throw fault;
    app.alarm = t("手机存满了，录音没有存下"); // not in the draft: that would need room
    app.tight = true;
    await app.show();
    return false;
  }
}

function missing(draft, known) {
  const least = draft.self ? 2 : known.photos?.report?.[0] ?? 1;
  const shots = draft.media.filter((one) => one.kind === "photo");
  if (draft.self && shots.length && !shots.some((one) => one.role === "after")) return t("请再拍一张处置后的");
  if (draft.self && shots.length && !shots.some((one) => one.role === "before")) return t("还要一张处置前的照片");
  if (shots.length < least) return t("请至少拍 {n} 张照片", { n: least });
  if (!draft.class && !draft.words.trim()) return t("请选是什么问题，或写几个字");
  if (!draft.component && !draft.place) return noPlace();
  return "";
}

async function send(app, draft, known) {
  if (!(await unlessFull(app, () => endVoice(draft)))) return undefined;
  delete draft.refused;
  draft.tried = Boolean(missing(draft, known)); // said when it is drawn, in the language of then
  if (draft.tried) {
    await keep(draft);
    return app.show();
  }
  const body = {
    kind: draft.kind || "event",
    component: draft.component,
    ...(draft.class ? { class: draft.class } : {}),
    ...(draft.condition ? { condition: draft.condition } : {}),
    description: draft.words.trim(),
    found_at: new Date(draft.at).toISOString(),
    self_disposed: draft.self,
    ...(draft.place && !draft.component ? { location: { type: "Point", coordinates: [draft.place.lon, draft.place.lat] }, crs: "EPSG:4326", place_by: draft.place.pressed ? "hand" : "fix" } : {}),
  };
  const title = draft.component ? draft.name : known.classes.find((row) => row.kind === draft.kind && row.code === draft.class)?.title ?? draft.words.slice(0, 20);
  if (draft.class) await rememberClass(draft.kind, draft.class);
  await queue({ uuid: draft.uuid, type: "report", person: draft.person, title, urgent: draft.urgent ?? false, body, media: draft.media, draft });
  navigator.vibrate?.(80);
  location.hash = "#/outbox";
  return undefined;
}

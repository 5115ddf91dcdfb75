// The queue on this phone: in any order, each thing once, also after the browser was killed in the middle. Its rules: queue.js.
import * as tus from "tus-js-client";
import { now } from "./clock.js";
import { contact, seal, sealAll } from "./device.js";
import { call, csrf, inNameOf, Offline, Refusal } from "./net.js";
import { isOpen, past, sendAll } from "./queue.js";
import { said } from "./place.js";
import { forget, remember } from "./remember.js";
import { lastPress } from "./shift.js";
import { db, glance, putAway, together } from "./store.js";
import { passed, pending, turned } from "./watch.js";
import { t } from "./words.js";

const CHUNK = 256 * 1024;
const AGAIN_MS = 20000;
const STALLED_MS = 45000;
const AGAIN = [404, 408, 409, 423, 429, 460]; // 404: the server lost what had come of it (a power cut there), it begins anew
const API = "/api/v1/field";
const listeners = new Set();
let timer = null;
let again = false;

export const onChange = (hear) => { listeners.add(hear); return () => listeners.delete(hear); };
const changed = () => { for (const hear of listeners) hear(); };

// Puts something finished into the queue and takes its draft away, in one step. The task it answers goes with it.
export async function queue(parcel, task = null) {
  const put = { ...fresh(), ...parcel, ...(task ? { holding: task } : {}) };
  await together(["outbox", "drafts", "facts"], async (into) => {
    await into.outbox.put(put);
    for (const uuid of [parcel.uuid, parcel.draft?.uuid]) if (uuid) await into.drafts.delete(uuid);
    if (task) await into.facts.put((await into.facts.get("tasks") ?? []).filter((one) => one.number !== task.number), "tasks");
  });
  began(put);
}

const fresh = () => ({ state: "waiting", tries: 0, said: "", at: now(), media: [] });

function began(parcel) {
  remember(parcel);
  changed();
  navigator.serviceWorker?.ready.then((ready) => ready.sync?.register("outbox")).catch(() => {});
  drain();
}

// A turn of a watch, signed and kept in one step. It goes out after the one before it at this place, and tells itself apart
// from it by `at` also where the phone's clock was set back in between. `shot`: a photo that belongs to it (media.js `developed`),
// kept in the same step.
export async function queueTurn(parcel, shot = null) {
  const { act, to, fenced } = parcel.body;
  const facts = { report: parcel.uuid, task: parcel.task, ext: { turn: fenced ? "fence" : act, ...(to ? { to } : {}) }, ...said() };
  const photo = shot?.facts ? [["photo", shot.facts]] : [];
  let put = null;
  await sealAll(parcel.person, [...photo, ["report", facts]], ["outbox", ...(shot ? ["media"] : [])], async (into, sealed) => {
    const { hash, envelope, sig } = sealed.at(-1);
    const media = shot ? [await putAway(into, shot, shot.facts && sealed[0])] : [];
    const before = pending(await into.outbox.getAll(), parcel.person, parcel.task);
    const at = Math.max(now(), (before?.at ?? 0) + 1);
    put = { ...fresh(), type: "stay", urgent: true, ...parcel, media, at, ...(before ? { after: before.uuid } : {}), body: { ...parcel.body, envelope, sig }, hash };
    await into.outbox.put(put);
  });
  began(put);
}

// 上班 or 下班, signed and kept in one step. It goes out after the press before it, which it names, so that a clock that was
// set back in between does not turn them round.
export async function queueDuty(parcel) {
  const facts = { report: parcel.uuid, ext: { duty: parcel.body.act }, ...said() };
  let put = null;
  await seal(parcel.person, "report", facts, ["outbox"], async (into, { hash, envelope, sig }) => {
    const before = lastPress(await into.outbox.getAll(), parcel.person);
    const body = { ...parcel.body, captured_at: new Date(now()).toISOString(), ...(before ? { after: before.uuid } : {}), envelope, sig };
    put = { ...fresh(), type: "duty", ...parcel, at: Math.max(now(), (before?.at ?? 0) + 1), ...(before ? { after: before.uuid } : {}), body, hash };
    await into.outbox.put(put);
  });
  began(put);
}

// What its reader has seen is not said again.
export function seen(uuid) {
  return together(["outbox"], async (into) => {
    const known = await into.outbox.get(uuid);
    if (known) await into.outbox.put({ ...known, seen: true });
  });
}

export const latestFirst = (parcels) => [...parcels].sort((a, b) => b.at - a.at);

export async function all() {
  return latestFirst((await glance()).outbox);
}

export const waiting = async () => (await all()).filter(isOpen);

// What was under way when the app was killed waits again. `parcels`: as they were found at the start.
export async function wake(parcels) {
  if (!parcels.some((one) => one.state === "sending")) return; // a start must not wait for the disk
  await navigator.locks.request("outbox", { ifAvailable: true }, (lock) => lock && together(["outbox"], async (into) => {
    for (const one of await into.outbox.getAll()) if (one.state === "sending") await into.outbox.put({ ...one, state: "waiting" });
  }));
}

// Lets go of what arrived long ago.
export function tidy() {
  return together(["outbox"], async (into) => {
    for (const { uuid } of past(await into.outbox.getAll(), now())) await into.outbox.delete(uuid);
  });
}

// Sends what waits. One drainer at a time, in whatever page it runs.
export function drain() {
  return navigator.locks.request("outbox", { ifAvailable: true }, async (lock) => {
    if (!lock) {
      again = true; // the one under way may have begun without a network
      return;
    }
    again = false;
    clearTimeout(timer);
    const person = (await glance()).me?.code;
    try {
      if ((await waiting()).some((one) => one.person === person)) await contact(person);
      if (await sendAll(ports, person)) await sendAlone(person);
    } catch (fault) {
      if (!(fault instanceof Offline)) console.info("outbox:", fault.message);
    }
    if ((await waiting()).some((one) => one.person === person)) timer = setTimeout(drain, again ? 0 : AGAIN_MS);
  });
}

const ports = { all, upload: uploadAll, deliver, read, unsent, settle, words: (lost) => t("手机里已经没有这 {n} 个照片或录音，请重新拍了再报", { n: lost.length }) };

// Where each kind of thing goes: method, address, whether the answer has a body.
const DOORS = {
  report: (one) => ["PUT", `${API}/reports/${one.uuid}`],
  answer: (one) => ["PUT", `${API}/answers/${one.uuid}`],
  correction: (one) => ["PUT", `${API}/corrections/${one.uuid}`],
  sos: (one) => ["PUT", `${API}/sos/${one.uuid}`],
  duty: (one) => ["PUT", `${API}/duty/${one.uuid}`],
  stay: (one) => (one.body.act ? ["PUT", `${API}/stays/${one.uuid}`] : ["POST", `${API}/stays/${encodeURIComponent(one.task)}/end`]), // the second of an app of before
};

async function deliver(parcel) {
  const [method, address] = DOORS[parcel.type](parcel);
  const { body } = await call(method, address, ["sos", "duty"].includes(parcel.type) ? parcel.body : { ...parcel.body, media: parcel.media.map(bare) }, inNameOf(parcel.person));
  const more = parcel.type === "duty" ? { since: body.since, passed: body.passed.length, said: body.why } : {};
  return { kind: "ok", number: body?.number, receipt: body?.receipt, at: now(), more };
}

const bare = ({ sha256, kind, role, envelope, sig }) => ({ sha256, kind, role, ...(envelope ? { envelope, sig } : {}) });

function read(fault) {
  if (fault instanceof Offline) return fault.status ? { kind: "fault", said: fault.message } : { kind: "offline" };
  if (!(fault instanceof Refusal)) return { kind: "fault", said: fault.message };
  const { errors = {}, missing = [], receipt } = fault.problem;
  return { kind: "refused", status: fault.status, code: fault.code, said: fault.message, errors, missing, receipt, at: now() };
}

// Envelopes that come without a report: of shots that were not used. An app of before did not keep whose they are.
async function sendAlone(person) {
  for (const one of (await (await db()).getAll("envelopes")).filter((known) => known.alone && (known.person ?? person) === person)) {
    await call("PUT", `${API}/envelopes/${one.hash}`, { bytes: one.envelope, sig: one.sig }, inNameOf(person));
    await together(["envelopes"], (into) => into.envelopes.delete(one.hash));
  }
}

// What was signed, and what it could be made a draft of again: of no use any more once the server has it.
const light = ({ draft, holding, ...parcel }) => ({ ...parcel, body: unsigned(parcel.body ?? {}), media: parcel.media.map(unsigned) });
const unsigned = ({ envelope, sig, ...rest }) => rest;

// What was acknowledged is let go of in the transaction that keeps the receipt.
async function settle(parcel, letGo) {
  await together(["outbox", "media", "envelopes", "facts"], async (into) => {
    await into.outbox.put(letGo ? light(parcel) : parcel);
    if (parcel.type === "stay" && !isOpen(parcel) && parcel.state !== "refused") {
      const { items = [], handed = [], ...known } = (await into.facts.get("stays")) ?? { relief: [] };
      const since = parcel.state === "sent" ? { items: turned(items, parcel), handed: passed(handed, parcel) } : { items: items.filter((one) => one.number !== parcel.task), handed };
      await into.facts.put({ ...known, ...since }, "stays");
    }
    if (parcel.type === "duty" && parcel.state === "sent") {
      const known = await into.facts.get("me");
      if (known?.code === parcel.person) await into.facts.put({ ...known, since: parcel.since, since_received: null, ended_by_rule: null }, "me");
    }
    if (letGo && parcel.hash) await into.envelopes.delete(parcel.hash);
    for (const { sha256, hash } of letGo ? parcel.media : []) {
      await into.media.delete(sha256);
      if (hash) await into.envelopes.delete(hash);
    }
  });
  if (!isOpen(parcel) && parcel.state !== "refused") forget(parcel.uuid);
  changed();
}

// The server lacks these: they go up again. Answers those that the phone does not hold either.
async function unsent(hashes) {
  const lost = [];
  await together(["media"], async (into) => {
    for (const sha256 of hashes) {
      const known = await into.media.get(sha256);
      if (known) await into.media.put({ ...known, uploaded: false }, sha256);
      else lost.push(sha256);
    }
  });
  return lost;
}

async function uploadAll(parcel) {
  for (const medium of parcel.media) await upload(medium, parcel);
}

async function upload({ sha256, kind }, parcel) {
  const known = await (await db()).get("media", sha256);
  if (!known || known.uploaded) return;
  await uploaded(known.blob, { sha256, kind }, parcel);
  try {
    await together(["media"], async (into) => {
      const still = await into.media.get(sha256);
      if (still) await into.media.put({ ...still, uploaded: true }, sha256);
    });
  } catch (fault) {
    console.info("outbox:", fault.message); // too full to note it: what it sends makes room, and the server knows what it has
  }
}

// Resolves when the whole is there. A line that is cut, or that carries nothing for a while, ends the attempt: a browser may
// wait for minutes, and everything behind would wait with it.
function uploaded(blob, { sha256, kind }, parcel) {
  return new Promise((done, fail) => {
    let patience = null;
    const end = (act, value) => { clearTimeout(patience); removeEventListener("offline", cut); act(value); };
    const stop = (why) => { upload.abort().catch(() => {}); end(fail, new Offline(why)); };
    const cut = () => stop("offline");
    const wait = () => { clearTimeout(patience); patience = setTimeout(() => stop("stalled"), STALLED_MS); };
    const upload = new tus.Upload(blob, {
      endpoint: "/api/v1/uploads/",
      uploadUrl: `/api/v1/uploads/${sha256}`,
      chunkSize: CHUNK,
      storeFingerprintForResuming: false,
      metadata: { sha256, kind, filetype: blob.type },
      headers: { "X-CSRFToken": csrf(), ...inNameOf(parcel.person) },
      retryDelays: [0, 1000, 3000, 8000],
      onShouldRetry: (fault) => { const status = fault.originalResponse?.getStatus() ?? 0; return navigator.onLine && (status === 0 || status >= 500 || AGAIN.includes(status)); },
      onProgress: (sent, total) => { wait(); sending(parcel, sent, total).catch((fault) => console.info("outbox:", fault.message)); },
      onError: (fault) => end(fail, told(fault)),
      onSuccess: () => end(done),
    });
    addEventListener("offline", cut);
    wait();
    upload.start();
  });
}

async function sending(parcel, sent, total) {
  const percent = total ? Math.floor((sent / total) * 10) * 10 : 0;
  if (parcel.state === "sending" && parcel.percent === percent) return;
  Object.assign(parcel, { state: "sending", percent });
  await together(["outbox"], async (into) => {
    const known = await into.outbox.get(parcel.uuid);
    if (known && isOpen(known)) await into.outbox.put({ ...known, state: "sending", percent });
  });
  changed();
}

function told(fault) {
  const answer = fault.originalResponse;
  if (!answer) return new Offline(fault.message);
  if (answer.getStatus() >= 500) return new Offline(fault.message, answer.getStatus());
  let problem = {};
  try {
    problem = JSON.parse(answer.getBody() || "{}");
  } catch {
    problem = {};
  }
  return new Refusal(answer.getStatus(), problem);
}

// A refused report goes back to the desk of the phone: it becomes a draft again, its pictures are still there.
export async function takeBack(uuid) {
  await together(["outbox", "drafts", "facts"], async (into) => {
    const parcel = await into.outbox.get(uuid);
    if (!parcel?.draft) return;
    const held = await into.facts.get("tasks") ?? [];
    if (parcel.holding?.act && !held.some((one) => one.number === parcel.holding.number)) await into.facts.put([...held, parcel.holding], "tasks");
    await into.drafts.put(parcel.draft);
    await into.outbox.delete(uuid);
  });
  forget(uuid);
  changed();
}

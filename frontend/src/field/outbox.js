// The queue: in any order, each thing once, also after the browser was killed in the middle.
import * as tus from "tus-js-client";
import { contact } from "./device.js";
import { call, csrf, Offline, Refusal } from "./net.js";
import { db, together } from "./store.js";

const CHUNK = 256 * 1024;
const AGAIN_MS = 20000;
const listeners = new Set();
let timer = null;

export const onChange = (hear) => { listeners.add(hear); return () => listeners.delete(hear); };
const changed = () => { for (const hear of listeners) hear(); };

// Puts a finished report or answer into the queue and takes its draft away, in one step.
export async function queue(parcel) {
  await together(["outbox", "drafts"], async (into) => {
    await into.outbox.put({ state: "waiting", tries: 0, said: "", at: Date.now(), ...parcel });
    await into.drafts.delete(parcel.uuid);
  });
  changed();
  navigator.serviceWorker?.ready.then((ready) => ready.sync?.register("outbox")).catch(() => {});
  drain();
}

export async function all() {
  return (await (await db()).getAll("outbox")).sort((a, b) => b.at - a.at);
}

export const waiting = async () => (await all()).filter((one) => one.state === "waiting" || one.state === "sending");

async function mark(uuid, facts) {
  await together(["outbox"], async (into) => {
    const now = await into.outbox.get(uuid);
    if (now) await into.outbox.put({ ...now, ...facts });
  });
  changed();
}

// Sends what waits. One drainer at a time, in whatever page it runs.
export function drain() {
  return navigator.locks.request("outbox", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    clearTimeout(timer);
    const person = (await (await db()).get("facts", "me"))?.code;
    const mine = (await waiting()).filter((one) => one.person === person).sort((a, b) => Number(b.urgent ?? false) - Number(a.urgent ?? false) || a.at - b.at);
    try {
      if (mine.length) await contact(person);
      for (const parcel of mine) await send(parcel);
      await sendAlone();
    } catch (fault) {
      if (!(fault instanceof Offline)) console.info("outbox:", fault.message);
    }
    if ((await waiting()).some((one) => one.person === person)) timer = setTimeout(drain, AGAIN_MS);
  });
}

// Envelopes that come without a report: of shots that were not used.
async function sendAlone() {
  for (const one of (await (await db()).getAll("envelopes")).filter((known) => known.alone)) {
    await call("PUT", `/api/v1/field/envelopes/${one.hash}`, { bytes: one.envelope, sig: one.sig });
    await together(["envelopes"], (into) => into.envelopes.delete(one.hash));
  }
}

async function send(parcel) {
  try {
    for (const medium of parcel.media) await upload(medium, parcel);
    const address = parcel.type === "report" ? `/api/v1/field/reports/${parcel.uuid}` : `/api/v1/field/answers/${parcel.uuid}`;
    const { body } = await call("PUT", address, { ...parcel.body, media: parcel.media.map(bare) });
    await settle(parcel, { state: "sent", number: body.number, receipt: body.receipt, sentAt: Date.now(), said: "" });
  } catch (fault) {
    await failed(parcel, fault);
  }
}

const bare = ({ sha256, kind, role, envelope, sig }) => ({ sha256, kind, role, ...(envelope ? { envelope, sig } : {}) });

// What was acknowledged is let go of in the transaction that keeps the receipt.
async function settle(parcel, facts) {
  await together(["outbox", "media", "envelopes"], async (into) => {
    await into.outbox.put({ ...parcel, ...facts });
    for (const { sha256, hash } of parcel.media) {
      await into.media.delete(sha256);
      if (hash) await into.envelopes.delete(hash);
    }
  });
  changed();
}

async function failed(parcel, fault) {
  if (fault instanceof Offline) {
    await mark(parcel.uuid, { state: "waiting", tries: parcel.tries + 1 });
    throw fault;
  }
  if (!(fault instanceof Refusal)) {
    await mark(parcel.uuid, { state: "waiting", tries: parcel.tries + 1, said: fault.message });
    throw fault;
  }
  if (fault.code === "task-gone") return settle(parcel, { state: "gone", said: fault.message, receipt: fault.problem.receipt, sentAt: Date.now() });
  if (fault.code === "media-missing") return forget(fault.problem.missing ?? []);
  if ([401, 429, 507].includes(fault.status) || fault.code === "csrf") {
    await mark(parcel.uuid, { state: "waiting", said: fault.message });
    throw new Offline(fault.message);
  }
  return mark(parcel.uuid, { state: "refused", said: fault.message, errors: fault.problem.errors ?? {} });
}

async function forget(missing) {
  await together(["media"], async (into) => {
    for (const sha256 of missing) {
      const known = await into.media.get(sha256);
      if (known) await into.media.put({ ...known, uploaded: false }, sha256);
    }
  });
}

async function upload({ sha256, kind }, parcel) {
  const known = await (await db()).get("media", sha256);
  if (!known || known.uploaded) return;
  await new Promise((done, fail) => {
    new tus.Upload(known.blob, {
      endpoint: "/api/v1/uploads/",
      uploadUrl: `/api/v1/uploads/${sha256}`,
      chunkSize: CHUNK,
      storeFingerprintForResuming: false,
      metadata: { sha256, kind, filetype: known.blob.type },
      headers: { "X-CSRFToken": csrf() },
      retryDelays: [0, 1000, 3000, 8000],
      onShouldRetry: (fault) => { const status = fault.originalResponse?.getStatus() ?? 0; return status === 0 || status >= 500 || [409, 423, 429, 460].includes(status); },
      onProgress: () => { if (parcel.state !== "sending") { parcel.state = "sending"; mark(parcel.uuid, { state: "sending" }); } },
      onError: (fault) => fail(told(fault)),
      onSuccess: () => done(),
    }).start();
  });
  await together(["media"], async (into) => {
    const now = await into.media.get(sha256);
    if (now) await into.media.put({ ...now, uploaded: true }, sha256);
  });
}

function told(fault) {
  const answer = fault.originalResponse;
  if (!answer || answer.getStatus() >= 500) return new Offline(fault.message);
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
  await together(["outbox", "drafts"], async (into) => {
    const parcel = await into.outbox.get(uuid);
    if (!parcel?.draft) return;
    await into.drafts.put(parcel.draft);
    await into.outbox.delete(uuid);
  });
  changed();
}

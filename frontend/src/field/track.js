// Positions while on duty and while the app is open; nothing else is kept, and gaps stay gaps.
import { sha256 } from "./bytes.js";
import { isWrong, off } from "./clock.js";
import { seal } from "./device.js";
import { call, inNameOf, Offline, Refusal } from "./net.js";
import { fresh, here, metres } from "./place.js";
import { beginWaits } from "./shift.js";
import { db, together } from "./store.js";

const EVERY_MS = 15000;
const MOVED_M = 15;
const BATCH = 500;
const LATER = [401, 429];
let last = null;
let running = null;
let timer = null;

export function follow(person) {
  if (running === person) return;
  stop();
  running = person;
  here.listeners.add(hear);
  if (fresh()) hear(here.now); // who stands still is somewhere, too
  timer = setInterval(() => flush(person).catch(told), 60000);
}

export function stop() {
  clearInterval(timer);
  running = null;
  last = null;
  here.listeners.delete(hear);
}

const told = (fault) => console.info("track:", fault.message); // a phone without room, say
const hear = (now) => take(now).catch(told);

async function take(now) {
  if (!now || !running) return;
  const moved = last ? metres([last.lon, last.lat], [now.lon, now.lat]) : Infinity;
  if (last && now.at - last.at < EVERY_MS && moved < MOVED_M) return;
  last = now;
  // By a clock that is hours off, nothing would fall into duty: such times are put right, and the envelope says by how much.
  const at = now.at + (isWrong() ? off() : 0);
  const point = [at, Math.round(now.lon * 1e7), Math.round(now.lat * 1e7), Math.round(now.accuracy * 10)];
  const person = running;
  await together(["track"], (into) => into.track.add({ person, point }), "default");
}

// What is kept of one person: [key, value] of points or of batches that are signed already.
async function kept(person, what) {
  const base = await db();
  const [keys, values] = [await base.getAllKeys("track"), await base.getAll("track")];
  return keys.map((key, n) => [key, values[n]]).filter(([, one]) => one.person === person && one[what]);
}

// Also after 下班: what was gathered on duty is this person's to send.
export const flush = (person) => navigator.locks.request("track", () => hand(person));

// How many positions are on the phone still.
export async function held(person) {
  const batches = await kept(person, "batch");
  return (await kept(person, "point")).length + batches.reduce((sum, [, { batch }]) => sum + batch.points.length, 0);
}

async function hand(person) {
  if (!navigator.onLine) return; // offline, points gather; a batch is signed when it can go
  if (beginWaits(await (await db()).getAll("outbox"), person)) return;
  await sign(person);
  for (const [key, { batch }] of await kept(person, "batch")) {
    try {
      await call("POST", "/api/v1/field/positions", { points: batch.points, envelope: batch.envelope, sig: batch.sig }, inNameOf(person));
    } catch (fault) {
      if (fault instanceof Offline || (fault instanceof Refusal && LATER.includes(fault.status))) return;
      if (!(fault instanceof Refusal)) throw fault;
      console.info("track:", fault.message); // these the server will never take; their envelope goes alone
      await letGo(key, batch, true);
      continue;
    }
    await letGo(key, batch, false);
  }
}

// Signed once and kept with its signature, so that asking again does not lengthen the chain.
async function sign(person) {
  const rows = (await kept(person, "point")).slice(0, BATCH);
  if (!rows.length) return;
  const points = rows.map(([, one]) => one.point);
  const hash = await sha256(new TextEncoder().encode(JSON.stringify(points)));
  const facts = { sha256: hash, n: points.length, ...(isWrong() ? { ext: { offset_ms: off() } } : {}) };
  await seal(person, "positions", facts, ["track"], async (into, sealed) => {
    for (const [key] of rows) await into.track.delete(key);
    await into.track.add({ person, batch: { points, hash: sealed.hash, envelope: sealed.envelope, sig: sealed.sig } });
  });
}

const letGo = (key, batch, alone) => together(["track", "envelopes"], async (into) => {
  await into.track.delete(key);
  const known = await into.envelopes.get(batch.hash);
  if (alone && known) await into.envelopes.put({ ...known, alone: true });
  else await into.envelopes.delete(batch.hash);
});

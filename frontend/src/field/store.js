// What the phone keeps. Everything that must not be lost is written with strict durability before it is said to be kept.
import { openDB } from "idb";
import { beginLog, canHold, foundNoRoom, full, give, hold, isFull, isHeld, isShort, setShort } from "./room.js";

const VERSION = 1;
const MOST_WAITING = 200 * 1024 * 1024; // bytes that wait to be sent, before it is said
const AGAIN_MS = 10000;
const DIED = ["AbortError", "UnknownError", "InvalidStateError"]; // the connection went with it
let opened = null;

// It does not open, and the phone was not full before.
class Shut extends Error {}

export const db = () => (opened ??= openDB("baoji-field", VERSION, {
  upgrade(made) {
    made.createObjectStore("facts"); // me, pack, tasks, recents, device …
    made.createObjectStore("media"); // sha256 → {blob, kind, size, thumb, uploaded}
    made.createObjectStore("drafts", { keyPath: "uuid" });
    const outbox = made.createObjectStore("outbox", { keyPath: "uuid" });
    outbox.createIndex("state", "state");
    made.createObjectStore("envelopes", { keyPath: "hash" }).createIndex("chain", ["kid", "seq"], { unique: true });
    made.createObjectStore("track", { autoIncrement: true });
  },
  blocking(_now, _next, event) { event.target.close(); opened = null; },
  terminated() { opened = null; },
}).catch((fault) => {
  opened = null; // asked for once more, it may open
  throw isShort() ? fault : new Shut(fault.message);
}));

export const fact = async (name) => (await db()).get("facts", name);
export const keepFact = (name, value) => together(["facts"], (into) => into.facts.put(value, name), "default");

const SMALL = ["me", "clock", "tasks", "gone", "stays"];

// What the views are drawn from, in one look, {me, clock, tasks, gone, stays, outbox, drafts}: a weak phone takes longer for
// each asking than for what is asked. A database that the full disk has closed is as it was seen last: nothing was written since.
export async function glance() {
  try {
    return (seen = await look());
  } catch (fault) {
    if (!seen || !foundNoRoom(fault)) throw fault;
    return seen;
  }
}

let seen = null;

async function look() {
  const act = (await db()).transaction(["facts", "outbox", "drafts"]);
  const facts = act.objectStore("facts");
  const asked = [act.objectStore("outbox").getAll(), act.objectStore("drafts").getAll(), ...SMALL.map((name) => facts.get(name))];
  const [outbox, drafts, ...known] = await Promise.all(asked);
  return { outbox, drafts, ...Object.fromEntries(SMALL.map((name, n) => [name, known[n]])) };
}

// One transaction over several stores; `write` gets the stores by name. The only way in which anything is written.
export async function together(names, write, durability = "strict") {
  await making; // or what is written meanwhile would find no room either
  if (stuckAt !== null && !(await isLoose())) throw new DOMException("no room", "QuotaExceededError");
  const before = rooms;
  try {
    await once(names, write, durability);
  } catch (fault) {
    if (!foundNoRoom(fault)) throw fault;
    if (!(await roomMade(fault, before))) throw stick(fault);
    await once(names, write, durability).catch((again) => { throw foundNoRoom(again) ? stick(again) : again; });
  }
}

async function once(names, write, durability) {
  const act = (await db()).transaction(names, "readwrite", { durability });
  try {
    await write(Object.fromEntries(names.map((name) => [name, act.objectStore(name)])));
  } catch (fault) {
    act.done.catch(() => {});
    try { act.abort(); } catch { /* it has aborted itself */ }
    throw fault; // or else half of it would be kept
  }
  await act.done;
}

let stuckAt = null; // when there was no room at last: nothing is written until some is held back anew
let rooms = 0; // how often room was made
let making = null;

function stick(fault) {
  stuckAt = performance.now();
  return full(fault);
}

// What was held back is given for what found no room; `before`: for another write it was given already.
function roomMade(fault, before) {
  making = navigator.locks.request("room", async () => {
    if (rooms !== before) return true;
    setShort(true);
    if (DIED.includes(fault.name)) {
      opened?.then((base) => base.close(), () => {});
      opened = null;
    }
    if (!(await give())) return false;
    await beginLog();
    rooms += 1;
    return true;
  }).catch(() => false);
  return making;
}

// Asked now and then, whether somebody has made room.
function isLoose() {
  return navigator.locks.request("room", async () => {
    if (stuckAt === null) return true;
    if (performance.now() - stuckAt < AGAIN_MS) return false;
    if (canHold && !(await hold())) {
      stuckAt = performance.now();
      return false;
    }
    await loosen();
    return true;
  }).catch(() => false);
}

// Puts a medium away inside a transaction; as drafts and parcels name it. `sealed`: its envelope, where it has one.
export async function putAway(into, { medium, kept }, sealed = null) {
  await into.media.put(kept, medium.sha256);
  return sealed ? { ...medium, hash: sealed.hash, envelope: sealed.envelope, sig: sealed.sig } : medium;
}

async function loosen() {
  if (canHold) await beginLog();
  setShort(false);
  stuckAt = null;
  rooms += 1;
}

// At each start, and at each contact while room is short: a piece of storage held back, so that a report can be saved when
// everything else is full. Where it is gone, the page before may have left half a record.
export async function holdReserve() {
  if (!canHold || (!isShort() && (await isHeld()))) return;
  await navigator.locks.request("room", async () => {
    if (await hold()) return loosen();
    setShort(true);
    if (!(await give())) return undefined;
    await beginLog();
    rooms += 1;
    return undefined;
  });
  if (!isShort() && (await fact("reserve"))) await together(["facts"], (into) => into.facts.delete("reserve")); // of an app of before
}

export { isFull };

const bytesOf = (rows) => rows.flatMap((one) => one.media ?? []).reduce((sum, one) => sum + (one.size ?? 0), 0);

// How full the phone is, as far as anybody says: {used, waits, tight, persistent}, bytes. What is free no browser tells.
export async function pressure() {
  const { usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const { outbox, drafts } = await glance();
  const waits = bytesOf(outbox.filter((one) => one.state !== "sent" && one.state !== "gone")) + bytesOf(drafts);
  const persistent = (await navigator.storage?.persisted?.()) ?? false;
  return { used: usage, waits, tight: waits > MOST_WAITING || isShort(), persistent };
}

// What the phone keeps. Everything that must not be lost is written with strict durability before it is said to be kept.
import { openDB } from "idb";

const VERSION = 1;
const RESERVE_BYTES = 10 * 1024 * 1024;
let opened = null;

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
  throw fault;
}));

export const fact = async (name) => (await db()).get("facts", name);
export const keepFact = async (name, value) => (await db()).put("facts", value, name);

const SMALL = ["me", "clock", "tasks", "gone", "stays"];

// What the views are drawn from, in one look, {me, clock, tasks, gone, stays, outbox, drafts}: a weak phone takes longer for
// each asking than for what is asked.
export async function glance() {
  const act = (await db()).transaction(["facts", "outbox", "drafts"]);
  const facts = act.objectStore("facts");
  const asked = [act.objectStore("outbox").getAll(), act.objectStore("drafts").getAll(), ...SMALL.map((name) => facts.get(name))];
  const [outbox, drafts, ...known] = await Promise.all(asked);
  return { outbox, drafts, ...Object.fromEntries(SMALL.map((name, n) => [name, known[n]])) };
}

// One transaction over several stores; `write` gets the stores by name.
export async function together(names, write) {
  const base = await db();
  const run = async () => {
    const act = base.transaction(names, "readwrite", { durability: "strict" });
    try {
      await write(Object.fromEntries(names.map((name) => [name, act.objectStore(name)])));
    } catch (fault) {
      act.done.catch(() => {});
      try { act.abort(); } catch { /* it has aborted itself */ }
      throw fault; // or else half of it would be kept
    }
    await act.done;
  };
  try {
    await run();
  } catch (fault) {
    if (!isFull(fault) || !(await giveReserveBack())) throw fault;
    await run();
  }
}

// Puts a medium away inside a transaction; as drafts and parcels name it. `sealed`: its envelope, where it has one.
export async function putAway(into, { medium, kept }, sealed = null) {
  await into.media.put(kept, medium.sha256);
  return sealed ? { ...medium, hash: sealed.hash, envelope: sealed.envelope, sig: sealed.sig } : medium;
}

// A piece of storage held back, so that a report can be saved when everything else is full.
export async function holdReserve() {
  try {
    if (await fact("reserve")) return;
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    if (quota - usage > RESERVE_BYTES * 8) await keepFact("reserve", new Blob([new Uint8Array(RESERVE_BYTES)]));
  } catch {
    await keepFact("reserveUsed", true); // there is no room for it
    return;
  }
  await (await db()).delete("facts", "reserveUsed");
}

export const isFull = (fault) => fault?.name === "QuotaExceededError" || fault?.inner?.name === "QuotaExceededError";

async function giveReserveBack() {
  const base = await db();
  const had = Boolean(await fact("reserve"));
  await base.delete("facts", "reserve");
  await base.put("facts", true, "reserveUsed");
  return had;
}

// How full the phone is: {used, free, tight, persistent}, bytes.
export async function pressure() {
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const used = Boolean(await fact("reserveUsed"));
  const persistent = (await navigator.storage?.persisted?.()) ?? false;
  return { used: usage, free: quota - usage, tight: quota > 0 && (quota - usage < RESERVE_BYTES * 4 || used), persistent };
}

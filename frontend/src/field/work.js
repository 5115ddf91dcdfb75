// What the phone takes along and what it is asked to do; fetched when there is a network, used when there is none.
import { now } from "./clock.js";
import { call, Offline, Refusal } from "./net.js";
import { point } from "./place.js";
import { isOpen } from "./queue.js";
import { db, fact, keepFact, together } from "./store.js";
import { staysNow } from "./watch.js";

const TILES = "baoji-tiles";
// A phone that was opened before tools were told apart shows all of them.
const EVERY_TOOL = ["report", "tasks", "correct", "stay", "duty"];

const FETCHED = ["pack", "tasks", "gone", "stays", "mine", "messages", "devices", "track", "recents"];

export async function me() {
  try {
    const { body } = await call("GET", "/api/v1/field/me");
    const before = await fact("me");
    await together(["facts"], async (into) => {
      // Another person signed in on this phone: what was fetched for the one before is not theirs to see.
      if (before && before.code !== body.code) for (const name of FETCHED) await into.facts.delete(name);
      await into.facts.put(body, "me");
    });
    return body;
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 401) return { ...(await fact("me")), signedOut: true };
    if (!(fault instanceof Offline)) throw fault;
    return (await fact("me")) ?? null;
  }
}

export const has = (person, tool) => (person?.tools ?? EVERY_TOOL).includes(tool);

export async function refreshPack() {
  const known = await fact("pack");
  const at = point();
  const where = at ? `?lon=${at[0].toFixed(6)}&lat=${at[1].toFixed(6)}` : "";
  const { status, body } = await call("GET", `/api/v1/field/pack${where}`, undefined, known ? { "If-None-Match": `"${known.version}"` } : {});
  if (status === 304) return known;
  await keepFact("pack", body);
  await fetchTiles(body.tiles);
  return body;
}

// Tiles one after the other, so that they never stand in the way of a report.
async function fetchTiles(addresses) {
  if (!("caches" in self)) return;
  const kept = await caches.open(TILES);
  for (const address of addresses) {
    if (await kept.match(address)) continue;
    try {
      const answer = await fetch(address);
      if (answer.ok) await kept.put(address, answer);
    } catch {
      return; // the network went; the rest comes with the next contact
    }
  }
}

export const pack = async () => (await fact("pack")) ?? { components: [], classes: [], areas: [], controls: [], photos: {}, tiles: [], box: null };
export const tasks = async () => (await fact("tasks")) ?? [];
export const gone = async () => (await fact("gone")) ?? [];

// Where this person stays: as the server said last, and as was pressed since.
export async function stays() {
  const known = (await fact("stays")) ?? { items: [], relief: [] };
  return { ...known, items: staysNow(known.items, await (await db()).getAll("outbox"), (await fact("me"))?.code) };
}

// Fetches the tasks. Those that were this phone's and are not any more are remembered until their reader has seen it.
export async function refreshTasks() {
  const held = await tasks();
  const { body } = await call("GET", `/api/v1/field/tasks?have=${held.map((one) => one.number).join(",")}`);
  await together(["facts", "drafts", "outbox"], async (into) => {
    const answered = new Set((await into.outbox.getAll()).filter((one) => one.type === "answer" && isOpen(one)).map((one) => one.body.number));
    const waiting = new Map((await into.drafts.getAll()).filter((one) => one.task).map((one) => [one.task, one.uuid]));
    const told = await into.facts.get("gone") ?? [];
    const fresh = body.gone
      .filter((one) => !told.some((other) => other.number === one.number))
      .map((one) => ({ ...held.find((task) => task.number === one.number), ...one, draft: waiting.get(one.number) ?? "" }));
    const back = new Set(body.items.map((one) => one.number)); // it came back meanwhile
    await into.facts.put([...told, ...fresh].filter((one) => !back.has(one.number)), "gone");
    await into.facts.put(body.items.filter((one) => !answered.has(one.number)), "tasks");
  });
  return body;
}

export async function forgetGone(number) {
  await keepFact("gone", (await gone()).filter((one) => one.number !== number));
}

export async function refreshStays() {
  const asked = now();
  const { body } = await call("GET", "/api/v1/field/stays");
  await together(["facts", "outbox"], async (into) => {
    const answered = (await into.outbox.getAll()).filter((one) => !isOpen(one)); // a turn may have gone out meanwhile
    await into.facts.put({ ...body, items: staysNow(body.items, answered, (await into.facts.get("me"))?.code, asked) }, "stays");
  });
}

// Fetched when there is a network, else what was fetched last: [value, whether it is fresh].
export async function latest(name, address, pick = (body) => body) {
  try {
    const value = pick((await call("GET", address)).body);
    await keepFact(name, value);
    return [value, true];
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
    return [await fact(name), false];
  }
}

export async function recents() {
  return (await fact("recents")) ?? [];
}

export async function rememberClass(kind, code) {
  const key = `${kind}-${code}`;
  await keepFact("recents", [key, ...(await recents()).filter((one) => one !== key)].slice(0, 8));
}

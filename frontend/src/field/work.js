// What the phone takes along and what it is asked to do; fetched when there is a network, used when there is none.
import { now } from "./clock.js";
import { call, Offline, Refusal } from "./net.js";
import { point } from "./place.js";
import { isOpen } from "./queue.js";
import { fact, glance, keepFact, together } from "./store.js";
import { dutyNow } from "./shift.js";
import { handedNow, staysNow } from "./watch.js";

const TILES = "baoji-tiles";
const PICTURES = "baoji-pictures";
const MOST_READ = 100; // at once
const ANY = { ignoreVary: true };
const SETTLED_MS = 1500; // each process of the server looks once a second whether the city has changed
// A phone that was opened before tools were told apart shows all of them.
const EVERY_TOOL = ["report", "tasks", "correct", "stay", "duty"];

const FETCHED = ["pack", "tasks", "gone", "stays", "mine", "messages", "devices", "track", "recents", "toRead", "ruleSeen"];

// Of two answers to one question the one that was asked for later holds, whichever comes first: somebody may have signed in, or
// chosen a language, between the asking. Called when it is asked; what it gives says then, when the answer is to be kept, whether
// it still may.
const held = {};
let asks = 0;
function turn(name) {
  const mine = (asks += 1);
  return () => {
    if ((held[name] ?? 0) > mine) return false;
    held[name] = mine;
    return true;
  };
}

// Raises Offline: without the server's word it is not known who has signed in on this phone by now.
export async function me() {
  try {
    const asked = now();
    const holds = turn("me");
    let { body } = await call("GET", "/api/v1/field/me");
    const before = await fact("me");
    if (before && before.code !== body.code && "caches" in self) await caches.delete(PICTURES);
    await together(["facts", "outbox"], async (into) => {
      if (!holds()) {
        body = await into.facts.get("me");
        return;
      }
      // Another person signed in on this phone: what was fetched for the one before is not theirs to see.
      if (before && before.code !== body.code) for (const name of FETCHED) await into.facts.delete(name);
      const answered = (await into.outbox.getAll()).filter((one) => !isOpen(one)); // a press may have gone out meanwhile
      body.since = dutyNow(body.since, answered, body.code, asked).since;
      await into.facts.put(body, "me");
    });
    return body;
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 401) return { ...(await fact("me")), signedOut: true };
    throw fault;
  }
}

// Who uses this phone, with what was pressed and still waits: on duty since, and whether the server knows.
export async function withDuty(person, seen = undefined) {
  if (!person) return person;
  const { me: kept, outbox } = seen ?? await glance();
  const known = kept?.code === person.code ? kept : {};
  const { since, waits } = dutyNow(known.since, outbox, person.code);
  return { ...person, since, waits, since_received: since && since === known.since ? known.since_received : null, ended_by_rule: known.ended_by_rule ?? null };
}

export const has = (person, tool) => (person?.tools ?? EVERY_TOOL).includes(tool);

export async function refreshPack() {
  const known = await fact("pack");
  const holds = turn("pack");
  const at = point();
  const where = at ? `?lon=${at[0].toFixed(6)}&lat=${at[1].toFixed(6)}` : "";
  const { status, body } = await call("GET", `/api/v1/field/pack${where}`, undefined, known ? { "If-None-Match": `"${known.version}"` } : {});
  if (!holds()) return fact("pack");
  if (status !== 304) await keepFact("pack", body);
  const present = status === 304 ? known : body;
  await fetchTiles(present); // also of a pack that was kept when the network went before its tiles had come
  return present;
}

// The pictures of the tasks go along; those of tasks that went are let go of.
async function fetchPictures(items) {
  if (!("caches" in self)) return;
  const kept = await caches.open(PICTURES);
  const wanted = new Set(items.flatMap((one) => one.pictures));
  for (const { url } of await kept.keys()) if (!wanted.has(new URL(url).pathname)) await kept.delete(url);
  for (const address of wanted) {
    if (await kept.match(address)) continue;
    try {
      const answer = await fetch(address);
      if (answer.ok) await kept.put(address, answer);
    } catch {
      return; // the network went, or the phone is full; the rest comes with the next contact
    }
  }
}

const zoomOf = (address) => address.split("/")[3];

// Tiles one after the other, so that they never stand in the way of a report. Those of a zoom whose mark changed are asked for
// again by their tag, and sent only if they have changed; the marks count as taken when all of the map is here.
async function fetchTiles({ tiles, edition = "", editions = {} }) {
  if (!("caches" in self)) return;
  const kept = await caches.open(TILES);
  const there = new Set((await kept.keys()).map(({ url }) => new URL(url).pathname));
  const marks = (await fact("editions")) ?? {};
  const asks = tiles.filter((address) => !there.has(address) || marks[zoomOf(address)] !== editions[zoomOf(address)]);
  const taken = (await fact("edition")) === edition && Object.keys(editions).every((z) => marks[z] === editions[z]);
  if (taken && !asks.length) return;
  if (!taken && there.size) await new Promise((done) => { setTimeout(done, SETTLED_MS); });
  try {
    for (const address of asks) await fetchTile(kept, address);
    if (taken) return;
    const packed = new Set(tiles); // what was looked at beyond the own area would stay as it was
    for (const address of there) if (!packed.has(address)) await kept.delete(address, ANY);
    await keepFact("edition", edition);
    await keepFact("editions", editions);
  } catch (fault) {
    console.info("tiles:", fault.message); // the network went, or the phone is full; the rest comes with the next contact
  }
}

// Past the service worker and the browser's cache, which would say what was so before.
async function fetchTile(kept, address) {
  const tag = (await kept.match(address, ANY))?.headers.get("ETag");
  const answer = await fetch(address, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
  if (answer.ok) {
    await kept.delete(address, ANY); // put alone leaves one beside it that was kept under another Accept-Language
    await kept.put(address, answer);
  } else if (answer.status >= 500) throw new Error(`${address}: ${answer.status}`);
}

export const pack = async () => (await fact("pack")) ?? { components: [], classes: [], areas: [], controls: [], photos: {}, tiles: [], box: null };
export const tasks = async () => (await fact("tasks")) ?? [];
export const gone = async () => (await fact("gone")) ?? [];

// Where this person stays, and what they have handed over: as the server said last, and as was pressed since. `seen`: of one
// who has looked already.
export async function stays(seen = undefined) {
  const { stays: known = { items: [], relief: [] }, outbox, me: person } = seen ?? await glance();
  return { ...known, items: staysNow(known.items, outbox, person?.code), handed: handedNow(known.handed ?? [], outbox, person?.code) };
}

// Fetches the tasks. Those that were this phone's and are not any more are remembered until their reader has seen it.
export async function refreshTasks() {
  const had = await tasks();
  const holds = turn("tasks");
  const { body } = await call("GET", `/api/v1/field/tasks?have=${had.map((one) => one.number).join(",")}`);
  if (!holds()) return;
  await together(["facts", "drafts", "outbox"], async (into) => {
    const answered = new Set((await into.outbox.getAll()).filter((one) => one.type === "answer" && isOpen(one)).map((one) => one.body.number));
    const person = (await into.facts.get("me"))?.code;
    const waiting = new Map((await into.drafts.getAll()).filter((one) => one.task && one.person === person).map((one) => [one.task, one.uuid]));
    const told = await into.facts.get("gone") ?? [];
    const fresh = body.gone
      .filter((one) => !told.some((other) => other.number === one.number))
      .map((one) => ({ ...had.find((task) => task.number === one.number), ...one, draft: waiting.get(one.number) ?? "" }));
    const back = new Set(body.items.map((one) => one.number)); // it came back meanwhile
    await into.facts.put([...told, ...fresh].filter((one) => !back.has(one.number)), "gone");
    await into.facts.put(body.items.filter((one) => !answered.has(one.number)), "tasks");
  });
  fetchPictures(body.items).catch((fault) => console.info("pictures:", fault.message));
}

export async function forgetGone(number) {
  await keepFact("gone", (await gone()).filter((one) => one.number !== number));
}

export async function refreshStays() {
  const asked = now();
  const holds = turn("stays");
  const { body } = await call("GET", "/api/v1/field/stays");
  if (!holds()) return;
  await together(["facts", "outbox"], async (into) => {
    const answered = (await into.outbox.getAll()).filter((one) => !isOpen(one)); // a turn may have gone out meanwhile
    const person = (await into.facts.get("me"))?.code;
    await into.facts.put({ ...body, items: staysNow(body.items, answered, person, asked), handed: handedNow(body.handed ?? [], answered, person, asked) }, "stays");
  });
}

// Fetched when there is a network, else what was fetched last: [value, whether it is fresh].
export async function latest(name, address, pick = (body) => body) {
  const holds = turn(name);
  try {
    const value = pick((await call("GET", address)).body);
    if (!holds()) return [await fact(name), true];
    await keepFact(name, value);
    return [value, true];
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
    return [await fact(name), false];
  }
}

// Read on this phone, also without a network: the server hears of it with the next contact.
export async function readMessages(ids) {
  await together(["facts"], async (into) => {
    await into.facts.put((await into.facts.get("messages") ?? []).map((one) => (ids.includes(one.id) ? { ...one, read: true } : one)), "messages");
    await into.facts.put([...new Set([...(await into.facts.get("toRead") ?? []), ...ids])].slice(-MOST_READ), "toRead");
  });
}

export async function tellRead() {
  const ids = await fact("toRead") ?? [];
  if (!ids.length) return;
  await call("POST", "/api/v1/field/messages/read", { ids });
  await together(["facts"], async (into) => into.facts.put((await into.facts.get("toRead") ?? []).filter((id) => !ids.includes(id)), "toRead"));
}

export const fetchMessages = () => latest("messages", "/api/v1/field/messages", (body) => body.items);
export const fetchMine = () => latest("mine", "/api/v1/field/mine");

export async function recents() {
  return (await fact("recents")) ?? [];
}

export async function rememberClass(kind, code) {
  const key = `${kind}-${code}`;
  await keepFact("recents", [key, ...(await recents()).filter((one) => one !== key)].slice(0, 8));
}

// What the phone takes along and what it is asked to do; fetched when there is a network, used when there is none.
import { call, Offline, Refusal } from "./net.js";
import { point } from "./place.js";
import { fact, keepFact } from "./store.js";

const TILES = "baoji-tiles";

export async function me() {
  try {
    const { body } = await call("GET", "/api/v1/field/me");
    await keepFact("me", body);
    return body;
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 401) return { ...(await fact("me")), signedOut: true };
    if (!(fault instanceof Offline)) throw fault;
    return (await fact("me")) ?? null;
  }
}

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

// Fetches the tasks; {items, gone} where `gone` were this phone's and are not any more.
export async function refreshTasks() {
  const held = await tasks();
  const { body } = await call("GET", `/api/v1/field/tasks?have=${held.map((one) => one.number).join(",")}`);
  await keepFact("tasks", body.items);
  return body;
}

export async function recents() {
  return (await fact("recents")) ?? [];
}

export async function rememberClass(kind, code) {
  const key = `${kind}-${code}`;
  await keepFact("recents", [key, ...(await recents()).filter((one) => one !== key)].slice(0, 8));
}

// Room on the phone. A browser says nothing true of it, so it is told by what can be written: some is held back as a file
// beside the database, and while that cannot be held nothing else is written.
//
// Chromium keeps all databases of an origin in one log. A write that the disk had no room for leaves half a record in it; what
// is written after that is taken, and with the next opening all of it is thrown away. Deleting a database makes Chromium begin
// a new log, and nothing is lost (tried: tests/journeys/test_field_full.py). Without room that very deletion loses everything.
//
// No page can keep Chromium from another thing: where the disk is full it makes room by throwing away whole sites whose storage
// it has not promised to keep (`navigator.storage.persist`). What waited is told from remember.js then.
import { deleteDB, openDB } from "idb";

const HELD_BYTES = 10 * 1024 * 1024;
const PROOF_BYTES = 4 * 1024 * 1024; // more than a log grows to
const NOTE = "baoji-full";
const FULL = "QuotaExceededError";
const WORDS = [FULL, "AbortError", "UnknownError", "InvalidStateError"]; // Chromium's for a full disk, of a database

// Of a write to the database; whether that may be why it failed.
export const foundNoRoom = (fault) => WORDS.includes(fault?.name) || (fault?.name === "DataError" && /write/i.test(fault.message));

// What such a write raises in the end.
export const full = (fault) => (isFull(fault) ? fault : new DOMException(fault.message, FULL));
export const isFull = (fault) => fault?.name === FULL;

let short = null;

// Whether a write found no room and none was held back anew since; also of the time before the page was opened.
export function isShort() {
  try {
    return short ?? localStorage.getItem(NOTE) !== null;
  } catch {
    return short ?? false;
  }
}

export function setShort(is) {
  short = is;
  try {
    is ? localStorage.setItem(NOTE, "1") : localStorage.removeItem(NOTE);
  } catch { /* it is known until the page is closed */ }
}

async function file(name, bytes) {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name, { create: true });
  if ((await handle.getFile()).size === bytes) return;
  const into = await handle.createWritable();
  try {
    await into.write(new Uint8Array(bytes));
    await into.close();
  } catch (fault) {
    await into.abort().catch(() => {});
    throw fault;
  }
}

const remove = async (name) => (await navigator.storage.getDirectory()).removeEntry(name);

// A browser that cannot write such a file is taken at its word: a write finds room, or not.
export const canHold = "createWritable" in (globalThis.FileSystemFileHandle?.prototype ?? {});

export async function isHeld() {
  try {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("reserve");
    return (await handle.getFile()).size === HELD_BYTES;
  } catch {
    return false;
  }
}

async function isRoom() {
  try {
    await file("proof", PROOF_BYTES);
    await remove("proof");
    return true;
  } catch {
    return false;
  }
}

// Holds some back; whether that went, and there is more.
export async function hold() {
  try {
    await file("reserve", HELD_BYTES);
  } catch {
    return false;
  }
  return isRoom();
}

// Gives back what was held; whether there is room now.
export async function give() {
  if (!canHold) return false;
  await remove("reserve").catch(() => {}); // it may be gone already: a browser lets go of all such files where one finds no room
  return isRoom();
}

// Only where there is room.
export async function beginLog() {
  (await openDB("baoji-spare", 1, { upgrade(made) { made.createObjectStore("none").put(1, 1); } })).close();
  await deleteDB("baoji-spare");
}

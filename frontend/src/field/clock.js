// The time as the server has it: the phone's own clock may be hours or years off. Learnt at every contact, kept on the phone.
import { fact, keepFact } from "./store.js";

const WRONG_MS = 3 * 60 * 1000;
let offset = 0;

export async function startClock() {
  offset = (await fact("clock"))?.offset ?? 0;
}

// `sent` and `heard` by the phone's clock, `received` and `answered` by the server's; milliseconds.
export async function learn({ sent, heard, received, answered }) {
  offset = Math.round((received + answered) / 2 - (sent + heard) / 2);
  await keepFact("clock", { offset, at: heard });
}

export const now = () => Date.now() + offset;
export const off = () => offset;
export const isWrong = () => Math.abs(offset) > WRONG_MS;

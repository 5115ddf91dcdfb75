// The time as the server has it: the phone's own clock may be hours or years off. Learnt at every contact, kept on the phone.
import { keepFact } from "./store.js";

const WRONG_MS = 3 * 60 * 1000;
let offset = 0;

// With what was learnt when the app was open last.
export function startClock(known) {
  offset = known?.offset ?? 0;
}

// `sent` and `heard` by the phone's clock, `received` and `answered` by the server's; milliseconds. What is known moves
// no further than the contact asks for: a slow one says little, and two phones must agree on who was first.
export const better = (known, { sent, heard, received, answered }) => Math.round(Math.min(Math.max(known, answered - heard), received - sent));

export async function learn(contact) {
  const { heard } = contact;
  offset = better(offset, contact);
  await keepFact("clock", { offset, at: heard });
}

export const now = () => Date.now() + offset;
export const off = () => offset;
export const isWrong = () => Math.abs(offset) > WRONG_MS;

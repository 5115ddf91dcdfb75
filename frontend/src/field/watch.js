// 守候 as this phone knows it: what the server said last, and what was pressed since and still waits. No storage and no
// network of its own, like queue.js.
import { isOpen } from "./queue.js";

const isTurn = (one, person) => one.type === "stay" && one.person === person;
const actOf = (one) => one.body.act ?? "end"; // an app of before kept only the end, with its photo

// Whose watch it is and who has not said yet that they are there; a server of before says nothing of it.
export const awaited = (one) => one.arrived_at === null;

// Where this person stays once the turn is done. Who was handed the watch says with a beginning that they are there.
export function turned(items, one) {
  const others = items.filter((item) => item.number !== one.task);
  if (!["start", "take"].includes(actOf(one))) return others;
  const at = one.body.captured_at;
  const known = items.find((item) => item.number === one.task);
  if (!known) return [...others, { number: one.task, status: "open", title: one.title, address: "", history: [], ...one.stay, since: at, arrived_at: at, waiting: isOpen(one) }];
  const came = awaited(known) ? { arrived_at: at, history: known.history.map((row) => (row.until ? row : { ...row, arrived_at: at })) } : {};
  return [...others, { ...known, ...came, waiting: isOpen(one) }];
}

// What this person has handed over, once the turn is done.
export function passed(handed, one) {
  const others = handed.filter((item) => item.number !== one.task);
  if (actOf(one) !== "hand_over") return others;
  return [...others, { number: one.task, status: "open", title: one.title, address: "", who: one.body.to, ...one.stay, since: one.body.captured_at, arrived_at: null, waiting: isOpen(one) }];
}

const fresh = (parcels, person, heard) => parcels.filter((one) => isTurn(one, person) && (isOpen(one) || (one.state === "sent" && one.sentAt > heard))).sort((a, b) => a.at - b.at);

// `heard`: when the answer that `items` came with was asked for; a turn that was answered since then is not in it.
export const staysNow = (items, parcels, person, heard = Infinity) => fresh(parcels, person, heard).reduce(turned, items);
export const handedNow = (handed, parcels, person, heard = Infinity) => fresh(parcels, person, heard).reduce(passed, handed);

// What was pressed for this case and is still under way, the last of it.
export const pending = (parcels, person, number) => parcels.filter((one) => isTurn(one, person) && one.task === number && isOpen(one)).sort((a, b) => b.at - a.at)[0];

// Turns that somebody else's had overtaken, or that cannot be (who was to take over is off duty), until their reader has seen it.
export const overtaken = (parcels, person) => parcels.filter((one) => isTurn(one, person) && ["gone", "refused"].includes(one.state) && !one.seen);

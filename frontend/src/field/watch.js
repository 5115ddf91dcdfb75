// 守候 as this phone knows it: what the server said last, and what was pressed since and still waits. No storage and no
// network of its own, like queue.js.
import { isOpen } from "./queue.js";

const isTurn = (one, person) => one.type === "stay" && one.person === person;
const actOf = (one) => one.body.act ?? "end"; // an app of before kept only the end, with its photo

// Where this person stays once the turn is done.
export function turned(items, one) {
  const others = items.filter((item) => item.number !== one.task);
  if (!["start", "take"].includes(actOf(one))) return others;
  return [...others, { number: one.task, status: "open", title: one.title, address: "", history: [], ...one.stay, since: one.body.captured_at, waiting: isOpen(one) }];
}

// `heard`: when the answer that `items` came with was asked for; a turn that was answered since then is not in it.
export function staysNow(items, parcels, person, heard = Infinity) {
  const turns = parcels.filter((one) => isTurn(one, person) && (isOpen(one) || (one.state === "sent" && one.sentAt > heard)));
  return turns.sort((a, b) => a.at - b.at).reduce(turned, items);
}

// What was pressed for this case and is still under way, the last of it.
export const pending = (parcels, person, number) => parcels.filter((one) => isTurn(one, person) && one.task === number && isOpen(one)).sort((a, b) => b.at - a.at)[0];

// Turns that somebody else's had overtaken, or that cannot be (who was to take over is off duty), until their reader has seen it.
export const overtaken = (parcels, person) => parcels.filter((one) => isTurn(one, person) && ["gone", "refused"].includes(one.state) && !one.seen);

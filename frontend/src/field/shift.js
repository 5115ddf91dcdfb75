// 上班 and 下班 as this phone knows them: what the server said last, and what was pressed since and still waits. No storage
// and no network of its own, like queue.js.
import { isOpen } from "./queue.js";

const isPress = (one, person) => one.type === "duty" && one.person === person;
const inOrder = (parcels) => parcels.sort((a, b) => a.at - b.at);

// On duty since when, once the press is done. Who is on duty already goes on; what was answered, the answer knows best.
function after(since, one) {
  if (!isOpen(one)) return one.since ?? null;
  return one.body.act === "end" ? null : (since ?? one.body.captured_at);
}

// {since, waits}: `since` null when off duty. `heard`: when the answer that `since` came with was asked for; a press that
// was answered later is not in it.
export function dutyNow(since, parcels, person, heard = Infinity) {
  const presses = inOrder(parcels.filter((one) => isPress(one, person) && (isOpen(one) || (one.state === "sent" && one.sentAt > heard))));
  return { since: presses.reduce(after, since ?? null), waits: presses.some(isOpen) };
}

// What was pressed last on this phone, sent or not.
export const lastPress = (parcels, person) => inOrder(parcels.filter((one) => isPress(one, person))).at(-1) ?? null;

// Until its beginning has arrived, positions of a duty would fall outside of it.
export const beginWaits = (parcels, person) => parcels.some((one) => isPress(one, person) && isOpen(one) && one.body.act === "start");

// The rules of the queue: what goes first, what an answer means, when a photo may be let go of. No storage and no network of
// its own: `sendAll` is given both, so that the tests can cut it off anywhere (systems/urban/tests/test_field_queue.py).

const WAITS = ["waiting", "sending"];
const LATER = [401, 429, 507];
const KEPT_MS = 14 * 24 * 3600 * 1000;

export const isOpen = (parcel) => WAITS.includes(parcel.state);

// What arrived a while ago and has been seen: each start reads all that is kept, and the city has it. Of presses of duty the last
// one stays, because the next one names it.
export function past(parcels, now) {
  const last = new Map();
  for (const one of parcels) if (one.type === "duty" && (last.get(one.person)?.at ?? -Infinity) <= one.at) last.set(one.person, one);
  const isDone = (one) => one.state === "sent" || (one.state === "gone" && (one.type !== "stay" || one.seen));
  return parcels.filter((one) => isDone(one) && now - (one.sentAt ?? one.at) > KEPT_MS && last.get(one.person) !== one);
}

const rank = (parcel) => (parcel.type === "sos" ? 0 : parcel.urgent ? 1 : 2);

// Whose turn it is: cries for help, then what is urgent, then by age. Of this person only: others send their own.
export function inTurn(parcels, person) {
  return parcels
    .filter((one) => one.person === person && isOpen(one))
    .sort((a, b) => rank(a) - rank(b) || a.at - b.at || (a.uuid < b.uuid ? -1 : 1));
}

// What an answer makes of a parcel: {next, letGo, missing, stop}. Photos are let go of only with the server's word that it has them.
export function outcome(parcel, answer) {
  const kept = { letGo: false, missing: [], stop: false };
  const wait = (facts) => ({ ...parcel, state: "waiting", ...facts });
  if (answer.kind === "ok") return { ...kept, next: { ...parcel, state: "sent", number: answer.number, receipt: answer.receipt, sentAt: answer.at, said: "", ...answer.more }, letGo: true };
  if (answer.kind === "offline") return { ...kept, next: wait({ tries: parcel.tries + 1 }), stop: true };
  // The server stumbled over this one: the others go on, this one comes again.
  if (answer.code === "stale") return { ...kept, next: wait({ tries: parcel.tries + 1 }) }; // it crossed another there, and nothing was written: once more
  if (answer.kind === "fault") return { ...kept, next: wait({ tries: parcel.tries + 1, said: answer.said }) };
  if (answer.code === "task-gone") return { ...kept, next: { ...parcel, state: "gone", said: answer.said, receipt: answer.receipt, sentAt: answer.at }, letGo: true };
  if (answer.code === "media-missing") return { ...kept, next: wait({ tries: parcel.tries + 1 }), missing: answer.missing };
  if (LATER.includes(answer.status) || answer.code === "csrf") return { ...kept, next: wait({ said: answer.said }), stop: true };
  return { ...kept, next: { ...parcel, state: "refused", said: answer.said, errors: answer.errors } };
}

// One round over everything that waits; what comes `after` another waits until that one has its answer. `ports`: all(), upload(parcel), deliver(parcel) → answer, read(fault) → answer,
// unsent(hashes) → those that the phone does not hold either, settle(parcel, letGo) in one transaction, words(hashes).
export async function sendAll(ports, person) {
  const turns = inTurn(await ports.all(), person);
  const open = new Set(turns.map((one) => one.uuid));
  for (const parcel of turns) {
    if (open.has(parcel.after)) continue;
    const { next, letGo, missing, stop } = outcome(parcel, await attempt(ports, parcel));
    const lost = missing.length ? await ports.unsent(missing) : [];
    const settled = lost.length ? { ...next, state: "refused", said: ports.words(lost) } : next;
    await ports.settle(settled, letGo);
    if (!isOpen(settled)) open.delete(parcel.uuid);
    if (stop) return false;
  }
  return true;
}

async function attempt(ports, parcel) {
  try {
    await ports.upload(parcel);
    return await ports.deliver(parcel);
  } catch (fault) {
    return ports.read(fault);
  }
}

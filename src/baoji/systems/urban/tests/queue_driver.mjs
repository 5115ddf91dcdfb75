// Runs the phone's queue (frontend/src/field/queue.js) against a server and a store of its own. One line of JSON in, one out.
// Each call of a port uses up one word of the script: ok, lost (never arrives), unheard (done, the answer is lost), stumbles
// (500), busy (429), crossed (409 of two that waited for each other), dies (the phone, before) and dies-after (the phone, when it is done). After the script all is well.
import { createInterface } from "node:readline";
import { better } from "../../../../../frontend/src/field/clock.js";
import { inOrder } from "../../../../../frontend/src/field/place.js";
import { isOpen, past, sendAll } from "../../../../../frontend/src/field/queue.js";
import { beginWaits, dutyNow, lastPress } from "../../../../../frontend/src/field/shift.js";
import { handedNow, passed, staysNow, turned } from "../../../../../frontend/src/field/watch.js";

class Dead extends Error {}
class Lost extends Error {}
class Told extends Error {
  constructor(answer) {
    super(answer.code);
    this.answer = answer;
  }
}

function world({ parcels, script, person, forgets = [], empty = [] }) {
  const words = [...script];
  const phone = { outbox: new Map(parcels.map((one) => [one.uuid, structuredClone(one)])), media: new Map() };
  for (const one of parcels) for (const { sha256 } of one.media) if (!empty.includes(sha256)) phone.media.set(sha256, { uploaded: false });
  const server = { uploads: new Set(), taken: new Map(), asked: [] };
  const wrong = [];

  const through = (act) => {
    const word = words.shift() ?? "ok";
    if (word === "dies") throw new Dead();
    if (word === "lost") throw new Lost();
    if (word === "stumbles") throw new Told({ kind: "fault", said: "500" });
    if (word === "crossed") throw new Told({ kind: "refused", status: 409, code: "stale", said: "crossed", missing: [] });
    if (word === "busy") throw new Told({ kind: "refused", status: 429, code: "too-many", said: "later", missing: [] });
    const answer = act();
    if (word === "dies-after") throw new Dead();
    if (word === "unheard") throw new Lost();
    return answer;
  };
  const stored = (act) => { // a transaction: all of it or nothing, and the phone may die before or after
    const word = words.shift() ?? "ok";
    if (word === "dies") throw new Dead();
    act();
    if (word === "dies-after") throw new Dead();
  };
  const receive = (parcel) => {
    server.asked.push(parcel.uuid);
    if (forgets.length) server.uploads.delete(forgets.pop());
    const known = server.taken.get(parcel.uuid);
    if (known) return known;
    const missing = parcel.media.map((one) => one.sha256).filter((sha256) => !server.uploads.has(sha256));
    if (missing.length) throw new Told({ kind: "refused", status: 424, code: "media-missing", said: "missing", missing });
    if (parcel.body?.bad) throw new Told({ kind: "refused", status: 422, code: "validation", said: "bad", missing: [] });
    const answer = parcel.body?.gone ? { kind: "refused", status: 409, code: "task-gone", said: "gone", receipt: parcel.uuid, missing: [] } : { kind: "ok", number: `T-${server.taken.size}`, receipt: parcel.uuid, at: 1 };
    server.taken.set(parcel.uuid, answer);
    return answer;
  };
  const ports = {
    all: async () => [...phone.outbox.values()].map((one) => structuredClone(one)),
    upload: async (parcel) => {
      for (const { sha256 } of parcel.media) {
        const known = phone.media.get(sha256);
        if (!known || known.uploaded) continue;
        through(() => server.uploads.add(sha256));
        stored(() => phone.media.set(sha256, { uploaded: true }));
      }
    },
    deliver: async (parcel) => through(() => {
      const answer = receive(parcel);
      if (answer.kind !== "ok") throw new Told(answer);
      return answer;
    }),
    read: (fault) => {
      if (fault instanceof Dead) throw fault;
      return fault instanceof Lost ? { kind: "offline" } : fault.answer;
    },
    unsent: async (hashes) => {
      stored(() => { for (const sha256 of hashes) if (phone.media.has(sha256)) phone.media.set(sha256, { uploaded: false }); });
      return hashes.filter((sha256) => !phone.media.has(sha256));
    },
    settle: async (parcel, letGo) => stored(() => {
      if (letGo && !server.taken.has(parcel.uuid)) wrong.push(`let go of ${parcel.uuid} before the server had it`);
      phone.outbox.set(parcel.uuid, structuredClone(parcel));
      if (letGo) for (const { sha256 } of parcel.media) phone.media.delete(sha256);
    }),
    words: (lost) => `lost ${lost.length}`,
  };
  return { phone, server, ports, wrong, person, left: () => words.length };
}

async function play(given) {
  const here = world(given);
  let rounds = 0;
  const open = () => [...here.phone.outbox.values()].some((one) => one.person === given.person && isOpen(one));
  while (open() && rounds < 500) {
    rounds += 1;
    try {
      await sendAll(here.ports, given.person);
    } catch (fault) {
      if (!(fault instanceof Dead)) throw fault;
    }
  }
  return {
    rounds,
    wrong: here.wrong,
    asked: here.server.asked,
    taken: Object.fromEntries(here.server.taken),
    media: [...here.phone.media.keys()],
    outbox: Object.fromEntries([...here.phone.outbox].map(([uuid, one]) => [uuid, one])),
  };
}

// Watches: where one stays after so many of the turns were answered, the others still waiting.
// `given` is what the server had said before of the same watch.
function watched({ turns, person, answered, given = [] }) {
  const states = turns.map((one, n) => ({ ...one, state: n < answered ? "sent" : "waiting" }));
  const heard = states.slice(0, answered).reduce(turned, given);
  return { stays: staysNow(heard, states, person), handed: handedNow(states.slice(0, answered).reduce(passed, []), states, person) };
}

// Duty: what the phone shows after so many of its presses were answered, in the order in which they were asked.
function onDuty({ presses, person, answered }) {
  let since = null;
  const states = presses.map((one, n) => {
    if (n >= answered) return { ...one, state: "waiting" };
    since = one.body.act === "end" ? null : (since ?? one.body.captured_at);
    return { ...one, state: "sent", since, sentAt: n };
  });
  return { ...dutyNow(since, states, person), early: dutyNow(null, states, person, -1), last: lastPress(states, person)?.uuid, holds: beginWaits(states, person) };
}

// The clock: what is known of it after each contact.
const learnt = ({ contacts }) => ({ offsets: contacts.map(((known) => (contact) => (known = better(known, contact)))(0)) });

// What the phone lets go of, and the way through the tasks.
const forgotten = ({ kept, now }) => ({ past: past(kept, now).map((one) => one.uuid) });
const walked = ({ tasks, from }) => ({ way: inOrder(tasks, from).map((one) => one.number) });

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await (given.kept ? Promise.resolve(given).then(forgotten) : given.tasks ? Promise.resolve(given).then(walked) : given.contacts ? Promise.resolve(given).then(learnt) : given.turns ? Promise.resolve(given).then(watched) : given.presses ? Promise.resolve(given).then(onDuty) : play(given)).catch((fault) => ({ crashed: fault.stack })))}\n`);
}

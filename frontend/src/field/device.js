// The key of this phone, its chain of envelopes, the tickets of the server. Page scripts can use the key, never read it.
import { base64, canonical, hex, sha256 } from "./bytes.js";
import { learn } from "./clock.js";
import { call, inNameOf, Offline, Refusal } from "./net.js";
import { fact, keepFact, together } from "./store.js";
import { t } from "./words.js";

const ZEROS = "0".repeat(64);
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGN = { name: "ECDSA", hash: "SHA-256" };
const PAGE = crypto.randomUUID().replaceAll("-", "");
const FRESH_MS = 4 * 60 * 1000;
const name = (person) => `device:${person}`;

// {keys, kid, spki, status, seq, head, ticket, ticketAt}; made on first use.
export async function device(person) {
  const known = await fact(name(person));
  if (known) return known;
  return navigator.locks.request("device", async () => {
    const again = await fact(name(person));
    if (again) return again;
    const keys = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
    const der = await crypto.subtle.exportKey("spki", keys.publicKey);
    const made = { keys, kid: await sha256(der), spki: base64(der), status: "new", seq: 0, head: ZEROS, ticket: null, ticketAt: 0 };
    await keepFact(name(person), made);
    return made;
  });
}

// A key that has ended, or was copied, makes room for a new one. What it signed stays in the queue and is sent as it is.
export async function renew(person) {
  const own = await device(person);
  if (own.status !== "ended") await call("POST", `/api/v1/field/devices/${own.kid}/end`, { reason: t("在手机上重新登记") }, inNameOf(person));
  await together(["facts"], (into) => into.facts.delete(name(person)));
  return contact(person, { force: true });
}

const change = (person, facts) => navigator.locks.request("chain", async () => {
  const now = { ...(await device(person)), ...facts };
  await keepFact(name(person), now);
  return now;
});

export async function enrol(person) {
  const own = await device(person);
  const { body } = await call("POST", "/api/v1/field/devices", { spki: own.spki, label: label() }, inNameOf(person));
  return change(person, { status: body.status });
}

const label = () => (navigator.userAgentData?.platform ?? navigator.platform ?? "").slice(0, 40) || "phone";

// At every contact: a fresh ticket and the key's status. A key that the server does not know is enrolled first.
export async function contact(person, { force = false } = {}) {
  let own = await device(person);
  try {
    if (own.status === "new") own = await enrol(person);
  } catch (fault) {
    if (!(fault instanceof Refusal) || fault.status === 401) throw fault;
    return { ...own, said: fault.message }; // too many phones wait, say: everything else goes on
  }
  // A clock that was set back must not make an old ticket look fresh. Who waits for approval hears of it at the next contact.
  if (!force && own.status === "active" && own.ticket && Math.abs(Date.now() - own.ticketAt) < FRESH_MS) return own;
  try {
    const sent = Date.now();
    const { body } = await call("POST", "/api/v1/field/ticket", { kid: own.kid, head_seq: own.seq, head_hash: own.head, sent_at: sent }, inNameOf(person));
    const heard = Date.now();
    await learn({ sent, heard, received: body.received_at, answered: body.answered_at });
    return await change(person, { status: body.status, ticket: body.ticket ?? own.ticket, ticketAt: heard, gaps: body.gaps ?? [] });
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 404) return change(person, { status: "new" });
    if (fault instanceof Refusal || fault instanceof Offline) return own;
    throw fault;
  }
}

// Signs an envelope and goes on in the chain. `keep` writes what the envelope is about in the same transaction.
export async function seal(person, kind, facts, stores, keep) {
  const [sealed] = await sealAll(person, [[kind, facts]], stores, (into, [one]) => keep(into, one));
  return sealed;
}

// Several envelopes, one after the other in the chain and kept in one step. `said` is [kind, facts] of each.
export function sealAll(person, said, stores, keep) {
  return navigator.locks.request("chain", async () => {
    let own = await device(person);
    const sealed = [];
    for (const [kind, facts] of said) {
      sealed.push({ person, ...(await signed(own, kind, facts)) });
      own = { ...own, seq: sealed.at(-1).seq, head: sealed.at(-1).hash };
    }
    await together(["facts", "envelopes", ...stores], async (into) => {
      for (const one of sealed) await into.envelopes.add(one); // twice the same number: the transaction fails, nothing is kept
      await into.facts.put(own, name(person));
      await keep(into, sealed);
    });
    return sealed;
  });
}

async function signed(own, kind, facts) {
  const said = { v: 1, kind, kid: own.kid, seq: own.seq + 1, prev: own.head, at: Date.now(), mono: Math.round(performance.now()), page: PAGE, ticket: own.ticket ?? undefined, ext: {}, ...facts };
  const bytes = new TextEncoder().encode(canonical(said));
  const sig = await crypto.subtle.sign(SIGN, own.keys.privateKey, bytes);
  return { hash: await sha256(bytes), kid: own.kid, seq: said.seq, envelope: base64(bytes), sig: base64(sig) };
}

export { hex };

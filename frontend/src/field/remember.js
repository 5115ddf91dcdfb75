// What waits, by name, beside the database that holds it: a browser may throw that away, and then it can be said what is gone.
const KEY = "baoji-waiting";

function known() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function keep(rows) {
  try {
    localStorage.setItem(KEY, JSON.stringify(rows));
  } catch { /* it is only a memory: nothing waits for it */ }
}

const without = (uuids) => known().filter((one) => !uuids.includes(one.uuid));

export const remember = ({ uuid, person, type, title, at }) => keep([...without([uuid]), { uuid, person, type, title, at }]);
export const forget = (...uuids) => keep(without(uuids));

// What waited, and is neither in the queue nor a draft again.
export function gone({ outbox, drafts }, person) {
  const there = new Set([...outbox.map((one) => one.uuid), ...drafts.flatMap((one) => [one.uuid, one.name])]);
  return known().filter((one) => one.person === person && !there.has(one.uuid));
}

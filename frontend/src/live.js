// Live updates: server-sent events, else polling. A message names topics; what shows them is refreshed in place.
import { each, icon, message } from "./dom.js";
import { say } from "./say.js";

const POLL_MS = 15000;
const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
const GIVE_UP_AFTER = 3;

let failures = 0;
let polling = null;
let pending = new Set();
let waiting = null;

function connection(state, word) {
  for (const element of document.querySelectorAll("[data-baoji-connection]")) {
    element.dataset.state = state;
    const light = element.querySelector(".light");
    light.classList.toggle("light-green", state === "on");
    light.classList.toggle("light-yellow", state !== "on");
    light.textContent = word;
  }
}

function strip(text) {
  for (const element of document.querySelectorAll("[data-baoji-offline]")) {
    element.hidden = !text;
    element.querySelector("[data-word]").textContent = text ?? "";
  }
}

// Whether the phone has a network at all, in the head of a page in the street and in the strip.
function network() {
  const online = navigator.onLine;
  strip(online ? null : message("offline"));
  for (const element of document.querySelectorAll("[data-baoji-online]")) {
    element.querySelector(".icon").replaceWith(online ? icon("wifi") : icon("wifi-off"));
    element.querySelector("[data-word]").textContent = message(online ? "online" : "noNetwork");
  }
}

const writing = (element) =>
  element.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select");

function refresh(htmx) {
  waiting = null;
  const topics = pending;
  pending = new Set();
  for (const element of document.querySelectorAll("[data-baoji-refresh]")) {
    const wanted = element.dataset.baojiRefresh.split(/\s+/).filter(Boolean);
    if (topics.has("*") || wanted.includes("*") || wanted.some((topic) => topics.has(topic))) {
      // What somebody is typing into is never replaced under the fingers: it is asked for again a little later.
      if (writing(element)) wanted.forEach((topic) => later(htmx, topic));
      else htmx.trigger(element, "baoji:changed");
    }
  }
}

function later(htmx, topic) {
  pending.add(topic);
  waiting ??= setTimeout(() => refresh(htmx), 2000);
}

function changed(htmx, topics) {
  topics.forEach((topic) => pending.add(topic));
  // Several messages within a moment cost one request for each list; the spread keeps 200 desks from asking at once.
  waiting ??= setTimeout(() => refresh(htmx), 150 + Math.random() * 350);
}

async function poll(htmx, url) {
  if (document.hidden) return;
  if (!url) return changed(htmx, ["*"]);
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { topics = [] } = await answer.json();
    if (topics.length) changed(htmx, topics);
    connection("on", message("polling"));
    strip(null);
  } catch {
    connection("off", message("reconnecting"));
    strip(message("reconnecting"));
  }
}

function startPolling(htmx) {
  polling ??= setInterval(() => poll(htmx, document.body.dataset.baojiPoll), POLL_MS);
}

function stopPolling() {
  clearInterval(polling);
  polling = null;
}

function listen(htmx, url) {
  const source = new EventSource(url);
  source.addEventListener("open", () => {
    if (failures) changed(htmx, ["*"]);
    failures = 0;
    stopPolling();
    connection("on", message("connected"));
    strip(null);
  });
  const take = (event) => {
    let topics = [];
    try {
      topics = JSON.parse(event.data).topics ?? [];
    } catch {
      topics = event.data ? event.data.split(/\s+/) : [];
    }
    changed(htmx, topics.length ? topics : ["*"]);
  };
  source.addEventListener("desk", take);
  source.addEventListener("message", take);
  source.addEventListener("error", () => {
    source.close();
    failures += 1;
    connection("off", message("reconnecting"));
    if (failures > GIVE_UP_AFTER) startPolling(htmx);
    else strip(message("reconnecting"));
    setTimeout(() => listen(htmx, url), RETRY_MS[Math.min(failures - 1, RETRY_MS.length - 1)]);
  });
}

// New rows come in without moving what one reads: the scroll position is kept relative to the row at the top.
function keepPlace() {
  let anchor = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const box = event.detail.target?.closest?.(".list") ?? null;
    const row = box && [...box.querySelectorAll("tbody tr[id]")].find((one) => one.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
    anchor = row && box.scrollTop > 0 ? { box, id: row.id, top: row.getBoundingClientRect().top } : null;
    const rows = event.detail.target?.querySelectorAll?.("tbody tr[id]");
    event.detail.target?.closest?.("[data-baoji-refresh]")?.setAttribute?.("data-had", [...(rows ?? [])].map((one) => one.id).join(" "));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const holder = event.detail.target?.closest?.("[data-baoji-refresh]");
    if (holder?.dataset.had) {
      const had = new Set(holder.dataset.had.split(" "));
      const fresh = [...holder.querySelectorAll("tbody tr[id]")].filter((row) => !had.has(row.id));
      fresh.forEach((row) => row.classList.add("new-row"));
      if (fresh.length) say(message("fresh", { n: fresh.length }));
    }
    const row = anchor && document.getElementById(anchor.id);
    if (row) anchor.box.scrollTop += row.getBoundingClientRect().top - anchor.top;
    anchor = null;
  });
}

export function startLive(htmx) {
  const { baojiStream: stream, baojiPoll: url } = document.body.dataset;
  keepPlace();
  window.addEventListener("offline", network);
  window.addEventListener("online", () => { network(); changed(htmx, ["*"]); });
  each("[data-baoji-online]", network);
  if (stream && "EventSource" in window) listen(htmx, stream);
  else if (url || document.querySelector("[data-baoji-refresh]")) startPolling(htmx);
}

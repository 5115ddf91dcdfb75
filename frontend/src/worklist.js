// J K move, X selects, Enter opens, M shows on the map; the selection is shared with the map and the batch bar.
import { each, message, root } from "./dom.js";
import { say } from "./say.js";

const TYPED = "input:not([type=checkbox]), textarea, select, [contenteditable]";
let chosen = new Set();
let current = "";

const table = () => document.querySelector("[data-baoji-worklist]");
const rows = () => [...(table()?.tBodies[0]?.rows ?? [])];
const box = (row) => row.querySelector("td input[type=checkbox]");

function tellOthers() {
  document.dispatchEvent(new CustomEvent("baoji:select", { detail: { numbers: [...chosen], current, from: "list" } }));
}

function paint() {
  const all = rows();
  for (const row of all) {
    const picked = chosen.has(row.dataset.number);
    row.classList.toggle("sel", picked);
    row.classList.toggle("cur", row.dataset.number === current);
    if (box(row)) box(row).checked = picked;
  }
  const every = table()?.querySelector("[data-baoji-all]");
  if (every) {
    every.checked = all.length > 0 && all.every((row) => chosen.has(row.dataset.number));
    every.indeterminate = !every.checked && chosen.size > 0;
  }
  for (const bar of document.querySelectorAll("[data-baoji-batch]")) {
    bar.hidden = chosen.size === 0;
    for (const count of bar.querySelectorAll("[data-baoji-count]")) count.textContent = chosen.size;
  }
}

function pick(number, on) {
  if (on) chosen.add(number);
  else chosen.delete(number);
  paint();
  tellOthers();
  say(message("selected", { n: chosen.size }));
}

function moveTo(row) {
  if (!row) return;
  current = row.dataset.number;
  paint();
  row.scrollIntoView({ block: "nearest" });
  row.querySelector(".c-title a")?.focus({ preventScroll: true });
  tellOthers();
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.number === current);
  moveTo(all[Math.max(0, Math.min(all.length - 1, at + by))]);
}

function clear() {
  chosen = new Set();
  paint();
  tellOthers();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || root.dataset.baojiKeys === "off") return;
  if (event.target.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
  const row = rows().find((one) => one.dataset.number === current);
  const done = {
    j: () => step(1),
    k: () => step(-1),
    x: () => row && box(row) && pick(current, !chosen.has(current)),
    enter: () => event.target === document.body && row?.querySelector(".c-title a")?.click(),
    m: () => row && document.dispatchEvent(new CustomEvent("baoji:show", { detail: { lon: row.dataset.lon, lat: row.dataset.lat, number: current } })),
    escape: () => chosen.size && clear(),
  }[event.key.toLowerCase()];
  if (!done) return;
  if (event.key !== "Enter") event.preventDefault();
  done();
}

// Rows that left the list leave the selection as well; whoever shows the rows elsewhere is told that they are others now.
function listed() {
  const here = new Set(rows().map((row) => row.dataset.number));
  chosen = new Set([...chosen].filter((number) => here.has(number)));
  if (!here.has(current)) current = "";
  paint();
  tellOthers();
  document.dispatchEvent(new CustomEvent("baoji:listed"));
}

function begin(list) {
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-baoji-all]")) {
      chosen = new Set(event.target.checked ? rows().map((row) => row.dataset.number) : []);
      paint();
      tellOthers();
    } else if (event.target.matches("td input[type=checkbox]")) {
      pick(event.target.closest("tr").dataset.number, event.target.checked);
    }
  });
  list.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && row.dataset.number !== current) { current = row.dataset.number; paint(); tellOthers(); }
  });
  list.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, label")) return;
    const row = event.target.closest("tbody tr");
    if (row) { current = row.dataset.number; paint(); tellOthers(); }
  });
  listed();
}

export function startWorklists() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-baoji-clear]")) clear(); });
  document.addEventListener("baoji:select", (event) => {
    if (event.detail.from === "list") return;
    chosen = new Set(event.detail.numbers);
    current = event.detail.current ?? current;
    paint();
    rows().find((row) => row.dataset.number === current)?.scrollIntoView({ block: "nearest" });
  });
  each("[data-baoji-worklist]", begin);
  // A list that has become empty has no table that could begin.
  document.addEventListener("htmx:afterSettle", ({ detail }) => { if (!table() && detail.target?.closest?.(".list")) listed(); });
}

// Map and charts are large: their code comes only to pages that hold one. A map with `wait` comes when somebody gets to it.
import { each, message } from "./dom.js";
import { openMap as load } from "./map/begin.js";

const TOUCHED = ["pointerdown", "pointermove", "keydown", "scroll"];
const ON_SCREEN = 0.6;

// Opens the map when its button is pressed, when a place is known, or when it is on the screen of somebody who has begun to
// use the page: drawing it costs a weak phone seconds, and who reads the first step should not have to pay for it.
function later(map) {
  const button = map.querySelector("[data-baoji-map-open]");
  const inputs = ["pick-lon", "pick-lat"].map((name) => document.getElementById(map.getAttribute(name))).filter(Boolean);
  if (!button || inputs.some((input) => input.value)) return load();
  const stop = new AbortController();
  const { signal } = stop;
  let seen = false;
  let touched = false;
  const watch = new IntersectionObserver((entries) => { seen = entries.some((one) => one.isIntersecting); reached(); });
  const open = async () => {
    stop.abort();
    watch.disconnect();
    try {
      await load();
    } catch (reason) {
      console.info("map:", reason?.message ?? reason);
      button.textContent = message("mapFailed");
      button.addEventListener("click", open, { once: true });
      return;
    }
    const focused = document.activeElement === button;
    button.remove();
    if (focused) map.querySelector("canvas")?.focus(); // Enter sets the mark in the middle, the arrows move the map
  };
  const reached = () => { if (seen && touched && !signal.aborted) open(); };
  button.hidden = false;
  button.addEventListener("click", open, { signal });
  for (const input of inputs) input.addEventListener("change", open, { signal });
  for (const name of TOUCHED) addEventListener(name, () => { touched = true; reached(); }, { signal, passive: true });
  watch.observe(map);
  return undefined;
}

// Beside a list that says the same: the words and the list are painted first. A map that is on the first screen comes right
// after; one that only begins there, as on a phone, comes when somebody gets to it: drawing it keeps a weak phone busy for
// seconds, and who reads the list should not have to pay for it.
function afterPaint(map) {
  const watch = new IntersectionObserver(([{ intersectionRatio }]) => {
    watch.disconnect();
    if (intersectionRatio < ON_SCREEN) return void later(map);
    map.querySelector("[data-baoji-map-open]")?.remove();
    if (window.requestIdleCallback) requestIdleCallback(load, { timeout: 1500 });
    else setTimeout(load, 100);
    return undefined;
  });
  watch.observe(map);
}

function start(map) {
  if (map.hasAttribute("wait")) return later(map);
  return map.hasAttribute("after-paint") ? afterPaint(map) : load();
}

export function startLazy() {
  each("baoji-map", start);
  each("baoji-chart", () => import("./chart.js"));
}

// The map's code and the script of its worker are large: they come only where there is a map, and beside each other.
import "./old.js";
import libraryUrl from "maplibre-gl/dist/maplibre-gl-csp.js?url";
import workerUrl from "./worker.js?worker&url";
import { root } from "../dom.js";

let address = null;

// In the street the worker starts from the script's bytes: an address outside /field/ has no service worker of ours, and
// neither the script nor the tiles it asks for would come from what the phone has kept. A blob's worker has the page's.
async function found() {
  const whole = new URL(workerUrl, import.meta.url).href;
  if (root.dataset.density !== "field") return whole;
  try {
    const answer = await fetch(whole);
    if (answer.ok) return URL.createObjectURL(await answer.blob());
  } catch (reason) {
    console.info("map:", reason.message);
  }
  return whole;
}

const workerAddress = () => (address ??= found());

let came = null;

// The library is a plain script, not a part of a module: of such a one a phone keeps the compiled form beside what its service
// worker keeps, of a module it keeps none and compiles a megabyte at each start. It needs `old.js` before it.
const library = () => (came ??= fetched().catch((reason) => {
  came = null; // the next one who asks tries again
  throw reason;
}));

function fetched() {
  const script = document.createElement("script");
  script.src = new URL(libraryUrl, import.meta.url).href;
  return new Promise((done, fail) => {
    script.onload = () => done(window.maplibregl);
    script.onerror = () => fail(new Error(`${script.src} did not come`));
    document.head.append(script);
  });
}

export async function openMap() {
  const [worker, maplibre, { define }] = await Promise.all([workerAddress(), library(), import("./element.js")]);
  define(maplibre, worker);
}

// The map's code and the script of its worker are large: they come only where there is a map, and beside each other.
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

export const workerAddress = () => (address ??= found());

export function openMap() {
  workerAddress();
  return import("./element.js");
}

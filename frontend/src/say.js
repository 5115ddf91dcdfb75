// Toasts for the eye, live regions for the ear.
import { each, icon, make } from "./dom.js";

const SHOWN_MS = 6000;

function fade(line) {
  let timer = setTimeout(() => line.remove(), SHOWN_MS);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => line.remove(), SHOWN_MS); };
  line.addEventListener("mouseenter", hold);
  line.addEventListener("focusin", hold);
  line.addEventListener("mouseleave", release);
  line.addEventListener("focusout", release);
}

export function toast(text, sign = icon("check")) {
  const line = make("div", { class: "toast-line", role: "status" }, sign, make("span", {}, text));
  document.getElementById("toasts")?.append(line);
  fade(line);
}

function put(id, text) {
  const region = document.getElementById(id);
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50);
}

export const say = (text) => put("say", text);
export const shout = (text) => put("shout", text);

export function startToasts() {
  each("[data-baoji-toast]", fade);
}

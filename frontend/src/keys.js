// Single keys press the element that names them; they are silent inside fields and can be switched off.
import { root } from "./dom.js";

const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";

function visible(element) {
  return element.getClientRects().length > 0 && !element.disabled;
}

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else if (element.matches("summary")) openAct(element);
  else element.click();
}

function openAct(summary) {
  const details = summary.parentElement;
  details.open = true;
  (details.querySelector("input:not([type=hidden]), textarea, select, button") ?? summary).focus();
}

export function shortcut(key) {
  const wanted = CSS.escape(key.toLowerCase());
  return [...document.querySelectorAll(`[data-baoji-key="${wanted}"]`)].find(visible);
}

function sendForm(event) {
  const form = event.target.closest?.("form") ?? document.querySelector("[data-baoji-main-form]");
  const button = form?.querySelector("[data-baoji-main], button:not([type=button]):not([data-baoji-confirmed])");
  if (!button) return;
  event.preventDefault();
  form.requestSubmit(button);
}

function openKeys() {
  const dialog = document.getElementById("keys");
  if (dialog && !dialog.open) dialog.showModal();
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return sendForm(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
    if (root.dataset.baojiKeys === "off") return;
    if (event.key === "?") {
      event.preventDefault();
      return openKeys();
    }
    const found = event.key.length === 1 ? shortcut(event.key) : null;
    if (!found) return;
    event.preventDefault();
    press(found);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-baoji-open]");
    if (opener) document.getElementById(opener.dataset.baojiOpen)?.showModal();
    for (const menu of document.querySelectorAll("[data-baoji-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("[data-baoji-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

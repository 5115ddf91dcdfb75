// Busy buttons, confirmation of what cannot be undone, copying, and honest words when a request fails.
import { icon, make, message } from "./dom.js";
import { say, toast } from "./say.js";

function busy(form, button) {
  if (!button || button.getAttribute("aria-busy") === "true") return;
  const label = button.querySelector("[data-label]") ?? button;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.dataset.was = label.textContent;
  button.setAttribute("aria-busy", "true");
  label.textContent = form.dataset.baojiBusy || message("sending");
  button.prepend(make("span", { class: "spin", "aria-hidden": "true" }));
}

export function idle(form) {
  form.removeAttribute("data-sent");
  for (const button of form.querySelectorAll('[aria-busy="true"]')) {
    button.removeAttribute("aria-busy");
    button.querySelector(".spin")?.remove();
    (button.querySelector("[data-label]") ?? button).textContent = button.dataset.was;
  }
}

function confirmFirst(form, event) {
  const dialog = document.getElementById(form.dataset.baojiConfirm);
  if (!dialog || event.submitter?.hasAttribute("data-baoji-confirmed")) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.showModal();
  return true;
}

function onSubmit(event) {
  const form = event.target;
  if (form.dataset.baojiConfirm && confirmFirst(form, event)) return;
  if (!("baojiBusy" in form.dataset)) return;
  if (form.dataset.sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.sent = "1";
  const pressed = event.submitter?.closest("dialog") ? form.querySelector(".submit") : event.submitter;
  event.submitter?.closest("dialog")?.close();
  setTimeout(() => busy(form, pressed ?? form.querySelector("button:not([type=button])")));
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.baojiCopy);
    toast(message("copied"), icon("copy"));
    say(message("copied"));
  } catch {
    toast(message("notCopied"), icon("alert-circle"));
  }
}

function onFailure(event) {
  const form = event.detail.elt.closest?.("form");
  if (form) idle(form);
  if (event.detail.elt.closest?.("[data-baoji-refresh]")) return;
  const why = event.detail.xhr?.status ? event.detail.xhr.statusText || event.detail.xhr.status : "";
  toast(why ? message("notSaved", { why }) : message("notSent"), icon("alert-octagon"));
}

export function startForms() {
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-baoji-copy]");
    if (button) copy(button);
    event.target.closest("[data-baoji-close]")?.closest("dialog")?.close();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-sent]");
    if (form) idle(form);
  });
  document.addEventListener("htmx:sendError", onFailure);
  document.addEventListener("htmx:responseError", onFailure);
  // A page taken back from the browser's memory must not stay busy.
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(idle));
  // Filters act when changed; without scripts their button stays.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-baoji-auto]");
    if (form) form.requestSubmit();
  });
}

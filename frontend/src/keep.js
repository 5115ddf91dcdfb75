// A form of somebody outdoors is sent without leaving its page: where nothing comes through, words and photos are still there.
import { icon, make, message } from "./dom.js";
import { idle } from "./forms.js";

const told = () => document.querySelectorAll("[data-kept]");

function tell(form, sentence) {
  const line = make("div", { class: "form-error", role: "alert", "data-kept": true }, icon("alert-circle"), make("span", {}, sentence));
  form.querySelector("button[type=submit]").after(line);
}

// What the server says to it; its photos stay chosen where something else is to be put right.
function show(htmx, answer) {
  const chosen = [...document.querySelectorAll("#content input[type=file]")].map(({ id, files }) => [id, files]);
  htmx.swap("#content", answer, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 }, { select: "#content" });
  for (const [id, files] of chosen) {
    const input = document.getElementById(id);
    if (!input || !files.length) continue;
    input.files = files;
    input.dispatchEvent(new Event("change"));
  }
  window.scrollTo(0, 0);
  document.getElementById("content").focus();
}

async function send(htmx, form) {
  told().forEach((line) => line.remove());
  const body = new FormData(form);
  await new Promise((done) => setTimeout(done)); // the button says that it is busy first
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.status >= 500) throw new Error(String(answer.status));
    show(htmx, await answer.text());
  } catch {
    idle(form);
    tell(form, message(navigator.onLine ? "notSent" : "offline"));
  }
}

export function startKeep(htmx) {
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches("form[data-baoji-keep]")) return;
    event.preventDefault();
    send(htmx, event.target);
  });
  window.addEventListener("online", () => told().forEach((line) => line.remove()));
}

// A field over a long list: type words, choose a line, the code goes with the form. Without scripts one types the code.
import { each, make, message } from "./dom.js";
import { say } from "./say.js";

const PAUSE_MS = 180;
let serial = 0;

async function ask(url, words) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", words);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  const found = await answer.json();
  return (found.items ?? found).map((one) => ({
    value: String(one.value ?? one.code ?? one.id),
    title: String(one.title ?? one.name ?? one.value ?? one.code),
    note: one.note ?? "",
  }));
}

function ready(input) {
  return [...(input.list?.options ?? [])].map((option) => ({ value: option.value, title: option.textContent || option.value, note: "" }));
}

class Combobox {
  constructor(input) {
    this.url = input.dataset.baojiSearch;
    this.multiple = "multiple" in input.dataset;
    this.start = ready(input);
    this.options = [];
    this.current = -1;
    this.hidden = make("input", { type: "hidden", name: input.name, value: input.value });
    this.input = input;
    input.removeAttribute("name");
    input.removeAttribute("list");
    input.removeAttribute("pattern");
    if (!this.multiple && input.dataset.title) input.value = input.dataset.title;
    this.list = make("ul", { class: "combo-list", role: "listbox", id: `combo-${(serial += 1)}`, hidden: true });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.list.id, autocomplete: "off" }))
      input.setAttribute(name, value);
    this.list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? "");
    input.after(this.hidden, this.list);
    input.parentElement.classList.add("combo");
    if (this.multiple) this.chips();
    this.listen();
  }

  chips() {
    this.chosen = new Map(this.hidden.value.split("、").filter(Boolean).map((code) => [code, this.start.find((one) => one.value === code)?.title ?? code]));
    this.input.value = "";
    this.box = make("div", { class: "combo-chips" });
    this.input.before(this.box);
    this.drawChips();
  }

  drawChips() {
    this.hidden.value = [...this.chosen.keys()].join("、");
    this.box.replaceChildren(
      ...[...this.chosen].map(([code, title]) => {
        const button = make("button", { type: "button", class: "tag chip-out", "aria-label": `× ${title}` }, `${title} ×`);
        button.addEventListener("click", () => { this.chosen.delete(code); this.drawChips(); this.input.focus(); });
        return button;
      }),
    );
    this.input.required = false;
  }

  listen() {
    let timer = null;
    this.input.addEventListener("input", () => {
      if (!this.multiple) this.hidden.value = this.input.value.trim();
      clearTimeout(timer);
      timer = setTimeout(() => this.find(this.input.value.trim()), PAUSE_MS);
    });
    this.input.addEventListener("focus", () => { if (this.start.length && !this.input.value) this.show(this.start); });
    this.input.addEventListener("click", () => { if (this.start.length) this.show(this.start); });
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => {
      const line = event.target.closest("[role=option]");
      if (line) { event.preventDefault(); this.choose(this.options[Number(line.dataset.index)]); }
    });
  }

  async find(words) {
    if (!words) return this.start.length ? this.show(this.start) : this.close();
    const here = this.start.filter((one) => one.title.includes(words) || one.value.startsWith(words));
    let found = [];
    try {
      found = this.url ? await ask(this.url, words) : [];
    } catch {
      found = [];
    }
    if (words !== this.input.value.trim()) return;
    const seen = new Set(here.map((one) => one.value));
    this.show([...here, ...found.filter((one) => !seen.has(one.value))]);
    say(this.options.length ? message("matches", { n: this.options.length }) : message("noMatch"));
  }

  show(options) {
    this.options = options.slice(0, 50);
    this.current = -1;
    const lines = this.options.map((one, index) =>
      make("li", { role: "option", id: `${this.list.id}-${index}`, "data-index": index, "aria-selected": "false" }, make("span", {}, one.title), make("small", {}, one.note || (one.title === one.value ? "" : one.value))),
    );
    this.list.replaceChildren(...(lines.length ? lines : [make("li", { class: "none" }, message("noMatch"))]));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.key === "Escape" && !this.list.hidden) { event.stopPropagation(); return this.close(); }
    if (event.key === "Enter" && !this.list.hidden && this.current >= 0) { event.preventDefault(); return this.choose(this.options[this.current]); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.options.length) return undefined;
    event.preventDefault();
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.current = (this.current + step + this.options.length) % this.options.length;
    [...this.list.children].forEach((line, index) => line.setAttribute("aria-selected", String(index === this.current)));
    const line = this.list.children[this.current];
    line.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", line.id);
    return undefined;
  }

  choose(option) {
    if (this.multiple) {
      this.chosen.set(option.value, option.title);
      this.input.value = "";
      this.drawChips();
    } else {
      this.input.value = option.title;
      this.hidden.value = option.value;
    }
    this.hidden.dispatchEvent(new CustomEvent("baoji:chosen", { bubbles: true, detail: option }));
    this.close();
  }
}

export function startSearch() {
  each("[data-baoji-search]", (input) => new Combobox(input));
}

// Small common ground: the sentences from the server, icons from the sprite, work on fragments as they arrive.

const catalogue = JSON.parse(document.body.dataset.baojiMessages || "{}");

export function message(name, facts = {}) {
  return (catalogue[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => facts[key] ?? whole);
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.baojiIcons}#${name}`);
  svg.append(use);
  return svg;
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Runs for each match now and for matches inside every fragment that htmx brings later.
export function each(selector, start) {
  const begin = (root) => {
    const found = root.matches?.(selector) ? [root] : [];
    for (const element of [...found, ...root.querySelectorAll(selector)]) {
      const mark = `started:${selector}`;
      if (element[mark]) continue;
      element[mark] = true;
      start(element);
    }
  };
  begin(document.body);
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
}

export function setPreference(name, value) {
  document.cookie = `baoji_${name}=${value};path=/;max-age=31536000;samesite=lax`;
}

export const root = document.documentElement;

export const night = matchMedia("(prefers-color-scheme: dark)");
// "auto", on the citizens' pages until somebody chooses: as the system is.
export const isDark = () => root.dataset.bsTheme === "dark" || (root.dataset.bsTheme === "auto" && night.matches);

// Theme, keys, sound: remembered in a cookie so that the server draws the next page right.
import { isDark, message, night, root, setPreference } from "./dom.js";
import { toast } from "./say.js";

const toggled = { keys: "baojiKeys", sound: "baojiSound" };

function apply(name, asked) {
  if (name === "theme") {
    const theme = asked === "toggle" ? (isDark() ? "light" : "dark") : asked;
    root.dataset.bsTheme = theme;
    setPreference(name, theme);
    document.dispatchEvent(new CustomEvent("baoji:theme", { detail: theme }));
    return;
  }
  const where = toggled[name];
  if (!where) return;
  const value = asked === "toggle" ? (root.dataset[where] === "off" ? "on" : "off") : asked;
  root.dataset[where] = value;
  setPreference(name, value);
  toast(message(`${name}${value === "off" ? "Off" : "On"}`));
  document.dispatchEvent(new CustomEvent(`baoji:${name}`, { detail: value }));
}

export function startPreferences() {
  night.addEventListener("change", () => {
    if (root.dataset.bsTheme === "auto") document.dispatchEvent(new CustomEvent("baoji:theme", { detail: isDark() ? "dark" : "light" }));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-baoji-set]");
    if (button) {
      const [name, value] = button.dataset.baojiSet.split("=");
      apply(name, value);
    }
    if (event.target.closest("[data-baoji-print]")) window.print();
  });
}

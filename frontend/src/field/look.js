// Dark or light, usual or large text: kept on this phone, also when the shell comes from the cache.
import { root, setPreference } from "../dom.js";

const KEPT = { theme: "baoji_theme", size: "baoji_size" };
const night = matchMedia("(prefers-color-scheme: dark)");

export const looks = (name) => localStorage.getItem(KEPT[name]) ?? cookie(KEPT[name]) ?? "";
const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

export function look(name, value) {
  localStorage.setItem(KEPT[name], value);
  apply();
}

// The cookie tells the server's own pages.
function apply() {
  const asked = looks("theme") || "light";
  const theme = asked === "auto" ? (night.matches ? "dark" : "light") : asked;
  const before = root.dataset.bsTheme;
  root.dataset.bsTheme = theme;
  if (looks("size") === "large") root.dataset.size = "large";
  else delete root.dataset.size;
  setPreference("theme", theme);
  setPreference("size", looks("size") === "large" ? "large" : "usual");
  if (before !== theme) document.dispatchEvent(new CustomEvent("baoji:theme", { detail: theme }));
}

night.addEventListener?.("change", apply);
apply();

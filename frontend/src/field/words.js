// The app's sentences in the reader's language: written in Chinese here, translated by the page (pages/field/app_words.py).
const known = JSON.parse(document.getElementById("field-words")?.textContent || "{}");

export const about = (what, title) => t("{what}：{title}", { what, title });

export function t(text, facts = {}) {
  return (known[text] ?? text).replace(/\{(\w+)\}/g, (whole, key) => facts[key] ?? whole);
}

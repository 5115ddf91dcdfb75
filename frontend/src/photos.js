// Preview of chosen photos; count and size are said before anything is sent.
import { each, make, message } from "./dom.js";

function problem(files, { min, max, limitMb }) {
  if (max && files.length > max) return message("photosTooMany", { n: max });
  if (files.length && files.length < min) return message("photosTooFew", { n: min });
  for (const file of files) {
    if (file.type && !file.type.startsWith("image/")) return message("photoNot", { name: file.name });
    if (file.size > limitMb * 1024 * 1024) return message("photoTooLarge", { name: file.name, mb: limitMb });
  }
  return "";
}

function preview(holder, files) {
  for (const image of holder.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  holder.replaceChildren(
    ...files.map((file) =>
      make("figure", {}, make("img", { src: URL.createObjectURL(file), alt: file.name }), make("figcaption", {}, `${(file.size / 1048576).toFixed(1)} MB`)),
    ),
  );
}

function begin(field) {
  const input = field.querySelector("input[type=file]");
  const error = field.querySelector("[data-error]");
  const rules = { min: Number(field.dataset.min), max: Number(field.dataset.max), limitMb: Number(field.dataset.limitMb) };
  input.addEventListener("change", () => {
    const files = [...input.files];
    const sentence = problem(files, rules);
    input.setCustomValidity(sentence);
    input.classList.toggle("is-wrong", Boolean(sentence));
    error.hidden = !sentence;
    error.querySelector("span").textContent = sentence;
    preview(field.querySelector("[data-previews]"), sentence ? [] : files);
  });
}

export function startPhotos() {
  each("[data-baoji-photos]", begin);
}

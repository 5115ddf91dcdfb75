// Photos are gathered one after the other, each can be looked at and taken away; count and size are said before anything is sent.
import { each, icon, make, message } from "./dom.js";
import { say } from "./say.js";

const MB = 1048576;

function problem(files, { min, max, limitMb }) {
  for (const file of files) {
    if (file.type && !file.type.startsWith("image/")) return message("photoNot", { name: file.name });
    if (file.size > limitMb * MB) return message("photoTooLarge", { name: file.name, mb: limitMb });
  }
  if (max && files.length > max) return message("photosTooMany", { n: max });
  return files.length < min ? message("photosTooFew", { n: min }) : "";
}

const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

class Photos {
  constructor(field) {
    this.field = field;
    this.input = field.querySelector("input[type=file]");
    this.tile = field.querySelector(".tile");
    this.previews = field.querySelector("[data-previews]");
    this.error = field.querySelector("[data-error]");
    this.rules = { min: Number(field.dataset.min), max: Number(field.dataset.max), limitMb: Number(field.dataset.limitMb) };
    this.files = [];
    field.classList.add("ready");
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    // Our sentence beside the tile takes the place of the browser's bubble.
    this.input.addEventListener("invalid", (event) => {
      event.preventDefault();
      this.tell(problem(this.files, this.rules));
      if (this.input.form?.querySelector(":invalid") === this.input) this.input.focus();
    });
    this.demand();
  }

  // A camera hands over one photo at a time, and the browser would forget the ones before.
  add(chosen) {
    const before = this.input.multiple ? this.files : [];
    this.keep([...before, ...chosen.filter((file) => !before.some((one) => same(one, file)))]);
    say(message("photosChosen", { n: this.files.length }));
  }

  remove(index) {
    this.keep(this.files.filter((_file, at) => at !== index));
    (this.previews.querySelectorAll("button")[Math.min(index, this.files.length - 1)] ?? this.input).focus();
    say(message("photosChosen", { n: this.files.length }));
  }

  keep(files) {
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    this.files = files;
    this.input.files = all.files;
    this.demand();
    this.tell(files.length ? problem(files, this.rules) : "");
    this.draw();
    // Told of what was taken away, too: a browser is silent then.
    this.input.dispatchEvent(new Event("baoji:photos", { bubbles: true }));
  }

  demand() {
    const nothing = !this.files.length && !this.input.required;
    this.input.setCustomValidity(nothing ? "" : problem(this.files, this.rules));
  }

  tell(sentence) {
    this.tile.classList.toggle("is-wrong", Boolean(sentence));
    if (sentence) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
    this.error.hidden = !sentence;
    this.error.querySelector("span").textContent = sentence;
  }

  draw() {
    for (const image of this.previews.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.previews.replaceChildren(...this.files.map((file, index) => this.figure(file, index)));
  }

  figure(file, index) {
    const image = make("img", { src: URL.createObjectURL(file), alt: file.name });
    const figure = make("figure", { title: file.name }, image, make("figcaption", {}, `${(file.size / MB).toFixed(1)} MB`));
    image.addEventListener("error", () => image.replaceWith(make("span", { class: "no-picture" }, icon("photo"), file.name)));
    const button = make("button", { type: "button", class: "take-away", "aria-label": message("photoRemove", { name: file.name }) }, icon("x"));
    button.addEventListener("click", () => this.remove(index));
    figure.append(button);
    return figure;
  }
}

export function startPhotos() {
  each("[data-baoji-photos]", (field) => new Photos(field));
}

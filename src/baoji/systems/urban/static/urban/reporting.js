// Writing a report: buttons that fill fields, and the moments at which the page asks the server again.

function put(form, name, value, title) {
  for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    input.value = value;
    const shown = input.previousElementSibling;
    if (input.type === "hidden" && shown?.getAttribute("role") === "combobox") {
      shown.value = title || value;
      input.dispatchEvent(new CustomEvent("baoji:chosen", { bubbles: true, detail: { value, title } }));
    } else {
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-baoji-pick]");
  if (!button?.form) return;
  event.preventDefault();
  for (const [name, value] of new URLSearchParams(button.value)) put(button.form, name, value, button.dataset.title);
  const list = button.closest(".picks");
  if (list && !list.hasAttribute("data-baoji-stays")) list.hidden = true;
});

document.addEventListener("change", (event) => {
  const radio = event.target;
  if (radio.name !== "component") return;
  // A component brings its class along; choosing a class asks the server for everything that hangs on it.
  if (radio.dataset.topic && radio.form.querySelector('input[type="hidden"][name="topic"]')) put(radio.form, "topic", radio.dataset.topic, radio.dataset.title);
  else radio.dispatchEvent(new CustomEvent("urban:component", { bubbles: true }));
});

document.addEventListener("input", (event) => {
  if (event.target.id === "address") event.target.dispatchEvent(new CustomEvent("urban:address", { bubbles: true }));
});

// Inputs of a folded part do not hold the form up: they are only asked for when it is open.
document.addEventListener("toggle", (event) => {
  const part = event.target;
  if (part.dataset?.urbanPart === undefined) return;
  for (const input of part.querySelectorAll("[data-urban-required]")) input.required = part.open;
  for (const box of part.querySelectorAll("[data-urban-open]")) box.checked = part.open;
}, true);

// Photos taken one after the other: a camera hands over one at a time and the browser would forget the ones before.
const kept = new WeakMap();
const removing = new WeakSet();

function hold(input, files) {
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  input.files = all.files;
  kept.set(input, [...all.files]);
}

function same(a, b) {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
}

function offerRemoval(input, field) {
  const figures = [...field.querySelectorAll("[data-previews] figure")];
  figures.forEach((figure, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "take-away";
    button.setAttribute("aria-label", `${field.dataset.remove} ${index + 1}`);
    button.textContent = "×";
    button.addEventListener("click", () => {
      removing.add(input);
      hold(input, kept.get(input).filter((_file, at) => at !== index));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
    figure.append(button);
  });
}

document.addEventListener("change", (event) => {
  const input = event.target;
  const field = input.type === "file" && input.closest("[data-urban-photos]");
  if (!field) return;
  if (!removing.delete(input)) {
    const before = kept.get(input) ?? [];
    hold(input, [...before, ...[...input.files].filter((file) => !before.some((one) => same(one, file)))]);
  }
  setTimeout(() => offerRemoval(input, field));
}, true);

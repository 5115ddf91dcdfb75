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

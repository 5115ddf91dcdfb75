// A table wider than its place: which of its edges hide something is told to the styles, and they show it.
import { each } from "./dom.js";

function watch(box) {
  const tell = () => {
    const hidden = box.scrollWidth - box.clientWidth;
    const sides = [box.scrollLeft > 1 ? "left" : "", hidden - box.scrollLeft > 1 ? "right" : ""].filter(Boolean).join(" ");
    if ((box.dataset.hides ?? "") !== sides) box.dataset.hides = sides;
  };
  box.addEventListener("scroll", tell, { passive: true });
  const sizes = new ResizeObserver(tell);
  for (const element of [box, ...box.children]) sizes.observe(element);
}

// Where one is, among entries too many for the width, is in sight.
function showCurrent(row) {
  const current = row.querySelector("[aria-current]");
  if (!current || row.scrollWidth <= row.clientWidth) return;
  const [whole, part] = [row.getBoundingClientRect(), current.getBoundingClientRect()];
  if (part.left < whole.left || part.right > whole.right) row.scrollLeft += part.left - whole.left - (whole.width - part.width) / 2;
}

export function startScrolls() {
  each("[data-baoji-scroll]", watch);
  each(".tabs, .rail", showCurrent);
}

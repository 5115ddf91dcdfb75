// Where a menu or its tabs are wider than the phone, what is current is in view.
export function startReveal() {
  for (const one of document.querySelectorAll(".rail [aria-current], .tabs [aria-current]")) {
    const [strip, mine] = [one.parentElement.getBoundingClientRect(), one.getBoundingClientRect()];
    one.parentElement.scrollLeft += mine.left + mine.width / 2 - strip.left - strip.width / 2;
  }
}

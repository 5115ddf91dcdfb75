// One timer moves every clock on the page. The server says how much is left and whether the clock runs now.
import { make, message } from "./dom.js";

const HOUR = 3600;

export function duration(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  const hours = Math.floor(whole / HOUR);
  const minutes = Math.floor((whole % HOUR) / 60);
  const two = (n) => String(n).padStart(2, "0");
  if (whole >= 10 * HOUR) return `${hours} ${message("hours")} ${minutes} ${message("minutes")}`;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`;
}

function tick(clock, now) {
  if (clock.dataset.baojiClock === "") return;
  clock.startedAt ??= now;
  clock.startedWith ??= Number(clock.dataset.baojiClock);
  if (clock.dataset.turns && now >= clock.startedAt + clock.dataset.turns * 1000) turn(clock);
  if (clock.dataset.running === "1") draw(clock, Math.trunc(clock.startedWith - (now - clock.startedAt) / 1000));
}

// The office has closed or opened since the server looked: the clock stands and says so, or goes on.
function turn(clock) {
  const seconds = Number(clock.dataset.turns);
  clock.dataset.turns = "";
  clock.startedAt += seconds * 1000;
  clock.querySelector(".stands")?.remove();
  if (clock.dataset.running === "1") {
    clock.startedWith -= seconds;
    draw(clock, Math.trunc(clock.startedWith));
    clock.append(make("div", { class: "small stands" }, message("offHours")));
  }
  clock.dataset.running = clock.dataset.running === "1" ? "0" : "1";
}

function draw(clock, left) {
  const text = message(left < 0 ? "over" : "left", { span: duration(left) });
  const figures = clock.querySelector("[data-figures]");
  if (figures && figures.textContent !== text) figures.textContent = text;
  const limit = Number(clock.dataset.limit);
  const fill = clock.querySelector(".bar > i");
  if (!limit || !fill) return;
  fill.style.width = `${Math.max(0, Math.min(100, (100 * (limit - left)) / limit))}%`;
  if (left < 0 && clock.dataset.light !== "red") turnRed(clock, figures, fill);
}

// Only the last step is ours to see: past the limit is red by definition. Nearness is the server's rule.
function turnRed(clock, figures, fill) {
  const was = clock.dataset.light;
  clock.dataset.light = "red";
  fill.className = "fill-red";
  for (const light of [figures, ...clock.querySelectorAll(".light")]) light.classList.replace(`light-${was}`, "light-red");
  const row = clock.closest("tr[data-light]");
  if (!row) return;
  row.dataset.light = "red";
  document.dispatchEvent(new CustomEvent("baoji:listed"));
}

function wallClock() {
  for (const element of document.querySelectorAll("[data-baoji-now]")) {
    const now = new Date();
    const time = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" }).format(now);
    element.textContent = element.textContent.replace(/\d{1,2}:\d{2}\s*$/, time);
  }
}

export function startClocks() {
  const all = () => {
    const now = Date.now();
    for (const clock of document.querySelectorAll("[data-baoji-clock]")) tick(clock, now);
  };
  all();
  setInterval(all, 1000);
  setInterval(wallClock, 10000);
}

// The sound of an untaken 特急: a short two-tone every 20 s, may be muted; the strip itself cannot be hidden.
import { message, root } from "./dom.js";
import { shout } from "./say.js";

const EVERY_MS = 20000;
let audio = null;
let touched = false;
let known = new Set();

function beep() {
  if (!touched || root.dataset.baojiSound === "off" || !document.querySelector("[data-baoji-alarm]")) return;
  audio ??= new AudioContext();
  [880, 660].forEach((pitch, index) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const from = audio.currentTime + index * 0.22;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.16, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.2);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.2);
  });
}

function wordSound() {
  const word = message(root.dataset.baojiSound === "off" ? "soundOff" : "soundOn");
  for (const button of document.querySelectorAll(".btn-sound")) button.textContent = word;
}

function look() {
  wordSound();
  const alarms = [...document.querySelectorAll("[data-baoji-alarm]")];
  const fresh = alarms.filter((alarm) => !known.has(alarm.dataset.baojiAlarm));
  known = new Set(alarms.map((alarm) => alarm.dataset.baojiAlarm));
  if (!fresh.length) return;
  shout(fresh.map((alarm) => alarm.querySelector(".what")?.textContent.trim()).join("；"));
  beep();
}

// A page may only sound after its reader touched it.
function onTouch() {
  if (touched) return;
  touched = true;
  beep();
}

export function startAlarms() {
  document.addEventListener("pointerdown", onTouch);
  document.addEventListener("keydown", onTouch);
  look();
  document.addEventListener("htmx:afterSettle", look);
  document.addEventListener("baoji:sound", look);
  setInterval(beep, EVERY_MS);
}

// The live camera over the whole screen. Where there is none, the phone's own camera app by a file field, and it says so.
import { icon, make } from "../dom.js";
import { t } from "./words.js";

const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } }, audio: false };
const QUALITY = 0.85;

// Resolves to {blob, source} or null when nothing was taken.
export async function shoot(note = "") {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(WANTED);
  } catch {
    return choose();
  }
  try {
    return await overlay(stream, note);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

const BACK_MS = 500;

// The camera is a step of its own in the history: going back closes it and leaves the view where it is.
function overlay(stream, note) {
  return new Promise((done) => {
    const video = make("video", { autoplay: true, playsinline: true, muted: true });
    video.srcObject = stream;
    const button = make("button", { type: "button", class: "shutter", "aria-label": t("拍照") });
    const close = make("button", { type: "button", class: "camera-close", "aria-label": t("取消") }, icon("x"));
    const box = make("div", { class: "camera", role: "dialog", "aria-label": t("拍照") }, video, close, note ? make("div", { class: "camera-note" }, note) : "", button);
    const over = new AbortController();
    const { signal } = over;
    const leave = (taken) => { over.abort(); box.remove(); done(taken); };
    const end = (taken) => {
      if (signal.aborted) return;
      over.abort();
      box.remove();
      const timer = setTimeout(() => done(taken), BACK_MS);
      addEventListener("popstate", () => { clearTimeout(timer); done(taken); }, { once: true });
      history.back();
    };
    history.pushState({ camera: true }, "");
    addEventListener("popstate", () => leave(null), { signal });
    addEventListener("keydown", (event) => { if (event.key === "Escape") end(null); }, { signal });
    for (const track of stream.getTracks()) track.addEventListener("ended", () => end(null), { signal }); // a call came in, say
    close.addEventListener("click", () => end(null));
    button.addEventListener("click", async () => {
      button.disabled = true;
      navigator.vibrate?.(40);
      end({ blob: await frame(video), source: "camera" });
    });
    document.body.append(box);
    button.focus();
  });
}

async function frame(video) {
  if (!video.videoWidth) await new Promise((ready) => video.addEventListener("loadeddata", ready, { once: true }));
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
}

// A picture from the phone's files: it is marked as such, nobody takes it for a live one.
export function choose() {
  return new Promise((done) => {
    const field = make("input", { type: "file", accept: "image/*" });
    field.addEventListener("change", () => done(field.files[0] ? { blob: field.files[0], source: "gallery" } : null));
    field.addEventListener("cancel", () => done(null));
    field.click();
  });
}

// Records until `stop` is called; {stop} or null without a microphone.
export async function record() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return null;
  }
  const type = ["audio/webm;codecs=opus", "audio/mp4"].find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 24000 } : {});
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.start();
  return {
    stop: () => new Promise((done) => {
      recorder.addEventListener("stop", () => {
        for (const track of stream.getTracks()) track.stop();
        done(new Blob(parts, { type: (recorder.mimeType || type || "audio/webm").split(";")[0] }));
      });
      recorder.stop();
    }),
  };
}

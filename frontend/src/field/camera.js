// The live camera over the whole screen. Where there is none it is said why, and a picture from the phone's files is a choice.
import { icon, make } from "../dom.js";
import { t } from "./words.js";

const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } }, audio: false };
const QUALITY = 0.85;
const BACK_MS = 500;

// Resolves to {blob, source} or null when nothing was taken.
export async function shoot(note = "") {
  const opened = await open();
  const taken = opened.stream ? opened : await without(opened.fault);
  if (!taken?.stream) return taken;
  try {
    return await overlay(taken.stream, note);
  } finally {
    for (const track of taken.stream.getTracks()) track.stop();
  }
}

// {stream}, or {fault} by its name.
async function open() {
  try {
    return { stream: await navigator.mediaDevices.getUserMedia(WANTED) };
  } catch (fault) {
    return { fault: navigator.mediaDevices ? fault.name : "SecurityError" };
  }
}

// Over the whole screen, a step of its own in the history: going back closes it and leaves the view where it is, with the
// keyboard where it was. `fill` draws into the box with `end`, which closes it with what was taken.
function over(kind, label, fill) {
  return new Promise((done) => {
    const box = make("div", { class: kind, role: "dialog", "aria-modal": "true", "aria-label": label });
    const behind = document.querySelector(".field-app");
    const opener = document.activeElement;
    const gone = new AbortController();
    const { signal } = gone;
    const close = () => {
      gone.abort();
      box.remove();
      behind.inert = false;
      opener?.focus?.({ preventScroll: true });
    };
    const leave = (taken) => { close(); done(taken); };
    const end = (taken) => {
      if (signal.aborted) return;
      close();
      const timer = setTimeout(() => done(taken), BACK_MS);
      addEventListener("popstate", () => { clearTimeout(timer); done(taken); }, { once: true });
      history.back();
    };
    history.pushState({ camera: true }, "");
    addEventListener("popstate", () => leave(null), { signal });
    addEventListener("keydown", (event) => { if (event.key === "Escape") end(null); }, { signal });
    const first = fill(box, end, signal);
    document.body.append(box);
    behind.inert = true;
    first.focus();
  });
}

const closing = (end) => {
  const close = make("button", { type: "button", class: "camera-close", "aria-label": t("取消") }, icon("x"));
  close.addEventListener("click", () => end(null));
  return close;
};

const overlay = (stream, note) => over("camera", t("拍照"), (box, end, signal) => {
  const video = make("video", { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  const shutter = make("button", { type: "button", class: "shutter", "aria-label": t("拍照") });
  for (const track of stream.getTracks()) track.addEventListener("ended", () => end(null), { signal }); // a call came in, say
  shutter.addEventListener("click", async () => {
    shutter.disabled = true;
    navigator.vibrate?.(40);
    end({ blob: await frame(video), source: "camera" });
  });
  box.append(video, closing(end), note ? make("div", { class: "camera-note" }, note) : "", shutter);
  return shutter;
});

const BLOCKED = ["NotAllowedError", "SecurityError"];

// Why there is no camera, and what may be done about it.
function why(fault) {
  if (BLOCKED.includes(fault)) return [t("没有允许用相机"), t("点地址栏左边的图标，或在手机设置的应用权限里，允许相机，再按“再试”")];
  if (fault === "NotFoundError" || fault === "OverconstrainedError") return [t("这部手机没有相机可用"), t("换一部手机拍，或从相册选")];
  return [t("相机打不开，可能别的应用正在用"), t("关掉别的应用，再按“再试”")];
}

// Resolves to {stream} once the camera opens, {blob, source} of a picture from the files, or null.
const without = (first) => over("camera is-shut", t("相机没有打开"), (box, end) => {
  const said = make("div", { class: "stack-tight", role: "status" });
  const say = (fault) => {
    const [word, way] = why(fault);
    said.replaceChildren(make("h2", {}, word), make("p", { class: "m-0" }, way));
  };
  const again = make("button", { type: "button", class: "btn btn-primary btn-main" }, icon("camera"), make("span", {}, t("再试")));
  again.addEventListener("click", async () => {
    again.disabled = true;
    said.replaceChildren(make("h2", {}, t("正在打开相机")));
    const opened = await open();
    again.disabled = false;
    if (opened.stream && box.isConnected) return end(opened);
    for (const track of opened.stream?.getTracks() ?? []) track.stop(); // closed meanwhile
    say(opened.fault);
    return again.focus();
  });
  // The press itself opens the files: later the browser would no longer let us.
  const field = make("input", { type: "file", accept: "image/*", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
  field.addEventListener("change", () => { if (field.files[0]) end({ blob: field.files[0], source: "gallery" }); });
  const files = make("button", { type: "button", class: "btn btn-plain btn-main" }, icon("photo"), make("span", {}, t("从相册选")));
  files.addEventListener("click", () => field.click());
  say(first);
  box.append(closing(end), make("div", { class: "stack-tight camera-shut" }, said, again, files, field, make("p", { class: "sub m-0" }, t("相册里的不算当场拍的，会标“相册”，不能作证"))));
  return again;
});

async function frame(video) {
  if (!video.videoWidth) await new Promise((ready) => video.addEventListener("loadeddata", ready, { once: true }));
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
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
  const ended = new Promise((done) => {
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      done(new Blob(parts, { type: (recorder.mimeType || type || "audio/webm").split(";")[0] }));
    });
  });
  return {
    stop: () => {
      if (recorder.state !== "inactive") recorder.stop(); // a call that came in has stopped it already
      return ended;
    },
  };
}

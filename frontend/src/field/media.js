// Photos and recordings: kept with their envelope in one transaction, thumbnails for the lists.
import { sha256 } from "./bytes.js";
import { shoot } from "./camera.js";
import { now } from "./clock.js";
import { seal } from "./device.js";
import { said } from "./place.js";
import { isFull, pressure, together } from "./store.js";
import { t } from "./words.js";

const THUMB = 128;

export async function thumbnail(blob) {
  const picture = await createImageBitmap(blob);
  const scale = THUMB / Math.max(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const size = { w: picture.width, h: picture.height };
  picture.close();
  return { ...size, thumb: canvas.toDataURL("image/jpeg", 0.6) };
}

// Keeps a shot: {sha256, kind, role, envelope, sig, thumb, at}. `source` is camera or gallery; a gallery picture gets no envelope.
export async function keepPhoto(person, blob, { source, role, report, task }) {
  const bytes = await blob.arrayBuffer();
  const hash = await sha256(bytes);
  const { thumb, w, h } = await thumbnail(blob);
  const medium = { sha256: hash, kind: "photo", role, thumb, size: blob.size, at: now(), source };
  const kept = { blob, kind: "photo", size: blob.size, thumb, uploaded: false };
  if (source !== "camera") {
    await together(["media"], (into) => into.media.put(kept, hash));
    return medium;
  }
  const facts = { sha256: hash, size: blob.size, mime: blob.type, w, h, role, source, report, task, ...said() };
  const sealed = await seal(person, "photo", facts, ["media"], (into) => into.media.put(kept, hash));
  return { ...medium, hash: sealed.hash, envelope: sealed.envelope, sig: sealed.sig };
}

export async function keepVoice(person, blob, { report, task }) {
  const hash = await sha256(await blob.arrayBuffer());
  const type = blob.type.split(";")[0];
  const facts = { sha256: hash, size: blob.size, mime: type, role: "voice", source: "microphone", report, task, ...said() };
  const sealed = await seal(person, "voice", facts, ["media"], (into) => into.media.put({ blob, kind: "voice", size: blob.size, uploaded: false }, hash));
  return { sha256: hash, kind: "voice", role: "voice", size: blob.size, at: now(), hash: sealed.hash, envelope: sealed.envelope, sig: sealed.sig };
}

// A shot that is not used leaves its envelope and a tombstone in the chain, without the picture.
export function discard(person, medium, report) {
  if (!medium.envelope) return together(["media"], (into) => into.media.delete(medium.sha256));
  return seal(person, "discard", { sha256: medium.sha256, report, ...said() }, ["media"], async (into, sealed) => {
    await into.media.delete(medium.sha256);
    for (const hash of [medium.hash, sealed.hash]) {
      const known = await into.envelopes.get(hash);
      if (known) await into.envelopes.put({ ...known, alone: true });
    }
  });
}

// Takes a photo for a draft: warns before the phone is full, and says so when a picture could not be kept.
export async function keepTaken(app, draft, facts, again, note = "") {
  app.tight = (await pressure()).tight;
  const taken = await shoot([note, app.tight ? t("手机快存满了。请连上网络把待发的发出去，或清理手机") : ""].filter(Boolean).join(" "));
  if (!taken) return null;
  try {
    const photo = await keepPhoto(draft.person, taken.blob, { source: taken.source, ...facts });
    draft.media.push(photo);
    delete draft.refused;
    navigator.vibrate?.([30, 40, 30]);
    await again();
    return photo;
  } catch (fault) {
    if (!isFull(fault)) throw fault;
    navigator.vibrate?.([200, 100, 200]);
    app.alarm = t("手机存满了，这张没有存下。前面的都在，请先连上网络发出去，或清理手机后再拍"); // not in the draft: that would need room
    app.tight = true;
    await app.show();
    return null;
  }
}

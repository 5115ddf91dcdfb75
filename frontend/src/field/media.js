// Photos and recordings: kept with their envelope in one transaction, thumbnails for the lists.
import { sha256 } from "./bytes.js";
import { shoot } from "./camera.js";
import { now } from "./clock.js";
import { seal } from "./device.js";
import { said } from "./place.js";
import { isFull, pressure, putAway, together } from "./store.js";
import { t } from "./words.js";

const THUMB = 128;

// A file that no browser can draw: a picture of another phone's own kind, say.
class Unreadable extends Error {}

async function pictureOf(blob) {
  try {
    return await createImageBitmap(blob);
  } catch (fault) {
    throw new Unreadable(fault.message);
  }
}

async function thumbnail(blob) {
  const picture = await pictureOf(blob);
  const scale = THUMB / Math.max(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const size = { w: picture.width, h: picture.height };
  picture.close();
  return { ...size, thumb: canvas.toDataURL("image/jpeg", 0.6) };
}

// A shot that is not kept yet: {medium, kept, facts}. `facts` are what its envelope is to say; a picture of the gallery gets none.
export async function developed(blob, { source, role, report, task }) {
  const hash = await sha256(await blob.arrayBuffer());
  const { thumb, w, h } = await thumbnail(blob);
  return {
    medium: { sha256: hash, kind: "photo", role, thumb, size: blob.size, at: now(), source },
    kept: { blob, kind: "photo", size: blob.size, thumb, uploaded: false },
    facts: source === "camera" ? { sha256: hash, size: blob.size, mime: blob.type, w, h, role, source, report, task, ...said() } : null,
  };
}

// Keeps a photo for a draft, and the draft: {sha256, kind, role, thumb, at}, signed with envelope and sig. `shot`: `developed`.
export function keepPhoto(shot, draft) {
  return held(draft, shot, (stores, keep) => (shot.facts ? seal(draft.person, "photo", shot.facts, stores, keep) : together(stores, keep)));
}

// Keeps a recording, and `draft` with it.
export async function keepVoice(blob, { report, task }, draft) {
  const hash = await sha256(await blob.arrayBuffer());
  const type = blob.type.split(";")[0];
  const facts = { sha256: hash, size: blob.size, mime: type, role: "voice", source: "microphone", report, task, ...said() };
  const medium = { sha256: hash, kind: "voice", role: "voice", size: blob.size, at: now() };
  const kept = { blob, kind: "voice", size: blob.size, uploaded: false };
  return held(draft, { medium, kept }, (stores, keep) => seal(draft.person, "voice", facts, stores, keep));
}

// The medium and the draft that names it are kept in one step: killed in between, the medium would be nobody's, and its envelope
// would never be sent.
async function held(draft, shot, write) {
  let whole = null;
  await write(["media", "drafts"], async (into, sealed) => {
    whole = await putAway(into, shot, sealed);
    await into.drafts.put({ ...draft, media: [...draft.media, whole] });
  });
  draft.media.push(whole);
  return whole;
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

// Takes a photo for a draft: warns before the phone is full, and says so when a picture could not be kept: `tell` draws that.
export async function keepTaken(app, draft, facts, again, { note = "", tell = () => app.show() } = {}) {
  app.tight = (await pressure()).tight;
  const taken = await shoot([note, app.tight ? t("手机快存满了。请连上网络把待发的发出去，或清理手机") : ""].filter(Boolean).join(" "));
  if (!taken) return null;
  try {
    delete draft.refused;
    const photo = await keepPhoto(await developed(taken.blob, { source: taken.source, ...facts }), draft);
    navigator.vibrate?.([30, 40, 30]);
    await again();
    return photo;
  } catch (fault) {
    lost(app, fault);
    await tell();
    return null;
  }
}

// What is to be said where a picture was not kept.
export function lost(app, fault) {
  if (!isFull(fault) && !(fault instanceof Unreadable)) throw fault;
  navigator.vibrate?.([200, 100, 200]);
  app.tight ||= isFull(fault);
  // Not in the draft: that would need room.
  app.alarm = isFull(fault) ? t("手机存满了，这张没有存下。前面的都在，请先连上网络发出去，或清理手机后再拍") : t("这张照片打不开，没有存下。请换一张，或重新拍");
}

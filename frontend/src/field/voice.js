// One recording at a time. It belongs to the report it was begun for, and ends with it: wherever its holder goes, the
// microphone is off then, and nothing of it gets into another report.
import { record } from "./camera.js";
import { keepVoice } from "./media.js";

let running = null; // {uuid, stop, since}
let ended = Promise.resolve();

export const isRecording = (draft) => running?.uuid === draft.uuid;

export const recordingSince = () => running?.since ?? performance.now();

// Answers whether there is a microphone. Where its holder was elsewhere by the time it had opened, it is closed again.
export async function beginVoice(draft, isStillHere) {
  const opened = await record();
  if (!opened) return false;
  if (running || !isStillHere()) await opened.stop();
  else running = { uuid: draft.uuid, stop: opened.stop, since: performance.now() };
  return true;
}

// Ends the recording of this draft, if one runs, and keeps it with the draft. Raises what storage without room raises: then
// it is lost.
export function endVoice(draft) {
  if (!isRecording(draft)) return Promise.resolve();
  const taken = running.stop();
  running = null;
  ended = taken.then((blob) => keepVoice(blob, { report: draft.uuid }, draft));
  return ended;
}

// Ends it and throws it away.
export async function dropVoice(draft) {
  if (!isRecording(draft)) return;
  const { stop } = running;
  running = null;
  await stop();
}

// Until what was under way is in its draft.
export const voiceEnded = () => ended.catch(() => {}); // who ended it has heard of that

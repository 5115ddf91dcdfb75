// A citizen's report: the photo's own place proposes the pin, and where many report, a proof of work is found meanwhile.

// EXIF, read here and sent nowhere by itself -------------------------------------------------------

const HEAD_BYTES = 256 * 1024;

function exifStart(view) {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return -1;
  for (let at = 2; at + 10 < view.byteLength;) {
    const marker = view.getUint16(at);
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda) return -1;
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10;
    at += 2 + view.getUint16(at + 2);
  }
  return -1;
}

function entries(view, base, offset, little) {
  const found = new Map();
  const count = view.getUint16(base + offset, little);
  for (let i = 0; i < count; i += 1) {
    const at = base + offset + 2 + i * 12;
    found.set(view.getUint16(at, little), at);
  }
  return found;
}

function degrees(view, base, at, little) {
  const start = base + view.getUint32(at + 8, little);
  const part = (i) => view.getUint32(start + i * 8, little) / (view.getUint32(start + i * 8 + 4, little) || 1);
  return part(0) + part(1) / 60 + part(2) / 3600;
}

function placeIn(view) {
  const base = exifStart(view);
  if (base < 0) return null;
  const little = view.getUint16(base) === 0x4949;
  const pointer = entries(view, base, view.getUint32(base + 4, little), little).get(0x8825);
  if (pointer === undefined) return null;
  const gps = entries(view, base, view.getUint32(pointer + 8, little), little);
  if (![1, 2, 3, 4].every((tag) => gps.has(tag))) return null;
  const letter = (tag) => String.fromCharCode(view.getUint8(gps.get(tag) + 8));
  const lat = degrees(view, base, gps.get(2), little) * (letter(1) === "S" ? -1 : 1);
  const lon = degrees(view, base, gps.get(4), little) * (letter(3) === "W" ? -1 : 1);
  return Number.isFinite(lat) && Number.isFinite(lon) && (lat || lon) ? { lon, lat } : null;
}

async function placeOf(file) {
  try {
    return placeIn(new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  } catch {
    return null; // cut short, or not what it says it is: then nothing is proposed
  }
}

let proposed = "";

document.addEventListener("change", async (event) => {
  const input = event.target;
  const form = input.type === "file" && input.closest("form[data-urban-proof]");
  if (!form) return;
  const [lon, lat] = [form.elements.lon, form.elements.lat];
  // A place that somebody chose stays; one that an earlier photo proposed may be replaced.
  if (lon.value && `${lon.value},${lat.value}` !== proposed) return;
  const places = await Promise.all([...input.files].map(placeOf));
  const place = places.find(Boolean);
  const said = form.querySelector("[data-urban-from-photo]");
  said.hidden = !place;
  said.textContent = place ? said.dataset.word : "";
  if (!place) return;
  lon.value = place.lon.toFixed(6);
  lat.value = place.lat.toFixed(6);
  proposed = `${lon.value},${lat.value}`;
  for (const field of [lon, lat]) field.dispatchEvent(new Event("change", { bubbles: true }));
});

// Another kind is not what was picked by words; heard before the page asks the server again.
document.addEventListener("change", (event) => {
  const topic = event.target.name === "what" && event.target.form?.elements.topic;
  if (topic) topic.value = "";
}, true);

// Proof of work ----------------------------------------------------------------------------------

const FRESH_MS = 10 * 60 * 1000;
const script = document.querySelector("script[data-worker]");

function solve({ challenge, bits }) {
  return new Promise((done) => {
    const worker = new Worker(script.dataset.worker);
    worker.onmessage = ({ data }) => { worker.terminate(); done(`${data.challenge}:${data.nonce}`); };
    worker.onerror = () => { worker.terminate(); done(""); };
    worker.postMessage({ challenge, bits });
  });
}

async function prove(form) {
  const url = `${form.dataset.urbanProof}?key=${encodeURIComponent(form.elements.key.value)}`;
  try {
    const asked = await (await fetch(url, { headers: { Accept: "application/json" } })).json();
    form.elements.proof.value = asked.needed ? await solve(asked) : "";
    form.dataset.proved = asked.needed ? "yes" : "free";
  } catch {
    form.dataset.proved = ""; // no network now: the report is then held until somebody has looked
  }
}

const form = document.querySelector("form[data-urban-proof]");
if (form && window.Worker) {
  let at = -FRESH_MS;
  const renew = () => {
    if (performance.now() - at < FRESH_MS) return;
    at = performance.now();
    prove(form);
  };
  renew();
  form.addEventListener("input", renew);
  form.addEventListener("change", renew);
}

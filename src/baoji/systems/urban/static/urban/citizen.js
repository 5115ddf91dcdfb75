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
let round = 0;

const isWithin = (place, box) => !box || (place.lon >= box[0] && place.lat >= box[1] && place.lon <= box[2] && place.lat <= box[3]);
const boxOf = (form) => (form.dataset.urbanCity ? form.dataset.urbanCity.split(" ").map(Number) : null);
const stands = ({ lon, lat }) => (lon.value || lat.value ? `${lon.value},${lat.value}` : "");
const isTyped = ({ address, address_found: found }) => Boolean(address?.value.trim()) && address.value !== found?.value;

function put(form, place) {
  const { lon, lat } = form.elements;
  [lon.value, lat.value] = place ? [place.lon.toFixed(6), place.lat.toFixed(6)] : ["", ""];
  proposed = place ? stands(form.elements) : "";
  for (const field of [lon, lat]) field.dispatchEvent(new Event("change", { bubbles: true }));
}

// What is said below the photos: "word" the pin is the photo's, "elsewhere" it was taken outside the city, "typed" an address
// was written first; then a press takes the photo's place.
function tell(form, what, place) {
  const said = form.querySelector("[data-urban-from-photo]");
  said.hidden = !what;
  said.textContent = what ? said.dataset[what] : "";
  const button = form.querySelector("[data-urban-use-photo]");
  button.hidden = what !== "typed";
  button.onclick = () => { put(form, place); tell(form, "word"); };
}

// Nothing that an earlier photo proposed outlives it: neither the pin nor the address that was found for it.
function forget(form) {
  const { address, address_found: found } = form.elements;
  if (address && !isTyped(form.elements)) address.value = found.value = "";
  put(form, null);
}

document.addEventListener("baoji:photos", async (event) => {
  const form = event.target.closest("form[data-urban-proof]");
  if (!form) return;
  const mine = ++round;
  const places = (await Promise.all([...event.target.files].map(placeOf))).filter(Boolean);
  if (mine !== round) return; // other photos have been chosen meanwhile
  const place = places.find((one) => isWithin(one, boxOf(form)));
  const now = stands(form.elements);
  if (now && now !== proposed) return tell(form, ""); // a place that somebody chose stays
  if (place && isTyped(form.elements) && !now) return tell(form, "typed", place);
  if (place) put(form, place);
  else if (now) forget(form);
  return tell(form, place ? "word" : places.length ? "elsewhere" : "");
});

// The pin was put elsewhere by hand.
for (const name of ["change", "baoji:placed"])
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("form[data-urban-proof]");
    const said = form?.querySelector("[data-urban-from-photo]");
    if (said && !said.hidden && proposed && stands(form.elements) !== proposed) tell(form, "");
  });

// An answer for where the pin stood when it was asked: had the photo that put it there been taken away meanwhile, its address
// would stand here for good. What is asked for the new place comes right behind.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, parameters } = detail.requestConfig;
  const form = elt.closest("form[data-urban-proof]");
  if (!form || !parameters.parts?.split(",").includes("address")) return;
  const { lon, lat } = form.elements;
  if (parameters.lon !== lon.value || parameters.lat !== lat.value) detail.shouldSwap = false;
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

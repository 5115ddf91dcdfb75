// Where the phone is, as far as it says; distances; what stands near by.
const EARTH = 6371000;
const rad = (degrees) => (degrees * Math.PI) / 180;

export function metres([lon1, lat1], [lon2, lat2]) {
  const x = rad(lon2 - lon1) * Math.cos(rad((lat1 + lat2) / 2));
  const y = rad(lat2 - lat1);
  return Math.hypot(x, y) * EARTH;
}

const FRESH_MS = 60000;
const WANTED = { enableHighAccuracy: true, maximumAge: 5000, timeout: 30000 };

// The last position there was, {lon, lat, accuracy, at, heard} or null; listeners hear of every change. `at` may be by the
// satellites' clock, `heard` is by this phone's.
export const here = { now: null, fault: null, listeners: new Set() };
let watching = null;
let asked = null;

const tell = () => { for (const hear of here.listeners) hear(here.now); };

function found({ coords, timestamp }) {
  here.now = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at: Math.round(timestamp), heard: Date.now() };
  here.fault = null;
  tell();
}

function failed(fault) {
  here.fault = fault.code;
  tell();
}

export function watch() {
  if (watching !== null || !navigator.geolocation) return;
  watching = navigator.geolocation.watchPosition(found, failed, WANTED);
}

// How long ago the last position was heard of, in milliseconds; also where the clock was set back since.
export const age = () => Math.abs(Date.now() - here.now.heard);

// The position now; null where the last one is of a while ago: its holder may be in another street by now.
export const fresh = () => (here.now && age() < FRESH_MS ? here.now : null);

// Asks for a position: a phone that lies still may say nothing for minutes, one that slept has stopped. Resolves to the fresh
// one or null; `anew` also where there is one.
export function ask(anew = false) {
  if ((fresh() && !anew) || !navigator.geolocation) return Promise.resolve(fresh());
  asked ??= new Promise((done) => {
    navigator.geolocation.getCurrentPosition((one) => { found(one); done(); }, (fault) => { failed(fault); done(); }, { ...WANTED, maximumAge: 0 });
  }).then(() => { asked = null; return fresh(); });
  return asked;
}

export const point = (at = here.now) => (at ? [at.lon, at.lat] : null);

// The members of an envelope that say where: only what is known, in integers.
export const said = () => (here.now ? { lat7: Math.round(here.now.lat * 1e7), lon7: Math.round(here.now.lon * 1e7), acc_dm: Math.round(here.now.accuracy * 10), fix_at: here.now.at } : {});

// Components of the pack, the nearest first: [{code, class, name, lon, lat, address, state, metres}].
export function nearest(components, at, most = 12, within = 60) {
  if (!at) return [];
  const box = within / 90000;
  return components
    .filter((one) => Math.abs(one[4] - at[1]) < box && Math.abs(one[3] - at[0]) < box * 1.3)
    .map((one) => ({ code: one[0], class: one[1], name: one[2], lon: one[3], lat: one[4], address: one[5], state: one[6], metres: metres(at, [one[3], one[4]]) }))
    .filter((one) => one.metres <= within)
    .sort((a, b) => a.metres - b.metres)
    .slice(0, most);
}

// The way from here: the urgent first, then always the nearest of what is left.
export function inOrder(tasks, from) {
  const left = [...tasks];
  const way = [];
  let at = from;
  while (left.length) {
    const urgent = left.filter((one) => one.severity === "critical");
    const among = urgent.length ? urgent : left;
    const next = at ? among.reduce((best, one) => (metres(at, one.location.coordinates) < metres(at, best.location.coordinates) ? one : best)) : among[0];
    left.splice(left.indexOf(next), 1);
    way.push({ ...next, metres: at ? Math.round(metres(at, next.location.coordinates)) : null });
    at = next.location.coordinates;
  }
  return way;
}

function inRing([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

// Whether a GeoJSON MultiPolygon covers the point.
export const covers = (shape, at) => shape.coordinates.some((rings) => inRing(at, rings[0]) && !rings.slice(1).some((hole) => inRing(at, hole)));

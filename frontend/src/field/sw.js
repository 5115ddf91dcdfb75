// The service worker of /field/: the shell from the cache, the city's tiles as they were packed, everything else from the network.
// Written without imports so that it is one file.
const SHELL = "baoji-shell";
const TILES = "baoji-tiles";
const PICTURES = "baoji-pictures";
const LIST = "/field/shell.json";
const NEWEST = "baoji-newest"; // holds the names of the shells that are whole, the newest first
const PAGE = "/field/";
const SPARE = "/field/?spare"; // the page once more
const KEPT = 2; // a page that is open since before the newest came still loads its own files

let known = []; // the shells as they were when they were looked at last: what a page asks for beside itself is found in them

async function shells() {
  const [told, all] = await Promise.all([caches.match(LIST, { cacheName: NEWEST }), caches.keys()]);
  const names = all.filter((one) => one.startsWith(SHELL));
  known = told ? (await told.json()).filter((one) => names.includes(one)) : names; // of a worker of before: the oldest is whole
  return known;
}

// One after the other, each asking anew: a page has it done while another worker is being installed, and what is asked for last
// is the newest.
const load = () => navigator.locks.request("shell", fetchShell);

async function fetchShell() {
  const answer = await fetch(LIST, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw new Error(`shell list: ${answer.status}`);
  const { version, files } = await answer.json();
  const name = `${SHELL}-${version}`;
  const cache = await caches.open(name);
  const there = new Set((await cache.keys()).map((one) => new URL(one.url).pathname));
  await Promise.all(files.filter((file) => file !== PAGE && !there.has(file)).map(async (file) => cache.put(file, await anew(file))));
  await keepPage(cache);
  const whole = [name, ...(await shells()).filter((one) => one !== name)].slice(0, KEPT);
  await (await caches.open(NEWEST)).put(LIST, new Response(JSON.stringify(whole)));
  for (const other of await caches.keys()) if (other.startsWith(SHELL) && !whole.includes(other)) await caches.delete(other);
}

async function anew(file) {
  const got = await fetch(file, { credentials: "same-origin", redirect: "error", cache: "reload" });
  if (!got.ok) throw new Error(`${file}: ${got.status}`);
  return got;
}

// The page names a person and a look, so it is fetched each time. A browser lets go of what it keeps before it has kept what
// takes its place: where the phone dies in between, the spare is there, which is written when the page stands.
async function keepPage(cache) {
  const got = await anew(PAGE);
  const text = await got.clone().text(); // all of it is here
  const there = await Promise.all([PAGE, SPARE].map(async (address) => (await cache.match(address, { ignoreVary: true }))?.text()));
  if (there[0] !== text) await cache.put(PAGE, got.clone());
  if (there[1] !== text) await cache.put(SPARE, got);
}

// The worker of a new release waits until nobody looks: what a page asks for in the moment in which one worker takes over from
// another may stay without any answer (seen in Chromium). The one before gives out the new shell as well.
self.addEventListener("install", (event) => { event.waitUntil(load()); });
self.addEventListener("activate", (event) => { event.waitUntil(self.clients.claim()); });

// By the exact address: leaving its query aside, a browser would look through all that is kept.
async function kept(request, names) {
  for (const name of names) {
    const found = await caches.match(request, { cacheName: name, ignoreVary: true });
    if (found) return found;
  }
  return undefined;
}

const fromShell = async (request) => (await kept(request, known)) ?? kept(request, await shells());

// The newest shell at once; a fresh one is fetched behind it for the next time.
async function shell(event) {
  let found;
  for (const name of await shells()) found ??= (await kept(PAGE, [name])) ?? (await kept(SPARE, [name]));
  if (!found) return fetch(event.request);
  event.waitUntil(load().catch(() => {}));
  return found;
}

async function tile(event) {
  const { request } = event;
  const found = await kept(request, [TILES]);
  if (found) return found;
  const got = await fetch(request, { cache: "no-cache" }); // what is kept here stays until the next edition of the map
  if (got.ok) event.waitUntil(keepTile(request.url, got.clone()).catch(() => {})); // a phone without room still draws it
  return got;
}

const keepTile = async (address, answer) => (await caches.open(TILES)).put(address, answer);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(shell(event));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => Response.redirect("/field/#/me/network"))); // of the pages that need one
  else if (pathname.startsWith("/files/")) event.respondWith(kept(request, [PICTURES]).then((found) => found ?? fetch(request)));
  else if (pathname.startsWith("/tiles/city/") && request.cache === "no-store") return; // the app renews it
  else if (pathname.startsWith("/tiles/city/")) event.respondWith(tile(event));
  else if (pathname.startsWith("/static/") || pathname === "/field/app.webmanifest") event.respondWith(fromShell(request).then((found) => found ?? fetch(request)));
});

// The app is out of sight; or it asks for the shell in another language, and hears whether it came.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
  if (event.data !== "shell") return;
  const tell = (came) => event.ports[0]?.postMessage(came);
  event.waitUntil(load().then(() => tell(true), () => tell(false)));
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((pages) => { for (const page of pages) page.postMessage("drain"); }));
});

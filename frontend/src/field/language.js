// The reader's language. Its words come from the server with the shell, which stays on the phone.
import { root } from "../dom.js";
import { csrf, Offline } from "./net.js";
import { fetchMessages, fetchMine, me, refreshPack, refreshTasks } from "./work.js";

export const LANGUAGES = ["zh", "en"];
const CODES = { zh: "zh-hans", en: "en" }; // as the server calls them
const PATIENCE_MS = 20000;

// A language by its own name.
export const nameOf = (language) => new Intl.DisplayNames([language], { type: "language" }).of(language);
export const spoken = () => (root.lang === "en" ? "en" : "zh");

const chosen = () => document.cookie.split("; ").find((one) => one.startsWith("django_language="))?.slice(16);

// Kept in the cookie and with the person; then the app begins anew in it. Without a network: Offline.
export async function speak(language) {
  let answer;
  try {
    answer = await fetch("/language/", { method: "POST", redirect: "manual", headers: { "X-CSRFToken": csrf() }, body: new URLSearchParams({ language: CODES[language] }) });
  } catch (fault) {
    throw new Offline(fault.message);
  }
  if (answer.type !== "opaqueredirect") throw new Offline(`language: ${answer.status}`, answer.status);
  if (!(await fresh())) throw new Offline("shell");
  await heardAnew();
  location.reload();
}

// What the server said in the language before, or the app would go on saying it until the next contact.
const heardAnew = () => Promise.allSettled([me(), refreshTasks(), refreshPack(), fetchMessages(), fetchMine()]);

// The shell was kept in another language than was chosen since, on a page of the office, say. Whether it is to be had now;
// once, or a server that knows better would have us ask for ever.
export async function follow() {
  const wanted = chosen();
  if (!wanted || (wanted === "en") === (spoken() === "en") || sessionStorage.getItem("asked-for") === wanted) return false;
  sessionStorage.setItem("asked-for", wanted);
  return fresh();
}

// Asks the service worker for the shell as the server has it now; whether it came.
function fresh() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return Promise.resolve(true); // the server's own answer is the shell
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => done(data);
    setTimeout(done, PATIENCE_MS, false);
    worker.postMessage("shell", [port2]);
  });
}

// Talking with the server: the session's cookie, the CSRF token, honest failures.
const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

// No answer; or, with `status`, an answer of 500 and more: the server stumbled, it may do better later.
export class Offline extends Error {
  constructor(words, status = 0) {
    super(words);
    this.status = status;
  }
}

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.code = problem.code ?? "";
    this.problem = problem;
  }
}

const PATIENCE_MS = 60000; // until an answer has come; a browser alone would wait for minutes

export const csrf = () => cookie("csrftoken");

// Whose it is: where somebody else has signed in on this phone meanwhile, the server answers 401 and it waits for its owner.
export const inNameOf = (person) => ({ "X-Person": encodeURIComponent(person) });

export async function call(method, address, body = undefined, headers = {}) {
  let answer;
  let text = "";
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    answer = await fetch(address, {
      signal: patience.signal,
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(method === "GET" ? {} : { "X-CSRFToken": csrf() }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (![204, 304].includes(answer.status)) text = await answer.text();
  } catch (fault) {
    throw new Offline(fault.message);
  } finally {
    clearTimeout(timer);
  }
  if (answer.status === 204 || answer.status === 304) return { status: answer.status, headers: answer.headers, body: null };
  let read = {};
  try {
    read = text ? JSON.parse(text) : {};
  } catch {
    throw new Offline("not json", answer.status >= 500 ? answer.status : 0); // a hotel's sign-in page, say
  }
  if (answer.ok) return { status: answer.status, headers: answer.headers, body: read };
  if (answer.status >= 500 && answer.status !== 507) throw new Offline(read.detail ?? String(answer.status), answer.status);
  throw new Refusal(answer.status, read);
}

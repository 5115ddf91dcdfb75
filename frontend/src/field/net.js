// Talking with the server: the session's cookie, the CSRF token, honest failures.
const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

export class Offline extends Error {}

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.code = problem.code ?? "";
    this.problem = problem;
  }
}

export const csrf = () => cookie("csrftoken");

export async function call(method, address, body = undefined, headers = {}) {
  let answer;
  try {
    answer = await fetch(address, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(method === "GET" ? {} : { "X-CSRFToken": csrf() }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (fault) {
    throw new Offline(fault.message);
  }
  if (answer.status === 204 || answer.status === 304) return { status: answer.status, headers: answer.headers, body: null };
  const text = await answer.text();
  let read = {};
  try {
    read = text ? JSON.parse(text) : {};
  } catch {
    throw new Offline("not json"); // a hotel's sign-in page, say
  }
  if (answer.ok) return { status: answer.status, headers: answer.headers, body: read };
  if (answer.status >= 500 && answer.status !== 507) throw new Offline(read.detail ?? String(answer.status));
  throw new Refusal(answer.status, read);
}

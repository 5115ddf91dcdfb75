export const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function base64(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

export const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

// RFC 8785 for what envelopes hold: integers, strings, lists and objects with ASCII keys; nothing that is absent.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.keys(value).filter((key) => value[key] !== undefined && value[key] !== null).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error("an envelope holds integers only");
  return JSON.stringify(value);
}

// A worker: finds the number with which SHA-256 of "challenge.number" begins with so many zero bits.
// Plain arithmetic, because crypto.subtle is missing on pages without HTTPS.

const K = new Uint32Array(64);
const START = new Uint32Array(8);
for (let found = 0, n = 2; found < 64; n += 1) {
  let prime = true;
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  if (found < 8) START[found] = (Math.sqrt(n) % 1) * 0x100000000;
  K[found] = (Math.cbrt(n) % 1) * 0x100000000;
  found += 1;
}

const turn = (x, n) => (x >>> n) | (x << (32 - n));
const W = new Uint32Array(64);

function block(state, words) {
  W.set(words);
  for (let i = 16; i < 64; i += 1) {
    const a = W[i - 15];
    const b = W[i - 2];
    W[i] = W[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + W[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) >>> 0; });
}

// The first 32 bits of the digest; the proofs asked for are shorter than that.
function head(bytes) {
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const padded = new Uint8Array(blocks * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, bytes.length * 8);
  const state = Uint32Array.from(START);
  const words = new Uint32Array(16);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(at + i * 4);
    block(state, words);
  }
  return state[0];
}

self.onmessage = ({ data: { challenge, bits } }) => {
  const encoder = new TextEncoder();
  const most = bits >= 32 ? 0 : 0xffffffff >>> bits;
  for (let nonce = 0; ; nonce += 1) {
    if (head(encoder.encode(`${challenge}.${nonce}`)) <= most) {
      self.postMessage({ challenge, nonce: String(nonce) });
      return;
    }
  }
};

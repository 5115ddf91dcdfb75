// Writes what browsers may ask for compressed beside each text of the build, once: a slow line is what most phones have.
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../src/baoji/kernel/ui/static/build");
const LEAST = 512; // bytes; below that the head of the answer is most of it
const ways = {
  ".gz": (data) => gzipSync(data, { level: 9 }),
  ".br": (data) => brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }),
};
let written = 0;
for (const name of readdirSync(folder).filter((one) => /\.(js|css|svg)$/.test(one))) {
  const data = readFileSync(join(folder, name));
  if (data.length < LEAST) continue;
  for (const [ending, squeeze] of Object.entries(ways)) {
    const path = join(folder, name + ending);
    if (existsSync(path)) continue; // the name carries the content's hash
    writeFileSync(`${path}.next`, squeeze(data));
    renameSync(`${path}.next`, path);
    written += 1;
  }
}
console.log(`squeezed: ${written} files`);

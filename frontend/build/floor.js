// Our own style sheets must stay readable to Chromium 90.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../src/styles");
const tooNew = [/color-mix\(/, /oklch\(/, /oklab\(/, /:has\(/, /@layer\b/, /@container\b/, /^\s*&/m, /\bdvh\b/];
let bad = 0;
for (const name of readdirSync(folder)) {
  const text = readFileSync(join(folder, name), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  for (const pattern of tooNew)
    if (pattern.test(text)) {
      console.error(`${name}: ${pattern.source} is newer than Chromium 90`);
      bad += 1;
    }
}
process.exit(bad ? 1 : 0);

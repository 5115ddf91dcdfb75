// Makes the build the present one at a stroke, under a running server too, and removes what builds of long ago left:
// what neither the manifest nor the sprite's list names, once no page that asks for it can still be open.
import { readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../src/baoji/kernel/ui/static/build");
const LONG_AGO_MS = 7 * 24 * 3600 * 1000;
const MOST_EARLIER = 180; // some ten builds, each file with its two compressed ones
renameSync(join(folder, "manifest.next.json"), join(folder, "manifest.json"));
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const kept = new Set(["manifest.json", "licences.txt", "icons.json", read("icons.json").file, read("icons.json").field.file]);
for (const record of Object.values(read("manifest.json")))
  for (const file of [record.file, ...(record.css ?? []), ...(record.assets ?? [])]) kept.add(file);
// The map's worker is named only inside the script that starts it.
const scripts = [...kept].filter((name) => name.endsWith(".js")).map((name) => readFileSync(join(folder, name), "utf8"));
for (const name of readdirSync(folder)) if (scripts.some((text) => text.includes(name))) kept.add(name);
for (const name of [...kept]) for (const ending of [".gz", ".br"]) kept.add(name + ending);
const built = (name) => statSync(join(folder, name)).mtimeMs;
const earlier = readdirSync(folder).filter((name) => !kept.has(name)).sort((a, b) => built(b) - built(a));
for (const [index, name] of earlier.entries())
  if (index >= MOST_EARLIER || Date.now() - built(name) > LONG_AGO_MS) rmSync(join(folder, name), { recursive: true });

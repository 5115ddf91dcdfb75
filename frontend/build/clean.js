// Removes what earlier builds left: everything that neither the manifest nor the sprite's list names.
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../src/baoji/kernel/ui/static/build");
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const kept = new Set(["manifest.json", "icons.json", read("icons.json").file]);
for (const record of Object.values(read("manifest.json")))
  for (const file of [record.file, ...(record.css ?? []), ...(record.assets ?? [])]) kept.add(file);
// The map's worker is named only inside the script that starts it.
const scripts = [...kept].filter((name) => name.endsWith(".js")).map((name) => readFileSync(join(folder, name), "utf8"));
for (const name of readdirSync(folder)) if (scripts.some((text) => text.includes(name))) kept.add(name);
for (const name of readdirSync(folder)) if (!kept.has(name)) rmSync(join(folder, name), { recursive: true });

// The styles of the app in the street: of those of the whole house the ones that its scripts and its page can ask for. A weak
// phone reads them in a third of the time, at every start.
import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";
import { streetFiles } from "./street_files.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../src/baoji");
const folder = join(root, "kernel/ui/static/build");
const manifest = join(folder, "manifest.next.json");

const content = [...streetFiles, join(root, "kernel/ui/templatetags/ui.py")];
// Classes that are put together, as `is-${state}`, and the map library's own.
const begun = content.flatMap((path) => [...readFileSync(path, "utf8").matchAll(/([a-z-]+-)\$\{/g)].map(([, begin]) => begin));
const kept = [/:focus-visible/, ...["maplibregl-", ...begun].map((begin) => new RegExp(`^${begin}`))];

const records = JSON.parse(readFileSync(manifest, "utf8"));
const entry = (name) => Object.values(records).find((record) => record.isEntry && record.name === name);
const all = entry("main").css.map((name) => readFileSync(join(folder, name), "utf8")).join("\n").replace(/\/\*[^]*?\*\//g, "");
// The app says itself whether it is dark: nothing in it is left to the system.
const said = all.replace(/@media ?\(prefers-color-scheme: ?dark\) ?\{\[data-bs-theme=auto\][^{}]*\{[^{}]*\}\}/g, "");
const [{ css: styles }] = await new PurgeCSS().purge({ content, css: [{ raw: said }], safelist: kept });
const file = `field-${createHash("sha256").update(styles).digest("hex").slice(0, 8)}.css`;
writeFileSync(join(folder, file), styles);
entry("field").css = [file];
entry("field").assets = entry("main").assets;
writeFileSync(`${manifest}.new`, JSON.stringify(records, null, 2));
renameSync(`${manifest}.new`, manifest);
console.log(`styles of the street: ${Math.round(styles.length / 1024)} of ${Math.round(all.length / 1024)} KiB in ${file}`);

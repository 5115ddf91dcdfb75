// Collects the icons that templates, Python and scripts name, and writes them as one SVG sprite; and those of the app in the
// street as one of its own, which a weak phone reads in a fraction of the time. A name that Tabler does not have ends the build with the file that uses it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { streetFiles } from "./street_files.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const outlines = join(here, "../node_modules/@tabler/icons/icons/outline");
const target = join(root, "src/baoji/kernel/ui/static/build");
const skipped = new Set(["tests", "node_modules", "build", "__pycache__", "migrations", ".git"]);

const patterns = {
  ".html": [
    /\{%\s*icon\s+"([a-z0-9-]+)"/g,
    /\{%\s*icon\s+[^%]*?default:"([a-z0-9-]+)"/g,
    /\bicon="([a-z0-9-]+)"/g,
  ],
  ".py": [/\bicon="([a-z0-9-]+)"/g, /"icon":\s*"([a-z0-9-]+)"/g, /\{% icon "([a-z0-9-]+)"/g],
  ".js": [/\bicon\("([a-z0-9-]+)"/g, /\bicon:\s*"([a-z0-9-]+)"/g],
};

function* files(folder) {
  for (const found of readdirSync(folder, { withFileTypes: true })) {
    if (skipped.has(found.name)) continue;
    const path = join(folder, found.name);
    if (found.isDirectory()) yield* files(path);
    else if (extname(found.name) in patterns) yield path;
  }
}

const inStreet = new Set(streetFiles);
const users = new Map();
const street = new Set();
for (const folder of [join(root, "src"), join(here, "../src")]) {
  for (const path of files(folder)) {
    const text = readFileSync(path, "utf8");
    for (const pattern of patterns[extname(path)])
      for (const [, name] of text.matchAll(pattern)) {
        if (!users.has(name)) users.set(name, relative(root, path));
        if (inStreet.has(path)) street.add(name);
      }
  }
}

const unknown = [...users].filter(([name]) => !existsSync(join(outlines, `${name}.svg`)));
if (unknown.length) {
  for (const [name, path] of unknown) console.error(`${path}: Tabler has no outline icon "${name}"`);
  process.exit(1);
}

function symbol(name) {
  const svg = readFileSync(join(outlines, `${name}.svg`), "utf8");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  const drawn = inner.replace(/\s*\n\s*/g, "").replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\/>/, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawn}</symbol>`;
}

function write(stem, found) {
  const icons = [...found].sort();
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${icons.map(symbol).join("")}</svg>\n`;
  const file = `${stem}-${createHash("sha256").update(sprite).digest("hex").slice(0, 8)}.svg`;
  writeFileSync(join(target, file), sprite);
  console.log(`icons: ${icons.length} in ${file}`);
  return { file, icons };
}

mkdirSync(target, { recursive: true });
writeFileSync(join(target, "icons.next.json"), JSON.stringify({ ...write("icons", users.keys()), field: write("field-icons", street) }) + "\n");
renameSync(join(target, "icons.next.json"), join(target, "icons.json"));

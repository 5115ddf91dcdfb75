// Writes the licence of every package whose code, styles, pictures or letters are in the build, as its own folder has it:
// most ask that their notice goes where they go, and what is built keeps no comments.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(here, "../src/baoji/kernel/ui/static/build/licences.txt");
const { packages } = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const shipped = Object.entries(packages).filter(([path, one]) => path && !one.dev && existsSync(join(here, path)));
const texts = shipped.map(([path, one]) => {
  const folder = join(here, path);
  const files = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isFile() && /^(licen[cs]e|notice|copying)/i.test(one.name)).map((one) => one.name).sort();
  const { author, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const by = typeof author === "string" ? author : author?.name ?? "";
  const said = files.map((name) => readFileSync(join(folder, name), "utf8").trim());
  const head = [`${path.split("node_modules/").pop()} ${one.version}`, one.license ?? license, by].filter(Boolean).join(" · ");
  return [head, ...said].join("\n\n");
});
writeFileSync(target, `${texts.join(`\n\n${"=".repeat(80)}\n\n`)}\n`);
console.log(`licences of ${texts.length} packages`);

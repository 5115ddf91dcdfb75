// What the app in the street is made of: its sources and its page. Its icons and its styles are those that stand in them.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = join(dirname(fileURLToPath(import.meta.url)), "../src");

function* scripts(at) {
  for (const found of readdirSync(at, { withFileTypes: true })) {
    if (found.isDirectory()) yield* scripts(join(at, found.name));
    else if (found.name.endsWith(".js")) yield join(at, found.name);
  }
}

export const streetFiles = [...scripts(join(source, "field")), ...scripts(join(source, "map")), join(source, "dom.js"), join(source, "../../src/baoji/systems/urban/templates/urban/field/app.html")];

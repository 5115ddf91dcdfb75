// Removes what the last build left, so that only files of this build are served.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

rmSync(join(dirname(fileURLToPath(import.meta.url)), "../../src/baoji/kernel/ui/static/build"), { recursive: true, force: true });

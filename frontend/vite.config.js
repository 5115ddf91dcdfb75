import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));

// Where nobody has chosen a theme ("auto"), the system says whether it is dark: every rule for dark stands there a second time.
const asTheSystem = {
  postcssPlugin: "as-the-system",
  OnceExit(root, { AtRule }) {
    root.walkRules(/\[data-bs-theme="?dark"?\]/, (rule) => {
      const again = new AtRule({ name: "media", params: "(prefers-color-scheme: dark)" });
      again.append(rule.clone({ selector: rule.selector.replace(/\[data-bs-theme="?dark"?\]/g, '[data-bs-theme="auto"]') }));
      rule.after(again);
    });
  },
};

export default defineConfig({
  root: here,
  base: "./",
  resolve: { alias: { outline: join(here, "node_modules/@tabler/icons/icons/outline") } },
  css: {
    postcss: { plugins: [asTheSystem] },
    preprocessorOptions: {
      // Bootstrap 5.3 still uses Sass's old @import; its deprecation notes are not ours to mend.
      scss: { quietDeps: true, silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"] },
    },
  },
  build: {
    outDir: join(here, "../src/baoji/kernel/ui/static/build"),
    // The sprite and its list stand there already.
    emptyOutDir: false,
    // build/clean.js gives it its name once every file is there.
    manifest: "manifest.next.json",
    target: "chrome90",
    cssTarget: "chrome90",
    modulePreload: { polyfill: false },
    assetsDir: "",
    chunkSizeWarningLimit: 1200,
    rollupOptions: { input: { main: join(here, "src/main.js"), field: join(here, "src/field/app.js"), worker: join(here, "src/field/sw.js") } },
  },
});

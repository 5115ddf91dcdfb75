// The map's style in every shape it comes in, held against the format's own validator; prints the mistakes as JSON.
const repo = new URL("../../../../../", import.meta.url).href;
const { validateStyleMin } = await import(`${repo}frontend/node_modules/@maplibre/maplibre-gl-style-spec/dist/index.mjs`);
const { style, names } = await import(`${repo}frontend/src/map/style.js`);

globalThis.location = { origin: "http://city.test" };
const mark = (more) => ({ type: "Feature", properties: { light: "red", ...more }, geometry: { type: "Point", coordinates: [107.14, 34.36] } });
const shapes = {
  plain: {},
  bare: { cityTiles: "" },
  "in the street": { smooth: false, caseTiles: "" },
  full: {
    caseTiles: "/tiles/cases/{z}/{x}/{y}",
    marks: { type: "FeatureCollection", features: [mark({}), mark({ light: "here", square: 500 })] },
    runs: [[[107.14, 34.36, "08:00"], [107.15, 34.36, "08:10"]], [[107.16, 34.37, "09:00"]]],
    withComponents: false,
  },
};
const mistakes = {};
for (const lang of ["zh-CN", "en"]) {
  globalThis.document = { documentElement: { lang } };
  for (const theme of ["light", "dark"]) {
    for (const [shape, more] of Object.entries(shapes)) {
      const made = style(theme, { cityTiles: "/tiles/city/{z}/{x}/{y}", ...more });
      if (made.sources.city) made.layers.push(...names(theme));
      if (process.argv[2]) made.layers[0].paint[process.argv[2]] = 1;
      const found = validateStyleMin(made).map((one) => one.message);
      if (found.length) mistakes[`${shape}, ${theme}, ${lang}`] = found;
    }
  }
}
console.log(JSON.stringify(mistakes));

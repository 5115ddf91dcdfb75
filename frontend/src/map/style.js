// The style: quiet ground so that cases speak. No outside address, no font files (glyphs are drawn by the browser).
import { palette } from "./palette.js";

const FONT = ["Inter Variable", "PingFang SC", "HarmonyOS Sans SC", "MiSans", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC"];
const MAIN = ["in", ["to-string", ["get", "rank"]], ["literal", ["main", "trunk", "primary", "arterial", "1"]]];
const LANE = ["==", ["to-string", ["get", "rank"]], "lane"];
const OTHER = ["!", MAIN];
const round = { "line-cap": "round", "line-join": "round" };
const grow = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
const MAJOR = ["slice", ["concat", "0", ["to-string", ["coalesce", ["get", "m"], "05"]]], -2];

// `smooth`: whether edges of areas are drawn once more, softened; on a phone's fine screen nobody sees it, and it costs half as
// much again.
function ground(c, smooth) {
  const fill = (id, layer, color, more = {}) => ({ id, type: "fill", source: "city", "source-layer": layer, paint: { "fill-color": color, "fill-antialias": smooth }, ...more });
  const line = (id, layer, paint, more = {}) => ({ id, type: "line", source: "city", "source-layer": layer, layout: round, paint, ...more });
  return [
    { id: "ground", type: "background", paint: { "background-color": c.land } },
    fill("land", "land", c.land),
    fill("block", "block", c.block),
    fill("green", "green", c.green),
    fill("water", "water", c.water),
    line("shore", "water", { "line-color": c.shore, "line-width": 1 }),
    fill("building", "building", c.built, { minzoom: 14 }),
    line("road-case", "road", { "line-color": c.roadCase, "line-width": grow(12, 1, 17, ["case", LANE, 5, 9]) }, { filter: OTHER, minzoom: 12 }),
    line("road", "road", { "line-color": c.road, "line-width": grow(12, 0.5, 17, ["case", LANE, 3.6, 7]) }, { filter: OTHER, minzoom: 12 }),
    line("rail", "rail", { "line-color": c.rail, "line-width": grow(10, 1, 17, 3) }),
    line("rail-gap", "rail", { "line-color": c.land, "line-width": grow(10, 0.5, 17, 1.6), "line-dasharray": [5, 5] }, { layout: {} }),
    line("main-case", "road", { "line-color": c.mainCase, "line-width": grow(10, 1.2, 17, 15) }, { filter: MAIN }),
    line("main", "road", { "line-color": c.main, "line-width": grow(10, 0.6, 17, 12) }, { filter: MAIN }),
    line("grid", "grid", { "line-color": c.grid, "line-width": 0.8, "line-dasharray": [2, 3] }, { minzoom: 14, layout: {} }),
    line("duty", "duty", { "line-color": c.duty, "line-width": 1.6, "line-dasharray": [6, 3, 1.5, 3] }, { minzoom: 12.5, layout: {} }),
    line("district", "district", { "line-color": c.district, "line-width": grow(8, 1, 14, 2), "line-dasharray": [6, 2, 1, 2] }, { layout: {} }),
  ];
}

function components(c, shown) {
  const colour = ["match", MAJOR, "01", c.dot1, "02", c.dot2, "03", c.dot3, "04", c.dot4, c.dot5];
  const base = { source: "city", "source-layer": "component" };
  const layout = { visibility: shown ? "visible" : "none" };
  return [
    {
      id: "component-count", type: "circle", ...base, maxzoom: 13, layout,
      paint: { "circle-color": c.dot1, "circle-opacity": 0.25, "circle-radius": ["interpolate", ["linear"], ["coalesce", ["get", "n"], 1], 1, 1.5, 500, 13] },
    },
    {
      id: "component", type: "circle", ...base, minzoom: 13, layout,
      paint: {
        "circle-color": colour,
        "circle-radius": grow(13, 0.8, 15, 1.6, 17, 4),
        "circle-stroke-color": c.paper,
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 15, 0, 17, 1],
      },
    },
    {
      id: "component-icon", type: "symbol", ...base, minzoom: 17,
      layout: { ...layout, "icon-image": ["concat", "major-", MAJOR], "icon-size": 0.85, "icon-allow-overlap": true },
    },
  ];
}

export const COMPONENTS = ["component-count", "component", "component-icon"];

// Districts have an English name; streets and places are written as on their signs.
const inEnglish = () => document.documentElement.lang === "en";
const districtName = () => (inEnglish() ? ["coalesce", ["get", "name_en"], ["get", "name"]] : ["get", "name"]);

// The names of roads and places. Each character is drawn by the browser, so they come when the map stands.
export function names(theme) {
  const c = palette(theme);
  const paint = { "text-color": c.label, "text-halo-color": c.halo, "text-halo-width": 1.6 };
  return [
    {
      id: "road-label", type: "symbol", source: "city", "source-layer": "road", minzoom: 13, filter: ["has", "name"],
      layout: { "text-font": FONT, "text-size": 12, "text-letter-spacing": 0.08, "text-field": ["get", "name"], "symbol-placement": "line", "symbol-spacing": 320 },
      paint,
    },
    {
      id: "label", type: "symbol", source: "city", "source-layer": "label",
      layout: {
        "text-font": FONT,
        "text-size": ["match", ["get", "rank"], "water", 14, 12],
        "text-letter-spacing": ["match", ["get", "rank"], "water", 0.5, 0.08],
        "text-field": ["get", "name"],
      },
      paint: { ...paint, "text-color": ["match", ["get", "rank"], "water", c.labelWater, c.label], "text-halo-color": ["match", ["get", "rank"], "water", c.water, c.halo] },
    },
    {
      id: "district-label", type: "symbol", source: "city", "source-layer": "district", maxzoom: 14, filter: ["has", "name"],
      layout: { "text-font": FONT, "text-size": 13, "text-letter-spacing": inEnglish() ? 0.1 : 0.3, "text-field": districtName() },
      paint: { ...paint, "text-opacity": 0.75 },
    },
  ];
}

const SHAPE = ["match", ["to-string", ["get", "light"]], "green", "light-green", "yellow", "light-yellow", "red", "light-red", "light-pause"];
const URGENT = ["any", ["==", ["get", "urgency"], "urgent"], ["==", ["get", "urgency"], "特急"], ["==", ["to-number", ["coalesce", ["get", "urgent"], 0]], 1]];

// Cases from tiles and single marks given by the page are drawn alike.
function cases(c, source, layer) {
  const base = layer ? { source, "source-layer": layer } : { source };
  return [
    {
      id: `${source}-halo`, type: "circle", ...base, filter: URGENT,
      paint: { "circle-radius": 16, "circle-color": c.redFill, "circle-opacity": 0.2, "circle-stroke-color": c.redFill, "circle-stroke-width": 1.4 },
    },
    {
      id: source, type: "symbol", ...base, filter: ["!=", ["to-string", ["get", "light"]], "here"],
      layout: {
        "icon-image": SHAPE,
        "icon-size": grow(10, 0.55, 14, 0.85, 17, 1.1),
        "icon-allow-overlap": true,
        "text-field": ["case", [">", ["to-number", ["coalesce", ["get", "n"], 1]], 1], ["to-string", ["get", "n"]], ""],
        "text-font": FONT,
        "text-size": 11,
        "text-offset": [0, 1.2],
        "text-optional": true,
        "symbol-sort-key": ["match", ["to-string", ["get", "light"]], "red", 3, "yellow", 2, 1],
      },
      paint: { "text-color": c.ink, "text-halo-color": c.halo, "text-halo-width": 1.4 },
    },
  ];
}

const vector = (url) => ({ type: "vector", tiles: [url.startsWith("/") ? `${location.origin}${url}` : url], minzoom: 8, maxzoom: 17 });
const nothing = { type: "FeatureCollection", features: [] };

// A mark with a `square` (its side in metres) stands somewhere in it: the square is drawn, not the point.
function squareRound({ geometry: { coordinates: [lon, lat] }, properties }) {
  const high = properties.square / 2 / 111320;
  const wide = high / Math.cos((lat * Math.PI) / 180);
  const ring = [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([x, y]) => [lon + x * wide, lat + y * high]);
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

function squares(c) {
  return [
    { id: "square", type: "fill", source: "squares", paint: { "fill-color": c.redFill, "fill-opacity": 0.16 } },
    { id: "square-edge", type: "line", source: "squares", paint: { "line-color": c.redFill, "line-width": 2, "line-dasharray": [3, 2] } },
  ];
}

// Where somebody was: a line through each run of positions. Between two runs nobody knows, and nothing is drawn.
function tracked(runs) {
  const feature = (type, coordinates, properties = {}) => ({ type: "Feature", properties, geometry: { type, coordinates } });
  const places = (run) => run.map(([lon, lat, title], n) => feature("Point", [lon, lat], { title, end: n === 0 || n === run.length - 1 ? 1 : 0 }));
  const lines = runs.filter((run) => run.length > 1).map((run) => feature("LineString", run.map(([lon, lat]) => [lon, lat])));
  return { type: "FeatureCollection", features: [...lines, ...runs.flatMap(places)] };
}

function track(c) {
  const end = ["==", ["get", "end"], 1];
  const place = ["==", ["geometry-type"], "Point"];
  return [
    { id: "track-case", type: "line", source: "track", layout: round, paint: { "line-color": c.paper, "line-width": 7, "line-opacity": 0.8 } },
    { id: "track", type: "line", source: "track", layout: round, paint: { "line-color": c.blue, "line-width": 4 } },
    {
      id: "track-places", type: "circle", source: "track", filter: place,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 15, ["case", end, 6, 1.5], 18, ["case", end, 7, 4.5]],
        "circle-color": ["case", end, c.paper, c.blue],
        "circle-stroke-color": ["case", end, c.blue, c.paper],
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 15, ["case", end, 3, 0], 18, ["case", end, 3, 1.5]],
      },
    },
    {
      id: "track-words", type: "symbol", source: "track", filter: ["all", place, end],
      layout: { "text-field": ["coalesce", ["get", "title"], ""], "text-font": FONT, "text-size": 12, "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.9 },
      paint: { "text-color": c.ink, "text-halo-color": c.halo, "text-halo-width": 1.6 },
    },
  ];
}

// Parts of an area, each with its label: the full ones (1) in one colour, those in between (2) in a lighter one, the others hatched.
function partsOf(given) {
  const feature = ({ shape, ...properties }) => ({ type: "Feature", properties, geometry: { type: "MultiPolygon", coordinates: shape } });
  return { type: "FeatureCollection", features: given.map(feature) };
}

function parts(c) {
  const chosen = ["==", ["get", "chosen"], 1];
  return [
    { id: "areas", type: "fill", source: "areas", paint: { "fill-color": c.blue, "fill-opacity": ["match", ["get", "full"], 1, 0.32, 2, 0.14, 0] } },
    { id: "areas-left", type: "fill", source: "areas", filter: ["==", ["get", "full"], 0], paint: { "fill-pattern": "hatch-left" } },
    { id: "areas-edge", type: "line", source: "areas", layout: round, paint: { "line-color": c.duty, "line-width": 1.2 } },
    { id: "areas-chosen", type: "line", source: "areas", filter: chosen, layout: round, paint: { "line-color": c.redFill, "line-width": 4 } },
    {
      id: "areas-words", type: "symbol", source: "areas",
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12 },
      paint: { "text-color": c.ink, "text-halo-color": c.halo, "text-halo-width": 1.6 },
    },
  ];
}

export function style(theme, { cityTiles, caseTiles, marks = nothing, runs = [], parts: given = [], withComponents = true, smooth = true }) {
  const c = palette(theme);
  const coarse = marks.features.filter(({ properties }) => properties.square);
  const sources = { marks: { type: "geojson", data: marks } };
  let layers = [{ id: "ground", type: "background", paint: { "background-color": c.land } }];
  if (cityTiles) {
    sources.city = vector(cityTiles);
    layers = [...ground(c, smooth), ...components(c, withComponents)];
  }
  if (caseTiles) {
    sources.cases = vector(caseTiles);
    layers.push(...cases(c, "cases", "case"));
  }
  if (coarse.length) {
    sources.squares = { type: "geojson", data: { type: "FeatureCollection", features: coarse.map(squareRound) } };
    layers.push(...squares(c));
  }
  if (given.length) {
    sources.areas = { type: "geojson", data: partsOf(given) };
    layers.push(...parts(c));
  }
  if (runs.length) {
    sources.track = { type: "geojson", data: tracked(runs) };
    layers.push(...track(c));
  }
  layers.push(...cases(c, "marks"));
  return { version: 8, name: `baoji-${theme}`, sources, layers };
}

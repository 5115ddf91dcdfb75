// Map and charts are large: their code comes only to pages that hold one.
import { each } from "./dom.js";

export function startLazy() {
  each("baoji-map", () => import("./map/element.js"));
  each("baoji-chart", () => import("./chart.js"));
}

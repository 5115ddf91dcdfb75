// The own area on the map, with the tasks and the components that stand there; all of it is on the phone.
import { icon, make } from "../../dom.js";
import { fresh, here, point } from "../place.js";
import { t } from "../words.js";
import { has, pack, tasks } from "../work.js";
import { light, mapOf } from "./parts.js";

export async function mapView(app) {
  const [{ box, areas }, mine] = await Promise.all([pack(), tasks()]);
  const [lon, lat] = point() ?? (box ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] : []);
  const marks = mine.map((one) => ({ lon: one.location.coordinates[0], lat: one.location.coordinates[1], title: one.title, number: one.number, light: light(one) }));
  const map = await mapOf(marks, { lon, lat, zoom: 16, cases: "/field/#/task/{number}" });
  map.classList.add("is-tall");
  return {
    title: t("地图"),
    back: "#/",
    content: [map, ...(areas.length ? [make("p", { class: "sub" }, t("我的责任网格：{names}", { names: areas.map((one) => one.name).join(t("、")) }))] : [])],
    foot: has(app.person, "tasks") ? [make("a", { class: "btn btn-plain btn-main", href: "#/tasks" }, icon("list-check"), make("span", {}, t("看列表")))] : [],
    shown: () => over(map, areas),
    leave: () => here.listeners.delete(move),
  };
}

const nothing = { type: "FeatureCollection", features: [] };
let move = () => {};

// Over the map: the own grids, and where one stands.
function over(element, areas) {
  const map = element.map;
  if (!map) return;
  const me = () => (fresh() ? { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point() } } : nothing);
  const add = () => {
    if (map.getSource("own")) return;
    map.addSource("own", { type: "geojson", data: { type: "FeatureCollection", features: areas.map((one) => ({ type: "Feature", properties: {}, geometry: one.outline })) } });
    map.addLayer({ id: "own", type: "line", source: "own", paint: { "line-color": "#1f6fc4", "line-width": 3, "line-dasharray": [2, 1] } });
    map.addSource("me", { type: "geojson", data: me() });
    map.addLayer({ id: "me", type: "circle", source: "me", paint: { "circle-radius": 8, "circle-color": "#1f6fc4", "circle-stroke-color": "#fff", "circle-stroke-width": 3 } });
  };
  map.on("style.load", add);
  if (map.isStyleLoaded()) add();
  move = () => map.getSource("me")?.setData(me());
  here.listeners.add(move);
}

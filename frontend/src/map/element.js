// <baoji-map>: the city and its cases; picks a place; shares one selection with the list.
import "maplibre-gl/dist/maplibre-gl.css";
import { icon, isDark, make, message, root } from "../dom.js";
import { supplyImages } from "./images.js";
import { COMPONENTS, names, style } from "./style.js";

let maplibre = null;
const HOME = [107.145, 34.365];
const CITY = "/tiles/city/{z}/{x}/{y}";
const theme = () => (isDark() ? "dark" : "light");
const inStreet = root.dataset.density === "field";
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

class BaojiMap extends HTMLElement {
  connectedCallback() {
    if (this.map) return;
    this.withComponents = !this.hasAttribute("areas"); // they would hide small areas
    this.picked = [];
    this.box = make("div", { class: "canvas" });
    this.prepend(this.box);
    try {
      this.draw();
    } catch (reason) {
      this.fail(reason);
    }
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.map?.remove();
    this.map = null;
    this.box?.remove();
  }

  fail(reason) {
    console.info("map:", reason?.message ?? reason);
    this.box.remove();
    this.dataset.failed = "1";
    if (!this.querySelector(".map-message")) this.append(make("div", { class: "map-message", role: "note" }, message("mapFailed")));
  }

  number(name) {
    const value = parseFloat(this.getAttribute(name));
    return Number.isFinite(value) ? value : null;
  }

  centre() {
    const [lon, lat] = [this.number("lon"), this.number("lat")];
    return lon !== null && lat !== null ? [lon, lat] : HOME;
  }

  look() {
    return style(theme(), {
      cityTiles: this.hasAttribute("city-tiles") ? this.getAttribute("city-tiles") : CITY,
      caseTiles: this.getAttribute("case-tiles"),
      marks: this.marks(),
      runs: this.runs(),
      parts: this.areas(),
      withComponents: this.withComponents,
      smooth: !inStreet,
    });
  }

  runs() {
    return JSON.parse(this.getAttribute("track") || "[]");
  }

  areas() {
    return JSON.parse(this.getAttribute("areas") || "[]");
  }

  // A track is looked at as a whole, and so are areas unless one place is asked for.
  frame() {
    const places = [...this.runs().flat(), ...this.areas().flatMap(({ shape }) => shape.flatMap(([outline]) => outline))];
    if (!places.length || this.number("lon") !== null) return {};
    const [lons, lats] = [0, 1].map((n) => places.map((place) => place[n]));
    const edge = (of) => [lons, lats].map((all) => all.reduce((a, b) => of(a, b)));
    return { bounds: [edge(Math.min), edge(Math.max)], fitBoundsOptions: { padding: { top: 40, right: 64, bottom: 48, left: 56 }, maxZoom: 17 } };
  }

  marks() {
    const given = this.hasAttribute("list") ? this.rows() : JSON.parse(this.getAttribute("markers") || "[]");
    return {
      type: "FeatureCollection",
      features: given
        .filter((one) => Number.isFinite(Number(one.lon)) && one.lon !== null)
        .map((one) => ({ type: "Feature", properties: { ...one, light: one.light ?? "here" }, geometry: { type: "Point", coordinates: [Number(one.lon), Number(one.lat)] } })),
    };
  }

  // The rows of the list beside the map as they stand now: its marks, one a row.
  rows() {
    return [...document.querySelectorAll(`#${CSS.escape(this.getAttribute("list"))} tr[data-lon]:not([data-lon=""])`)].map((row) => ({
      lon: row.dataset.lon,
      lat: row.dataset.lat,
      number: row.dataset.number,
      title: row.querySelector(".c-title a")?.textContent ?? "",
      urgent: row.classList.contains("urgent"),
      light: row.dataset.light || "green",
    }));
  }

  // Rows came, went or turned red. What the map looks at stays; the bubble of a case that left goes.
  follow() {
    const source = this.map?.getSource("marks");
    if (!source) return void this.map?.once("styledata", () => this.follow());
    const marks = this.marks();
    const now = JSON.stringify(marks);
    if (now === this.drawn) return undefined;
    this.drawn = now;
    source.setData(marks);
    this.dataset.marks = marks.features.length;
    if (this.about && !marks.features.some((one) => one.properties.number === this.about)) this.popup?.remove();
    return undefined;
  }

  draw() {
    this.map = new maplibre.Map({
      container: this.box,
      style: this.look(),
      center: this.centre(),
      zoom: this.number("zoom") ?? 13,
      minZoom: 8,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      fadeDuration: still || inStreet ? 0 : 120,
      validateStyle: false, // it is ours
      refreshExpiredTiles: !inStreet, // what the phone has kept is renewed with its pack
      ...this.frame(),
      locale: { "Map.Title": this.getAttribute("label") || message("mapLabel"), "Marker.Title": message("mapMarker") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-left");
    supplyImages(this.map, theme);
    this.map.on("error", ({ error }) => this.trouble(error));
    this.map.on("load", () => {
      this.dataset.ready = "1";
      setTimeout(() => this.name());
    });
    this.map.on("style.load", () => { if (this.dataset.ready) this.name(); });
    this.stop = new AbortController();
    this.tools();
    this.rings();
    this.popups();
    if (this.hasAttribute("pick-lon")) this.picking();
    if (this.hasAttribute("list")) this.sharing();
    document.addEventListener("baoji:theme", () => this.map.setStyle(this.look(), { diff: false }), { signal: this.stop.signal });
  }

  // Under the marks, over all of the city.
  name() {
    if (!this.map?.getSource("city") || this.map.getLayer("label")) return;
    const over = this.map.getLayersOrder().find((id) => !["city", undefined].includes(this.map.getLayer(id).source));
    for (const layer of names(theme())) this.map.addLayer(layer, over);
    this.map.once("idle", () => { this.dataset.named = "1"; });
  }

  trouble(error) {
    console.info("map:", error?.message ?? error);
    if (this.querySelector(".chip-trouble")) return;
    this.append(make("div", { class: "chip chip-trouble", role: "status", style: "left: 8px; top: 8px" }, message("mapTiles")));
  }

  tools() {
    const button = (sign, name, act, pressed) => {
      const made = make("button", { type: "button", "aria-label": message(name), title: message(name), "aria-pressed": pressed }, sign);
      made.addEventListener("click", () => act(made));
      return made;
    };
    this.append(
      make(
        "div",
        { class: "tools" },
        button(icon("plus"), "zoomIn", () => this.map.zoomIn({ animate: !still })),
        button(icon("minus"), "zoomOut", () => this.map.zoomOut({ animate: !still })),
        button(icon("stack-2"), "layers", (made) => {
          this.withComponents = !this.withComponents;
          made.setAttribute("aria-pressed", String(this.withComponents));
          for (const id of COMPONENTS) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, "visibility", this.withComponents ? "visible" : "none");
        }, String(this.withComponents)),
      ),
    );
  }

  // A single place without a light gets the red target of the case page; where somebody calls for help, it says so.
  rings() {
    for (const { properties, geometry } of this.marks().features)
      if (properties.light === "here" && !properties.square) new maplibre.Marker({ element: make("div", { class: properties.sos ? "map-sos" : "map-here", title: properties.title }, properties.sos ? "SOS" : "") }).setLngLat(geometry.coordinates).addTo(this.map);
  }

  popups() {
    for (const layer of ["cases", "marks", "track-places", "areas"]) {
      this.map.on("mouseenter", layer, () => { this.map.getCanvas().style.cursor = "pointer"; });
      this.map.on("mouseleave", layer, () => { this.map.getCanvas().style.cursor = ""; });
      this.map.on("click", layer, ({ features, lngLat }) => this.open(features[0], lngLat));
    }
  }

  open({ properties, geometry }, clicked) {
    this.popup?.remove();
    this.about = properties.number;
    const address = this.getAttribute("case-url");
    const content = make("div", {}, make("div", { class: "strong" }, properties.title ?? ""), make("div", { class: "tiny mute" }, properties.number ?? ""));
    if (address && properties.number) content.append(make("a", { class: "btn btn-plain btn-sm mt-2", href: address.replace("{number}", encodeURIComponent(properties.number)) }, message("details")));
    this.popup = new maplibre.Popup({ closeButton: false, offset: 14, maxWidth: "280px" }).setLngLat(geometry.type === "Point" ? geometry.coordinates : clicked).setDOMContent(content).addTo(this.map);
    if (properties.number && this.hasAttribute("list"))
      document.dispatchEvent(new CustomEvent("baoji:select", { detail: { numbers: this.numbers ?? [], current: properties.number, from: "map" } }));
  }

  picking() {
    const [lon, lat] = ["pick-lon", "pick-lat"].map((name) => document.getElementById(this.getAttribute(name)));
    if (!lon || !lat) return;
    const mark = new maplibre.Marker({ element: make("div", { class: "map-here" }), draggable: true });
    const write = ({ lng, lat: north }) => {
      lon.value = lng.toFixed(6);
      lat.value = north.toFixed(6);
      mark.setLngLat([lng, north]).addTo(this.map);
      this.dispatchEvent(new CustomEvent("baoji:placed", { bubbles: true, detail: { lon: lng, lat: north } }));
    };
    const read = () => {
      const point = [Number(lon.value), Number(lat.value)];
      if (!lon.value && !lat.value) mark.remove();
      if (!lon.value || !lat.value || point.some(Number.isNaN)) return;
      mark.setLngLat(point).addTo(this.map);
      this.map.jumpTo({ center: point });
    };
    mark.on("dragend", () => write(mark.getLngLat()));
    this.map.on("click", ({ lngLat }) => write(lngLat));
    this.map.getCanvas().addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); write(this.map.getCenter()); } });
    for (const input of [lon, lat]) input.addEventListener("change", read, { signal: this.stop.signal });
    read();
  }

  sharing() {
    const signal = this.stop.signal;
    document.addEventListener("baoji:select", ({ detail }) => this.select(detail.numbers), { signal });
    document.addEventListener("baoji:show", ({ detail }) => this.show(detail), { signal });
    document.addEventListener("baoji:listed", () => this.follow(), { signal });
    this.follow();
    this.select([...document.querySelectorAll(`#${CSS.escape(this.getAttribute("list"))} tr.sel`)].map((row) => row.dataset.number));
  }

  row(number) {
    return document.querySelector(`#${CSS.escape(this.getAttribute("list"))} tr[data-number="${CSS.escape(number)}"]`);
  }

  select(numbers) {
    this.numbers = numbers;
    for (const mark of this.picked) mark.remove();
    this.picked = numbers.flatMap((number, index) => {
      const row = this.row(number);
      if (!row?.dataset.lon) return [];
      const said = `${index + 1} ${row.querySelector(".c-title a").textContent}`;
      const element = make("div", { class: "map-pick", role: "img", "aria-label": said, "data-light": row.dataset.light }, make("b", {}, String(index + 1)));
      return [new maplibre.Marker({ element }).setLngLat([Number(row.dataset.lon), Number(row.dataset.lat)]).addTo(this.map)];
    });
  }

  show({ lon, lat }) {
    if (!lon || !lat) return;
    this.closest(".desk")?.classList.add("show-map");
    this.map.resize();
    this.map.easeTo({ center: [Number(lon), Number(lat)], zoom: Math.max(16, this.map.getZoom()), duration: still ? 0 : 300 });
  }
}

export function define(library, workerUrl) {
  if (maplibre) return;
  maplibre = library;
  maplibre.setWorkerUrl(workerUrl);
  maplibre.prewarm(); // it starts while the element is being made
  customElements.define("baoji-map", BaojiMap);
}

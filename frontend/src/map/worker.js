// The map library's worker, after what old browsers lack.
import "./old.js";
import "maplibre-gl/dist/maplibre-gl-csp-worker.js";

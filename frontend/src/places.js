// "My position": fills the inputs from the device and tells the map.
import { message } from "./dom.js";

function fill(button, { latitude, longitude, accuracy }) {
  const [lon, lat] = button.dataset.baojiLocate.split(/\s+/).map((id) => document.getElementById(id));
  if (!lon || !lat) return;
  lon.value = longitude.toFixed(6);
  lat.value = latitude.toFixed(6);
  for (const input of [lon, lat]) input.dispatchEvent(new Event("change", { bubbles: true }));
  const place = button.closest("[data-baoji-place]");
  const exact = place?.querySelector("[data-accuracy]");
  if (exact) exact.value = Math.round(accuracy);
  tell(button, message("located", { m: Math.round(accuracy) }));
}

function tell(button, text) {
  const where = button.closest("[data-baoji-place]")?.querySelector("[data-located]");
  if (where) where.textContent = text;
}

export function startPlaces() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-baoji-locate]");
    if (!button) return;
    if (!navigator.geolocation) return tell(button, message("notLocated"));
    tell(button, message("locating"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => fill(button, coords),
      () => tell(button, message("notLocated")),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 },
    );
  });
}

// The link by which the phone's own map leads to a task. An iPhone knows no geo:, and its map wants other coordinates: the server
// reckons both (kernel/maps/ways.py), so that they are on the phone without a network.

// An iPad calls itself a Mac, which has no touch screen.
export const isApple = ({ userAgent = "", maxTouchPoints = 0 } = navigator) => /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);

// Tasks that the phone fetched from an earlier server have no ways.
export function wayTo(task, phone = navigator) {
  const [lon, lat] = task.location.coordinates;
  return task.ways?.[isApple(phone) ? "apple" : "geo"] ?? `geo:${lat},${lon}?q=${lat},${lon}`;
}

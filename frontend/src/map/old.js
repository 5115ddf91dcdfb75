// What the map library takes for granted and Chromium 90 does not have yet.
if (!Object.hasOwn) {
  Object.hasOwn = (thing, key) => Object.prototype.hasOwnProperty.call(thing, key);
}
const Typed = Object.getPrototypeOf(Uint8Array);
for (const kind of [Array, String, Typed]) {
  if (kind.prototype.at) continue;
  Object.defineProperty(kind.prototype, "at", {
    configurable: true,
    writable: true,
    value(index) {
      const whole = Math.trunc(index) || 0;
      return this[whole < 0 ? this.length + whole : whole];
    },
  });
}

// Paint of the map, light and dark; one name, two colours.
const pairs = {
  paper: ["#fff", "#172029"],
  ink: ["#15202b", "#e8edf1"],
  blue: ["#155a96", "#7db8ee"],
  redFill: ["#c4291d", "#cf3326"],
  amberFill: ["#e2a100", "#e5ab1d"],
  amberEdge: ["#6b4700", "#2a1e00"],
  greenFill: ["#1f8a58", "#36a56f"],
  pauseFill: ["#5f6c78", "#94a1ad"],
  land: ["#eef1f0", "#131b22"],
  block: ["#f8f9f8", "#18222b"],
  built: ["#e7ebeb", "#1f2b35"],
  green: ["#dcebdc", "#17291f"],
  water: ["#c9dfee", "#12314a"],
  shore: ["#a9c8de", "#1d4565"],
  road: ["#fff", "#2a3641"],
  roadCase: ["#d3dade", "#10171d"],
  main: ["#fff", "#384755"],
  mainCase: ["#c2ccd3", "#10171d"],
  grid: ["#b3c0ca", "#33424f"],
  duty: ["#5f7f9c", "#5d85a8"],
  district: ["#8d9ba6", "#4a5b69"],
  rail: ["#b9c1c8", "#3d4a55"],
  label: ["#4a5864", "#aab7c2"],
  labelWater: ["#2c5d86", "#6fa7d4"],
  halo: ["#fff", "#131b22"],
  dot1: ["#62788c", "#7f95a8"],
  dot2: ["#8a7399", "#a28bb3"],
  dot3: ["#a07f4d", "#b8955f"],
  dot4: ["#5f9168", "#6fa87a"],
  dot5: ["#8b8f93", "#8b9298"],
};

export function palette(theme) {
  const column = theme === "dark" ? 1 : 0;
  return Object.fromEntries(Object.entries(pairs).map(([name, both]) => [name, both[column]]));
}

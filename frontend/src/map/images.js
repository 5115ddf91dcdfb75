// Images of the map are drawn when asked for: the lights' shapes and one glyph for each major class of components.
import cover from "outline/circle-dot.svg?raw";
import road from "outline/road-sign.svg?raw";
import trash from "outline/trash.svg?raw";
import tree from "outline/trees.svg?raw";
import other from "outline/box.svg?raw";
import { palette } from "./palette.js";

const glyphs = { "01": cover, "02": road, "03": trash, "04": tree, "05": other };
const RATIO = 2;

function canvas(size) {
  const sheet = document.createElement("canvas");
  sheet.width = size * RATIO;
  sheet.height = size * RATIO;
  const pen = sheet.getContext("2d");
  pen.scale(RATIO, RATIO);
  return pen;
}

function finish(pen) {
  const { width, height } = pen.canvas;
  return { width, height, data: pen.getImageData(0, 0, width, height).data };
}

function polygon(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

const shapes = {
  green(pen, c) {
    pen.beginPath();
    pen.arc(11, 11, 7, 0, 7);
    return [c.greenFill, c.paper];
  },
  yellow(pen, c) {
    polygon(pen, [[11, 2.5], [20, 19], [2, 19]]);
    return [c.amberFill, c.amberEdge];
  },
  red(pen, c) {
    polygon(pen, [[7.7, 3], [14.3, 3], [19, 7.7], [19, 14.3], [14.3, 19], [7.7, 19], [3, 14.3], [3, 7.7]]);
    return [c.redFill, c.paper];
  },
  pause(pen, c) {
    pen.beginPath();
    pen.rect(5, 4, 4.5, 14);
    pen.rect(12.5, 4, 4.5, 14);
    return [c.pauseFill, c.paper];
  },
};

function light(name, c) {
  const pen = canvas(22);
  const [fill, edge] = shapes[name](pen, c);
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = c.paper;
  pen.stroke();
  pen.lineWidth = 1.5;
  pen.strokeStyle = edge;
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill();
  return finish(pen);
}

function major(code, c) {
  const pen = canvas(24);
  pen.beginPath();
  pen.arc(12, 12, 10.5, 0, 7);
  pen.fillStyle = c.paper;
  pen.fill();
  pen.strokeStyle = c[`dot${Number(code)}`] ?? c.dot5;
  pen.lineWidth = 1.2;
  pen.stroke();
  pen.translate(5.4, 5.4);
  pen.scale(0.55, 0.55);
  pen.lineWidth = 2.2;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  for (const [, path] of (glyphs[code] ?? other).matchAll(/ d="([^"]+)"/g)) pen.stroke(new Path2D(path));
  return finish(pen);
}

// What repeats over an area where nobody was.
function hatch(c) {
  const pen = canvas(12);
  pen.strokeStyle = c.pauseFill;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const at of [-12, 0, 12]) {
    pen.moveTo(at - 2, 14);
    pen.lineTo(at + 14, -2);
  }
  pen.stroke();
  return finish(pen);
}

export function supplyImages(map, theme) {
  map.on("styleimagemissing", ({ id }) => {
    const c = palette(theme());
    const [kind, which] = id.split("-");
    const made = { light: () => shapes[which] && light(which, c), major: () => major(which, c), hatch: () => hatch(c) };
    const image = made[kind]?.();
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: RATIO });
  });
}

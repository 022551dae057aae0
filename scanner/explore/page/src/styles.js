// How constraints and curves look. A limit is an edge with strokes towards what it excludes, which is tinted; a hint is a
// band; a projection is dashed. Over colours there are edges only, with a halo, so that the colours stay visible.
import { svg } from "./dom.js";

const WIDTH = { limit: 1.4, hint: 0.8, projection: 1.4, target: 1.8, curve: 1.8 };
const FILL = { limit: 0.13, hint: 0.36 };
const ANGLES = { "/": 45, "|": 90, "\\": 135 }; // of the strokes against the edge, in degrees
const SPACING = 6;
const STROKE = 6;
const PROJECTED = "7 4";

export function drawn(layer, { left, top, plotWidth, plotHeight }, isOverColours) {
  const place = ([u, v]) => [left + u * plotWidth, top + (1 - v) * plotHeight];
  const lines = layer.lines.map((line) => line.map(place));
  const path = path_of(lines);
  const elements = [];
  if (FILL[layer.kind] && layer.fill.length && !isOverColours) {
    const region = path_of(
      layer.fill.map((ring) => ring.map(place)),
      "Z",
    );
    elements.push(
      svg("path", { d: region, fill: layer.colour, "fill-opacity": FILL[layer.kind], "fill-rule": "evenodd" }),
    );
  }
  if (!lines.length) return elements;
  const width = WIDTH[layer.kind];
  if (isOverColours)
    elements.push(svg("path", { d: path, stroke: "#ffffff", "stroke-width": width + 2, "stroke-opacity": 0.85 }));
  if (layer.kind === "limit") elements.push(strokes(lines, layer));
  const dash = layer.kind === "projection" ? PROJECTED : layer.dash;
  return [...elements, svg("path", { d: path, stroke: layer.colour, "stroke-width": width, "stroke-dasharray": dash })];
}

const path_of = (lines, end = "") =>
  lines.map((line) => `M${line.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}${end}`).join("");

// Short strokes along edges, on their right
function strokes(lines, { colour, hatch }) {
  const angle = ((ANGLES[hatch] ?? ANGLES["/"]) * Math.PI) / 180;
  const found = [];
  for (const line of lines) {
    let ahead = SPACING / 2; // to the next stroke
    for (let k = 1; k < line.length; k++) {
      const [[x0, y0], [x1, y1]] = [line[k - 1], line[k]];
      const length = Math.hypot(x1 - x0, y1 - y0);
      const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
      for (; ahead < length; ahead += SPACING) {
        const [x, y] = [x0 + ahead * dx, y0 + ahead * dy];
        const end = [
          x + STROKE * (dx * Math.cos(angle) - dy * Math.sin(angle)),
          y + STROKE * (dy * Math.cos(angle) + dx * Math.sin(angle)),
        ];
        found.push([[x, y], end]);
      }
      ahead -= length;
    }
  }
  return svg("path", { d: path_of(found), stroke: colour, "stroke-width": 0.7 });
}

// What stands for a layer in the legend
export function sample(layer, x, y) {
  const { colour, kind } = layer;
  if (kind === "hint")
    return svg("rect", {
      x,
      y: y - 6,
      width: 20,
      height: 12,
      fill: colour,
      "fill-opacity": FILL.hint,
      stroke: colour,
      "stroke-width": WIDTH.hint,
    });
  const dash = kind === "projection" ? PROJECTED : layer.dash;
  const line = svg("line", {
    x1: x,
    x2: x + 20,
    y1: y,
    y2: y,
    stroke: colour,
    "stroke-width": WIDTH[kind],
    "stroke-dasharray": dash,
  });
  return kind === "limit"
    ? svg(
        "g",
        {},
        line,
        strokes(
          [
            [
              [x, y],
              [x + 20, y],
            ],
          ],
          layer,
        ),
      )
    : line;
}

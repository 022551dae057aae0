// The picture: an SVG over a canvas with the colours. Sizes in pixels, so that text stays readable on narrow screens.
import { labelRuns, svg, svgText } from "./dom.js";
import { plain, runs } from "./labels.js";
import { countColour, hatch, paint } from "./raster.js";
import { drawn, sample } from "./styles.js";
import { readable, ticks } from "./scale.js";
import { held, provenance } from "./provenance.js";

export const FONT = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, "Noto Sans", sans-serif';
const INK = "#1c1f23";
const SOFT = "#5b626a";
const RULE = "#8a9097";
const ROW = 18; // of the legend

export function layoutOf(width, scene) {
  const narrow = width < 560;
  const left = narrow ? 52 : 66;
  const right = scene.shown ? (narrow ? 66 : 84) : 14;
  const head = heading(scene, width - left - 8);
  const top = 10 + 19 * head.title.length + 15 * head.held.length + 6;
  const plotWidth = width - left - right;
  const plotHeight = Math.round(Math.min(plotWidth * (narrow ? 0.95 : 0.78), 620));
  const entries = legend(scene);
  const widest = Math.max(1, ...entries.map(({ text }) => 44 + widthOf(text, 12)));
  const columns = Math.max(1, Math.min(3, Math.floor((width - left) / widest)));
  const rows = Math.ceil(entries.length / columns);
  const below = 46;
  const foot = fitted(provenance(scene.state), width - 16, 9.5);
  const height = top + plotHeight + below + rows * ROW + 8 + foot.length * 13;
  return { width, height, left, top, plotWidth, plotHeight, narrow, head, entries, columns, rows, below, foot };
}

const ruler = document.createElement("canvas").getContext("2d");

// Of a label, in pixels; its subscripts are narrower than that
function widthOf(label, size, weight = 400) {
  ruler.font = `${weight} ${size}px ${FONT}`;
  return ruler.measureText(plain(label)).width;
}

// Text in rows that fit
function fitted(text, width, size, separator = ", ", weight = 400) {
  const rows = [""];
  for (const part of text.split(separator)) {
    const candidate = rows.at(-1) ? `${rows.at(-1)}${separator}${part}` : part;
    if (rows.at(-1) && widthOf(candidate, size, weight) > width) rows.push(part);
    else rows[rows.length - 1] = candidate;
  }
  return rows;
}

function heading(scene, width) {
  const title = fitted(String(scene.state.store.attrs.title ?? "a scan"), width, 15, " ", 600);
  return { title, held: fitted(held(scene), width, 12) };
}

export function picture(scene, layout, palette, raster = "") {
  const { width, height, left, top, plotWidth, plotHeight } = layout;
  const root = svg("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    "font-family": FONT,
    "font-size": 12,
    fill: INK,
  });
  const clip = svg("clipPath", { id: "plane" }, svg("rect", { x: left, y: top, width: plotWidth, height: plotHeight }));
  root.append(svg("defs", {}, clip));
  if (raster) {
    root.prepend(svg("rect", { width, height, fill: "#ffffff" }));
    if (scene.shown)
      root.append(
        svg("image", {
          href: raster,
          x: left,
          y: top,
          width: plotWidth,
          height: plotHeight,
          preserveAspectRatio: "none",
        }),
      );
  }
  root.append(layersOf(scene, layout), frame(scene, layout), titles(layout));
  if (scene.shown) root.append(bar(scene, layout, palette));
  root.append(legendOf(layout), footOf(layout));
  return root;
}

function layersOf(scene, layout) {
  const group = svg("g", { "clip-path": "url(#plane)", "stroke-linejoin": "round", fill: "none" });
  for (const layer of scene.layers) group.append(...drawn(layer, layout, scene.shown !== null));
  return group;
}

function frame(scene, { left, top, plotWidth, plotHeight, narrow }) {
  const [right, bottom] = [left + plotWidth, top + plotHeight];
  const group = svg("g", { stroke: RULE, fill: INK });
  group.append(svg("rect", { x: left, y: top, width: plotWidth, height: plotHeight, fill: "none" }));
  for (const { value, text } of scene.x.ticks()) {
    const x = (left + scene.x.position(value) * plotWidth).toFixed(1);
    group.append(svg("line", { x1: x, x2: x, y1: bottom, y2: bottom + (text ? 6 : 3) }));
    if (text) group.append(svg("text", { x, y: bottom + 19, "text-anchor": "middle", stroke: "none" }, text));
  }
  for (const { value, text } of scene.y.ticks()) {
    const y = (bottom - scene.y.position(value) * plotHeight).toFixed(1);
    group.append(svg("line", { x1: left - (text ? 6 : 3), x2: left, y1: y, y2: y }));
    if (text) group.append(svg("text", { x: left - 9, y: Number(y) + 4, "text-anchor": "end", stroke: "none" }, text));
  }
  const { state } = scene;
  const { store, x, y } = state;
  const label = (name, attributes) =>
    svgText(labelRuns(named(store.label(name), state.scales[name]), store.unit(name)), {
      "font-size": 14,
      stroke: "none",
      "text-anchor": "middle",
      ...attributes,
    });
  group.append(label(x, { x: left + plotWidth / 2, y: bottom + 38 }));
  group.append(label(y, { transform: `translate(${narrow ? 11 : 15},${top + plotHeight / 2}) rotate(-90)` }));
  return group;
}

const named = (label, scale) => (scale.kind === "delta" ? `${label} $-$ 1/2` : label);

function titles({ left, head }) {
  const group = svg("g");
  head.title.forEach((row, i) =>
    group.append(svgText(runs(row), { x: left, y: 20 + 19 * i, "font-size": 15, "font-weight": 600 })),
  );
  const start = 20 + 19 * head.title.length - 2;
  head.held.forEach((row, i) => group.append(svgText(runs(row), { x: left, y: start + 15 * i, fill: SOFT })));
  return group;
}

function bar(scene, { left, top, plotWidth, plotHeight, narrow }, palette) {
  const { low, high, isLog, isCount, label, unit } = scene.shown;
  const x = left + plotWidth + (narrow ? 8 : 14);
  const wide = narrow ? 9 : 13;
  const group = svg("g", { "font-size": 11 });
  if (isCount) return counts(group, scene.shown, { x, top, wide, plotHeight });
  if (!(high > low)) {
    const text = Number.isFinite(low) ? readable(low) : "no value";
    group.append(svg("text", { x, y: top + 12, "font-size": 11 }, text));
    return group;
  }
  const steps = 64;
  for (let k = 0; k < steps; k++) {
    const colour = palette[Math.floor(((k + 0.5) / steps) * palette.length)];
    group.append(
      svg("rect", {
        x,
        y: top + plotHeight * (1 - (k + 1) / steps),
        width: wide,
        height: plotHeight / steps + 0.6,
        fill: `rgb(${colour})`,
      }),
    );
  }
  const f = isLog ? Math.log : (v) => v;
  for (const { value, text } of ticks(low, high, isLog)) {
    if (!text) continue;
    const y = top + plotHeight * (1 - (f(value) - f(low)) / (f(high) - f(low)));
    group.append(svg("line", { x1: x + wide, x2: x + wide + 4, y1: y, y2: y, stroke: RULE }));
    group.append(svg("text", { x: x + wide + 6, y: y + 4 }, text));
  }
  const place = `translate(${x + wide + 52},${top + plotHeight / 2}) rotate(-90)`;
  if (!narrow)
    group.append(svgText(labelRuns(label, unit), { transform: place, "text-anchor": "middle", "font-size": 12 }));
  return group;
}

function counts(group, { high }, { x, top, wide, plotHeight }) {
  const each = Math.min(18, plotHeight / (high + 2));
  group.append(svg("text", { x: x - 2, y: top + 8, fill: SOFT }, "limits"));
  for (let n = 0; n <= high; n++) {
    const y = top + 16 + each * n;
    group.append(
      svg("rect", {
        x,
        y,
        width: wide,
        height: each - 2,
        fill: `rgb(${countColour(n, high)})`,
        stroke: RULE,
        "stroke-width": 0.5,
      }),
    );
    if (each > 9 || n % 2 === 0)
      group.append(svg("text", { x: x + wide + 6, y: y + each / 2 + 3 }, n ? `${n}` : "none"));
  }
  return group;
}

// What the picture has, and what its hatching means
function legend(scene) {
  const entries = [];
  const seen = new Set();
  for (const layer of scene.layers) {
    const key = JSON.stringify([layer.text, layer.colour, layer.dash]);
    const isDrawn = layer.fill.length > 0 || layer.lines.length > 0;
    if (!seen.has(key))
      entries.push({ ...layer, isDrawn, text: isDrawn ? layer.text : `${layer.text}: not in this plane` });
    seen.add(key);
  }
  if (!scene.shown) return entries;
  const { z, code, meaning } = scene.shown;
  const holes = new Set();
  for (let i = 0; i < z.length; i++) if (Number.isNaN(z[i])) holes.add(code[i]);
  return [...entries, ...[...holes].sort((a, b) => a - b).map((c) => ({ hole: c, text: meaning(c), isDrawn: true }))];
}

function legendOf({ left, top, width, plotHeight, below, entries, columns, rows }) {
  const group = svg("g");
  const each = (width - left) / columns;
  entries.forEach((entry, i) => {
    const [x, y] = [left + Math.floor(i / rows) * each, top + plotHeight + below + (i % rows) * ROW + 8];
    group.append(entry.hole === undefined ? sample(entry, x, y) : hatched(entry.hole, x, y));
    const size = Math.min(12, (12 * (each - 32)) / widthOf(entry.text, 12)); // long ones smaller, on narrow screens
    group.append(
      svgText(runs(entry.text), {
        x: x + 28,
        y: y + 4,
        "font-size": size.toFixed(1),
        fill: entry.isDrawn ? INK : SOFT,
      }),
    );
  });
  return group;
}

function hatched(code, x, y) {
  const group = svg("g", {}, svg("rect", { x, y: y - 6, width: 20, height: 12, fill: "#f3f3f1" }));
  const { isInk, ink } = hatch(code);
  for (let j = 0; j < 12; j++)
    for (let i = 0; i < 20; i++) {
      if (isInk(2 * i, 2 * j))
        group.append(svg("rect", { x: x + i, y: y - 6 + j, width: 1, height: 1, fill: `rgb(${ink})` }));
    }
  return group;
}

function footOf({ width, height, foot }) {
  const group = svg("g", { fill: SOFT, "font-size": 9.5 });
  foot.forEach((row, i) =>
    group.append(svg("text", { x: width - 8, y: height - 6 - 13 * (foot.length - 1 - i), "text-anchor": "end" }, row)),
  );
  return group;
}

// The colours lie below the SVG, as pixels of the screen
export function paintBelow(canvas, scene, { left, top, plotWidth, plotHeight }, palette, ratio) {
  canvas.hidden = !scene.shown;
  if (!scene.shown) return;
  paint(canvas, scene, Math.round(plotWidth * ratio), Math.round(plotHeight * ratio), palette);
  Object.assign(canvas.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${plotWidth}px`,
    height: `${plotHeight}px`,
  });
}

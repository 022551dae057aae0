// What a picture has, as numbers: colours, regions and lines on the unit square, the entries of the legend.
import { colours, isSilent, allows, withLevel } from "./constraints.js";
import { isolines, region } from "./contours.js";
import { COUNT } from "./state.js";
import { OK } from "./store.js";

const DASHES = [null, "8 3 2 3", "2 3", "8 3 2 3 2 3"]; // of a target at several values; projections are dashed

export async function sceneOf(state) {
  const { store, x, y, at } = state;
  const planes = new Map(); // observable, and where it lies if elsewhere than the sliders say -> plane
  const plane = (o, more = {}) => {
    const key = JSON.stringify([o, more]);
    if (!planes.has(key)) planes.set(key, store.plane(o, x, y, { ...at, ...more }));
    return planes.get(key);
  };
  const constraints = state.constraints();
  const hues = colours(constraints, state.info.palette);
  const [shown, layers, curves] = await Promise.all([
    shownOf(state, plane, constraints),
    Promise.all(constraints.map((c, i) => layerOf(state, plane, c, hues[i]))),
    Promise.all(state.curves.filter((o) => state.isCurve(o)).map((o) => curveOf(state, plane, o))),
  ]);
  const values = await Promise.all(constraints.map((c) => plane(c.observable)));
  const published = state.info.limits
    .filter((l) => state.published.includes(l.name) && x === "m_X" && y === "g_X")
    .map((l) => publishedOf(state, l));
  const free = state.info.palette.filter((hue) => !hues.includes(hue)).reverse();
  const lines = [...curves, ...published].map((line, i) => ({ ...line, colour: free[i % free.length] ?? "#000000" }));
  const statements = constraints.map((constraint, i) => ({ constraint, colour: hues[i], plane: values[i] }));
  return { state, x: state.scales[x], y: state.scales[y], shown, layers: [...layers.flat(), ...lines], statements };
}

async function shownOf(state, plane, constraints) {
  if (state.colour === COUNT)
    return counted(await Promise.all(limitsOf(constraints).map(async (c) => [c, await plane(c.observable)])), state);
  if (!state.colour) return null;
  const { z, code } = await plane(state.colour);
  const found = {
    z,
    code,
    observable: state.colour,
    label: state.store.label(state.colour),
    unit: state.store.unit(state.colour),
  };
  return { ...found, meaning: (c) => state.store.meaning(state.colour, c), ...range(z) };
}

export const limitsOf = (constraints) => constraints.filter((c) => c.kind === "limit");

// How many limits exclude each point. Where none does, and one has no value and was searched, nothing is known
function counted(limits, state) {
  const { x, y, store } = state;
  const size = store.coords[x].length * store.coords[y].length;
  const z = new Float64Array(size);
  const code = new Uint8Array(size).fill(OK);
  for (const [constraint, plane] of limits) {
    for (let i = 0; i < size; i++) {
      const value = plane.z[i];
      if (value !== value) {
        if (code[i] === OK && !isSilent(constraint, plane.code[i])) code[i] = plane.code[i];
      } else if (!allows(constraint, value)) z[i] += 1;
    }
  }
  for (let i = 0; i < size; i++) {
    if (z[i] > 0) code[i] = OK;
    else if (code[i] !== OK) z[i] = NaN;
  }
  const meaning = (c) => store.meaning(limits[0][0].observable, c);
  return {
    z,
    code,
    isCount: true,
    observable: COUNT,
    label: "limits that exclude",
    unit: "1",
    meaning,
    low: 0,
    high: limits.length,
    isLog: false,
  };
}

function range(z) {
  let [low, high] = [Infinity, -Infinity];
  for (const v of z) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return { low, high, isLog: low > 0 && high > 20 * low };
}

// What spans decades is interpolated in its logarithm; where that cannot be, linear near zero and logarithmic far away
function straightened({ z, nx, ny }, edge) {
  if (z.every((v) => !(v <= 0))) return { z: z.map(Math.log), nx, ny, at: (v) => (v > 0 ? Math.log(v) : -Infinity) };
  const straight = (v) => Math.asinh(v / (Math.abs(edge) || 1));
  return { z: z.map(straight), nx, ny, at: straight };
}

// Regions, and edges with what is excluded on their right
async function layerOf(state, plane, constraint, colour) {
  const { kind, name, observable, hatch } = constraint;
  const common = { colour, name, kind, observable, hatch, text: withLevel(constraint) };
  if (typeof constraint.target === "number") return targetLines(state, plane, constraint, common);
  const { z, nx, ny, at } = straightened(await plane(observable), constraint.upper ?? constraint.lower);
  const placed = (lines) => lines.map((line) => place(state, line));
  const ends = [
    ["lower", true],
    ["upper", false],
  ].filter(([end]) => typeof constraint[end] === "number");
  const levels = ends
    .map(([end, below]) => ({ level: at(constraint[end]), below }))
    .filter(({ level }) => level > -Infinity);
  const edge = ({ level, below }) => isolines(z, nx, ny, level).map((line) => (below ? line.reverse() : line));
  const lines = placed(levels.flatMap(edge));
  if (kind === "projection") return { ...common, fill: [], lines };
  if (kind === "hint") return { ...common, fill: placed(inside(z, nx, ny, levels)), lines };
  const fill = placed(levels.flatMap(({ level, below }) => region(z, nx, ny, level, below)));
  return { ...common, fill, lines, text: `excluded by ${common.text}` };
}

// Above the lower end and not above the upper one: rings of both, by the even-odd rule
function inside(z, nx, ny, levels) {
  const from = levels.find(({ below }) => below) ?? { level: -Number.MAX_VALUE };
  const to = levels.find(({ below }) => !below);
  return [...region(z, nx, ny, from.level), ...(to ? region(z, nx, ny, above(to.level)) : [])];
}

function place(state, line) {
  const [sx, sy] = [state.scales[state.x], state.scales[state.y]];
  return line.map(([i, j]) => [sx.between(i), sy.between(j)]);
}

const above = (level) => level + Math.abs(level) * 1e-12 + Number.MIN_VALUE; // its own edge is inside

// The lines on which an observable has its target: one for each value that `lines` has of an axis
async function targetLines(state, plane, constraint, common) {
  const others = Object.entries(state.lines).filter(([axis]) => state.store.dims(constraint.observable).includes(axis));
  const places = others.flatMap(([axis, values]) => values.map((value) => ({ axis, value })));
  return Promise.all(
    (places.length ? places : [null]).map(async (where, k) => {
      const more = where ? { [where.axis]: state.nearest(where.axis, where.value) } : {};
      const { z, nx, ny, at } = straightened(await plane(constraint.observable, more), constraint.target);
      const lines = isolines(z, nx, ny, at(constraint.target)).map((line) => place(state, line));
      const text = where ? `${constraint.label}: ${state.store.label(where.axis)} = ${where.value}` : constraint.label;
      return { ...common, kind: "target", fill: [], lines, dash: DASHES[k % DASHES.length], text };
    }),
  );
}

async function curveOf(state, plane, observable) {
  const { z, nx } = await plane(observable);
  const values = Array.from(z.subarray(0, nx), (v, i) => [state.store.coords[state.x][i], v]);
  return {
    name: observable,
    kind: "curve",
    observable,
    fill: [],
    lines: through(state, values),
    text: state.store.label(observable),
  };
}

function publishedOf(state, limit) {
  const lines = through(
    state,
    limit.points.map(([m, g]) => [m, g ?? NaN]),
  );
  return {
    name: limit.name,
    kind: "curve",
    fill: [],
    lines,
    dash: "1 3",
    text: `${limit.label} (${limit.level}, published, no dark matter)`,
  };
}

// A curve through values, interrupted where there is none
function through(state, values) {
  const [sx, sy] = [state.scales[state.x], state.scales[state.y]];
  const lines = [[]];
  for (const [a, b] of values) {
    if (b > 0 || (sy.kind !== "log" && Number.isFinite(b))) lines.at(-1).push([sx.position(a), sy.position(b)]);
    else if (lines.at(-1).length) lines.push([]);
  }
  return lines.filter((line) => line.length > 1);
}

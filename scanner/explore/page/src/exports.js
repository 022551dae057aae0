// What leaves the page: links, commands, pictures and numbers; each says where it comes from.
import { COUNT } from "./state.js";
import { layoutOf, paintBelow, picture } from "./picture.js";
import { provenanceLines, shownObservables } from "./provenance.js";
import { svg } from "./dom.js";
import { withText } from "./png.js";

const WIDTH = 860; // of an exported picture, whatever the window
const RATIO = 2;

const word = (text) => (/^[\w@%+=:,./~-]+$/.test(text) ? text : `'${String(text).replaceAll("'", "'\\''")}'`);

// Axes on which something that is shown depends, with their values; those whose lines are drawn are among them
function at(state) {
  const used = state.used();
  return Object.entries(state.fixed()).filter(([axis]) => used.has(axis));
}

const observable = (state) => (state.colour && state.colour !== COUNT ? state.colour : null);

export function plotCommand(state) {
  const words = ["lmutau", "plot", state.info.path, "-x", state.x, "-y", state.y];
  if (observable(state)) words.push("--observable", observable(state));
  for (const [axis, value] of at(state)) words.push("--at", `${axis}=${value}`);
  for (const name of state.drawn) words.push("--constraint", name);
  for (const name of state.curves.filter((o) => state.isCurve(o))) words.push("--curve", name);
  return words.map(word).join(" ");
}

export function pointCommand(state, point) {
  const scan = JSON.parse(state.store.attrs.scan_file ?? "{}");
  const values = Object.entries({ ...scan.fixed, ...point }).map(([name, value]) => `${name}=${value ?? "None"}`);
  const bound = Object.entries(scan.bound ?? {}).map(([name, observable]) => `${name}=bound:${observable}`);
  const followed = JSON.parse(state.store.attrs.readings ?? "{}").name;
  return ["lmutau", "point", ...values, ...bound, ...(followed ? ["--readings", followed] : [])].map(word).join(" ");
}

export function python(state) {
  const text = (value) => (typeof value === "number" ? String(value) : JSON.stringify(value));
  const dict = (entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(", ")}}`;
  const lines = Object.entries(state.lines).map(([axis, values]) => [axis, `[${values.map(text).join(", ")}]`]);
  const lists = [
    `    at=${dict(at(state).map(([axis, value]) => [axis, text(value)]))},`,
    state.drawn.length ? `    constrain=${JSON.stringify(state.drawn).replaceAll(",", ", ")},` : null,
    lines.length ? `    lines=${dict(lines)},` : null,
    state.curves.length
      ? `    curves=${JSON.stringify(state.curves.filter((o) => state.isCurve(o))).replaceAll(",", ", ")},`
      : null,
  ];
  return [
    "import xarray as xr",
    "from scanner.view.plot import plot_map",
    "",
    `ds = xr.open_zarr(${JSON.stringify(state.info.path)})  # store ${state.store.attrs.id}`,
    `figure = plot_map(ds, ${JSON.stringify(state.x)}, ${JSON.stringify(state.y)}, ${observable(state) ? JSON.stringify(observable(state)) : "None"},`,
    ...lists.filter(Boolean),
    ")",
    'figure.savefig("plane.png", dpi=150)',
    "",
  ].join("\n");
}

export function svgFile(scene, palette, link) {
  const canvas = document.createElement("canvas");
  const layout = layoutOf(WIDTH, scene);
  paintBelow(canvas, scene, layout, palette, RATIO);
  const root = picture(scene, layout, palette, scene.shown ? canvas.toDataURL() : "none");
  root.prepend(svg("metadata", {}, provenanceLines(scene.state, link).join("\n")));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

export async function pngFile(scene, palette, link) {
  const { width, height } = layoutOf(WIDTH, scene);
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svgFile(scene, palette, link)], { type: "image/svg+xml" }));
  await new Promise((done, failed) =>
    Object.assign(image, { onload: done, onerror: () => failed(new Error("the picture cannot be drawn")), src: url }),
  );
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: width * RATIO, height: height * RATIO });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  const blob = await new Promise((done) => canvas.toBlob(done));
  return withText(
    new Uint8Array(await blob.arrayBuffer()),
    "Description",
    provenanceLines(scene.state, link).join("\n"),
  );
}

// A row for each point of the plane: values to the last bit, statuses as numbers
export async function csvFile(scene, link) {
  const { state } = scene;
  const { store, x, y } = state;
  const names = shownObservables(state);
  const planes = await Promise.all(names.map((o) => store.plane(o, x, y, state.at)));
  const counted = scene.shown?.isCount ? scene.shown : null;
  const meanings = names.length ? codes(store, names[0]) : "";
  const rows = provenanceLines(state, link).map((line) => `# ${line}`);
  const column = (n) => (["", "1"].includes(store.unit(n)) ? n : `${n} [${store.unit(n)}]`); // as other tables have it
  rows.push(`# units: ${[x, y, ...names].map(column).join(", ")}`, `# statuses: ${meanings}`);
  rows.push([x, y, ...names.flatMap((n) => [n, `${n}_status`]), ...(counted ? ["limits_that_exclude"] : [])].join(","));
  const number = (v) => (Number.isNaN(v) ? "nan" : String(v));
  store.coords[y].forEach((v, j) => {
    store.coords[x].forEach((u, i) => {
      const k = j * store.coords[x].length + i;
      const cells = planes.flatMap(({ z, code }) => [number(z[k]), code[k]]);
      rows.push([u, v, ...cells, ...(counted ? [number(counted.z[k])] : [])].join(","));
    });
  });
  return `${rows.join("\n")}\n`;
}

function codes(store, name) {
  const { flag_values, flag_meanings } = store.arrays[store.arrays[name].attrs.ancillary_variables].attrs;
  return flag_values.map((v, i) => `${v} ${flag_meanings.split(" ")[i]}`).join(", ");
}

export function save(content, type, name) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

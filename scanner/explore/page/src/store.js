// A store, read lazily: coordinates, planes and points of observables, with their statuses.
import * as zarr from "zarrita";
import { Cache } from "./cache.js";

export const OK = 1;

const isFamilyAxis = (dim) => dim.startsWith("observable_"); // of statuses in stores of earlier versions
// Of one plane: where it has more, a server of ours is asked, which reads it in one answer and decodes it in parallel
const FEW_CHUNKS = 100;
const FEW_POINTS = 1e7;

export async function openStore(files, server) {
  const root = await opened(files);
  const group = await zarr.open.v3(root, { kind: "group" });
  const store = new Store(group.attrs, server);
  for (const { path, kind } of root.contents()) {
    if (kind !== "array") continue;
    const name = path.slice(1);
    store.add(name, await zarr.open.v3(group.resolve(name), { kind: "array" }));
  }
  await store.readAxes();
  return store;
}

async function opened(files) {
  try {
    return await zarr.withConsolidatedMetadata(files, { format: "v3" });
  } catch (error) {
    if (!zarr.isZarritaError(error)) throw error;
    throw new Error("no store of lmutau is here, or one that is not complete: lmutau explore shows those, too");
  }
}

export class Store {
  arrays = {};
  coords = {};
  axes = []; // in the order of the scan file
  observables = [];
  #cache = new Cache();

  constructor(attrs, server) {
    this.attrs = attrs;
    this.server = server;
    this.isComplete = attrs.state === "complete" || attrs.state === undefined;
  }

  add(name, array) {
    const read = array.getChunk.bind(array);
    array.getChunk = (coords, options) => this.#cache.get(`${name}/${coords}`, () => read(coords, options));
    this.arrays[name] = array;
    if (array.attrs.ancillary_variables) this.observables.push(name);
  }

  async readAxes() {
    const isAxis = ([name, array]) => array.dimensionNames?.length === 1 && array.dimensionNames[0] === name;
    await Promise.all(
      Object.entries(this.arrays)
        .filter(isAxis)
        .map(async ([name, array]) => {
          this.coords[name] = Array.from((await this.#read(name, array.dimensionNames, () => null)).data);
        }),
    );
    const planned = Object.keys(JSON.parse(this.attrs.scan_file ?? "{}").axes ?? {});
    this.axes = Object.keys(this.coords)
      .filter((d) => !isFamilyAxis(d))
      .sort((a, b) => planned.indexOf(a) - planned.indexOf(b));
  }

  forget() {
    this.#cache.clear();
  }

  dims(observable) {
    return this.arrays[observable].dimensionNames;
  }

  isNumeric(axis) {
    return typeof this.coords[axis][0] === "number";
  }

  unit(name) {
    return this.arrays[name].attrs.units ?? "1";
  }

  label(name) {
    const { label, long_name } = this.arrays[name].attrs;
    return label || long_name || name;
  }

  meaning(observable, code) {
    const { flag_values, flag_meanings } = this.arrays[this.arrays[observable].attrs.ancillary_variables].attrs;
    const position = flag_values.indexOf(code);
    return position < 0 ? `unknown status ${code}` : flag_meanings.split(" ")[position].replaceAll("_", " ");
  }

  // Values and statuses on (y, x), also of what depends on one of them or on none; NaN where the status is not ok
  async plane(observable, x, y, at) {
    if (this.server && this.#isLarge(observable, x, y)) {
      const fixed = Object.fromEntries(this.#others(observable, x, y).map((d) => [d, this.coords[d][at[d]]]));
      const key = JSON.stringify([observable, x, y, fixed]);
      return (await this.#cache.get(key, () => this.server.plane(observable, x, y, fixed, this.#size(x, y)))).plane;
    }
    const pick = (dim) => (dim === x || dim === y ? null : at[dim]);
    const { nx, ny } = this.#size(x, y);
    const z = new Float64Array(nx * ny);
    spread(await this.#read(observable, this.dims(observable), pick), x, y, nx, ny, z);
    const code = new Uint8Array(nx * ny).fill(OK);
    // A value is there where the status is ok, and only there, once a store is complete
    if (!this.isComplete || z.some(Number.isNaN)) {
      spread(await this.#readStatus(observable, pick), x, y, nx, ny, code);
      for (let i = 0; i < z.length; i++) if (code[i] !== OK) z[i] = NaN;
    }
    return { z, code, nx, ny };
  }

  async value(observable, at) {
    const pick = (dim) => at[dim];
    const [value, code] = await Promise.all([
      this.#read(observable, this.dims(observable), pick),
      this.#readStatus(observable, pick),
    ]);
    return { value: code.data[0] === OK ? value.data[0] : NaN, code: code.data[0] };
  }

  #size(x, y) {
    return { nx: this.coords[x].length, ny: this.coords[y].length };
  }

  #others(observable, x, y) {
    return this.dims(observable).filter((d) => d !== x && d !== y);
  }

  #isLarge(observable, x, y) {
    const { shape, chunks } = this.arrays[observable];
    const along = (d, i) => (d === x || d === y ? Math.ceil(shape[i] / chunks[i]) : 1);
    const files = this.dims(observable).reduce((n, d, i) => n * along(d, i), 1);
    return files > FEW_CHUNKS || files * chunks.reduce((n, c) => n * c, 1) > FEW_POINTS;
  }

  #readStatus(observable, pick) {
    const name = this.arrays[observable].attrs.ancillary_variables;
    const dims = this.dims(name);
    return this.#read(name, dims, (d) => (isFamilyAxis(d) ? this.coords[d].indexOf(observable) : pick(d)));
  }

  async #read(name, dims, pick) {
    let found;
    try {
      found = dims.length ? await zarr.get(this.arrays[name], dims.map(pick)) : await this.arrays[name].getChunk([]);
    } catch (error) {
      throw new Error(`${name}: ${error.cause?.message ?? error.message}`, { cause: error });
    }
    const free = dims.filter((d) => pick(d) === null);
    return found?.data
      ? { data: found.data, stride: found.stride, dims: free }
      : { data: [found], stride: [], dims: [] };
  }
}

function spread({ data, stride, dims }, x, y, nx, ny, into) {
  const step = (dim) => (dims.includes(dim) ? stride[dims.indexOf(dim)] : 0);
  const [along, across] = [step(x), step(y)];
  for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) into[j * nx + i] = data[j * across + i * along];
}

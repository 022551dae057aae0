// What is shown, and the address that says so: in values, never in indices, so that a link means the same on another grid.
import { Scale } from "./scale.js";

export const COUNT = "count"; // as colours: how many of the drawn limits exclude a point

const list = (text) => text.split(",").filter(Boolean);

export class State {
  constructor(store, info) {
    this.store = store;
    this.info = info;
    this.notices = [];
    const scan = JSON.parse(store.attrs.scan_file ?? "{}");
    this.plot = scan.plot ?? {};
    this.numeric = store.axes.filter((a) => store.isNumeric(a) && store.coords[a].length > 1);
    this.scales = Object.fromEntries(this.numeric.map((a) => [a, new Scale(store.coords[a], a)]));
  }

  read(hash) {
    const given = new URLSearchParams(hash.replace(/^#/, ""));
    this.notices = [];
    this.#readPlane(given);
    const has = (o) => this.store.observables.includes(o);
    const c = given.get("c") ?? this.plot.observable ?? "";
    this.colour = c === COUNT || c === "" || has(c) ? c : this.#lacking(c, "observable");
    this.set = this.#readSet(given.get("set"));
    this.drawn = this.#readDrawn(given.get("draw"));
    const curves = given.has("curves") ? list(given.get("curves")) : this.#isPlot() ? (this.plot.curves ?? []) : [];
    this.curves = curves.filter((o) => has(o) || this.#lacking(o, "observable"));
    this.published = list(given.get("published") ?? "").filter((name) => this.info.limits.some((l) => l.name === name));
    this.#readValues(given);
    this.lines = this.#readLines(given);
    this.point = this.#readPoint(given.get("point"));
  }

  write() {
    const said = new URLSearchParams({
      x: this.x,
      y: this.y,
      c: this.colour,
      set: this.set,
      draw: this.drawn.join(","),
    });
    said.set("curves", this.curves.join(","));
    said.set("published", this.published.join(","));
    for (const axis of this.otherAxes()) said.set(`at.${axis}`, this.valueAt(axis));
    for (const [axis, values] of Object.entries(this.lines)) said.set(`lines.${axis}`, values.join(","));
    if (this.point) said.set("point", JSON.stringify(this.point));
    return `#${said.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
  }

  valueAt(axis) {
    return this.store.coords[axis][this.at[axis]];
  }

  otherAxes() {
    return this.store.axes.filter((a) => a !== this.x && a !== this.y);
  }

  fixed() {
    return Object.fromEntries(this.otherAxes().map((a) => [a, this.valueAt(a)]));
  }

  // Constraints that are drawn, as the table has them
  constraints() {
    return this.drawn.map((name) => this.info.constraints[name]);
  }

  isThere(name) {
    const constraint = this.info.constraints[name];
    return constraint !== undefined && this.store.observables.includes(constraint.observable);
  }

  // An observable that is a value of y for every x: a limit on a coupling, or the relic line
  isCurve(observable) {
    const dims = this.store.dims(observable);
    const names = observable.endsWith(`_${this.y}`) || observable.startsWith(`${this.y}_`);
    return (
      names &&
      dims.includes(this.x) &&
      !dims.includes(this.y) &&
      this.store.unit(observable) === this.store.unit(this.y)
    );
  }

  // Axes on which something that is shown depends
  used() {
    return new Set([...this.#axesOf(this.constraints()), ...this.usedOnce()]);
  }

  // Those of them at whose one value it is shown: lines of a target may be drawn at several
  usedOnce() {
    const others = this.constraints().filter((c) => typeof c.target !== "number");
    const lines = this.#axesOf(this.constraints()).filter((axis) => !(axis in this.lines));
    const rest = [this.colour, ...this.curves].filter((o) => this.store.observables.includes(o));
    return new Set([...this.#axesOf(others), ...lines, ...rest.flatMap((o) => this.store.dims(o))]);
  }

  #axesOf(constraints) {
    return constraints.flatMap((c) => this.store.dims(c.observable));
  }

  #readPlane(given) {
    const axis = (key, others) => {
      const wanted = given.get(key) ?? this.plot[key];
      if (this.numeric.includes(wanted) && !others.includes(wanted)) return wanted;
      if (given.has(key)) this.#lacking(wanted, "axis of several numbers for the plane");
      return this.numeric.find((a) => !others.includes(a));
    };
    this.x = axis("x", []);
    this.y = axis("y", [this.x]);
  }

  #isPlot() {
    return this.x === this.plot.x && this.y === this.plot.y;
  }

  #readSet(wanted) {
    const { sets } = this.info;
    const followed = JSON.parse(this.store.attrs.readings ?? "{}").name;
    return [wanted, followed, "current"].find((name) => name in sets) ?? Object.keys(sets)[0];
  }

  #readDrawn(wanted) {
    const names = wanted !== null ? list(wanted) : (this.plot.constraints ?? this.info.sets[this.set].constraints);
    const isKnown = (name) =>
      this.isThere(name) || (wanted !== null && this.#lacking(name, "constraint with an observable of this store"));
    return names.filter(isKnown);
  }

  #readValues(given) {
    this.at = {};
    for (const axis of this.store.axes) {
      const text = given.get(`at.${axis}`);
      const wanted = text ?? this.plot.at?.[axis];
      const values = this.store.coords[axis];
      this.at[axis] =
        wanted === undefined
          ? this.store.isNumeric(axis)
            ? values.length >> 1
            : 0
          : this.nearest(axis, wanted, text !== null);
    }
  }

  // The grid point nearest to a value; a notice where it is another one
  nearest(axis, wanted, isAsked = false) {
    const values = this.store.coords[axis];
    if (!this.store.isNumeric(axis)) {
      const found = values.indexOf(String(wanted));
      if (found < 0) this.notices.push(`${axis} has no ${wanted}; ${values[0]} is shown`);
      return Math.max(found, 0);
    }
    const value = Number(wanted);
    if (wanted === "" || !Number.isFinite(value)) {
      this.notices.push(`${axis} = ${wanted} is not a number; ${values[0]} is shown`);
      return 0;
    }
    const distances = values.map((v) => Math.abs(v - value));
    const found = distances.indexOf(Math.min(...distances));
    if (isAsked && distances[found] > 1e-12 * Math.abs(value)) {
      this.notices.push(`the grid has no ${axis} = ${value}; ${values[found]}, the nearest, is shown`);
    }
    return found;
  }

  #readLines(given) {
    const lines = {};
    const inAddress = [...given.keys()].some((key) => key.startsWith("lines.") || key === "draw");
    for (const axis of this.otherAxes()) {
      const text = given.get(`lines.${axis}`);
      const wanted = text !== null ? list(text) : inAddress ? [] : (this.plot.lines?.[axis] ?? []);
      const values = wanted.map((v) => this.store.coords[axis][this.nearest(axis, v, text !== null)]);
      if (values.length) lines[axis] = [...new Set(values)];
    }
    return lines;
  }

  #readPoint(text) {
    if (!text) return null;
    try {
      const point = JSON.parse(text);
      if (this.store.axes.every((a) => typeof point[a] === typeof this.store.coords[a][0])) return point;
    } catch {
      // said below
    }
    this.notices.push("the address has a point that is none; choose one");
    return null;
  }

  #lacking(name, what) {
    this.notices.push(`${name}: no ${what}; it is left out`);
    return "";
  }
}

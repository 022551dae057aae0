// lmutau explore: a page that reads a store by itself.
import { controls } from "./controls.js";
import { byId, html } from "./dom.js";
import { csvFile, plotCommand, pngFile, python, save, svgFile } from "./exports.js";
import { embedded, remote } from "./files.js";
import { layoutOf, paintBelow, picture } from "./picture.js";
import { fields, hover, table, valuesAt } from "./point.js";
import { rgb } from "./raster.js";
import { sceneOf } from "./scene.js";
import { Server } from "./server.js";
import { State } from "./state.js";
import { openStore } from "./store.js";

const WATCH = 5000; // ms between looks at a scan that is running

class Explorer {
  scene = null;
  layout = null;
  cursor = null; // [i, j], of the keyboard or the pointer
  turn = 0; // of drawing: what was overtaken is not drawn

  constructor(store, info) {
    this.store = store;
    this.palette = info.viridis.map(rgb);
    this.state = new State(store, info);
    this.state.copy = copy;
  }

  async start() {
    document.title = `${this.store.attrs.title ?? "a scan"}: lmutau explore`;
    byId("badge").hidden = this.store.isComplete;
    this.listen();
    await this.follow();
    if (!this.store.isComplete) setTimeout(() => this.watch(), WATCH);
  }

  // What the address says
  async follow() {
    this.state.read(location.hash);
    if (!this.state.y) throw new Error("this store has no plane: it needs two axes of several numbers");
    this.panel();
    await this.draw();
    if (this.state.point) await this.showPoint(this.state.point);
  }

  panel(focus) {
    const change = (rebuild, id) => {
      if (rebuild) this.panel(id ?? document.activeElement?.id);
      this.draw();
    };
    const open = [...byId("panel").querySelectorAll("details[open]")].length > 0;
    byId("panel").replaceChildren(...controls(this.state, change));
    if (open)
      byId("panel")
        .querySelectorAll("details")
        .forEach((d) => (d.open = true));
    if (focus) byId(focus)?.focus();
  }

  async draw() {
    const turn = ++this.turn;
    const begun = performance.now();
    const pending = setTimeout(() => (byId("busy").hidden = false), 200);
    try {
      const scene = await sceneOf(this.state);
      if (turn !== this.turn) return;
      this.scene = scene;
      this.render();
      say(this.state.notices.join("; "), "notice");
      say("", "error");
    } catch (error) {
      if (turn === this.turn) say(error.message, "error");
      else return;
    } finally {
      clearTimeout(pending);
      if (turn === this.turn) byId("busy").hidden = true;
    }
    history.replaceState(null, "", this.state.write());
    byId("command").textContent = plotCommand(this.state);
    byId("python").textContent = python(this.state);
    this.drawn = { turn, milliseconds: performance.now() - begun };
  }

  render() {
    const box = byId("picture");
    const width = Math.max(300, Math.floor(box.clientWidth));
    this.layout = layoutOf(width, this.scene);
    paintBelow(byId("colours"), this.scene, this.layout, this.palette, Math.min(2, window.devicePixelRatio || 1));
    box.querySelector("svg")?.remove();
    const svg = picture(this.scene, this.layout, this.palette);
    svg.setAttribute("aria-hidden", "true");
    box.append(svg);
    this.mark();
  }

  // Cross on the chosen point, where it lies in this plane
  mark() {
    const { left, top, plotWidth, plotHeight } = this.layout;
    const [marker, { point, x, y }] = [byId("marker"), this.state];
    const [u, v] = point ? [this.scene.x.position(point[x]), this.scene.y.position(point[y])] : [NaN, NaN];
    marker.hidden = !(u >= -1e-9 && u <= 1 + 1e-9 && v >= -1e-9 && v <= 1 + 1e-9);
    if (!marker.hidden)
      Object.assign(marker.style, { left: `${left + u * plotWidth}px`, top: `${top + (1 - v) * plotHeight}px` });
  }

  cellAt(event) {
    if (!this.scene) return null;
    const { left, top, plotWidth, plotHeight } = this.layout;
    const box = byId("picture").getBoundingClientRect();
    const [u, v] = [(event.clientX - box.left - left) / plotWidth, 1 - (event.clientY - box.top - top) / plotHeight];
    return u < 0 || u > 1 || v < 0 || v > 1 ? null : [this.scene.x.nearest(u), this.scene.y.nearest(v)];
  }

  showTip(cell, isSpoken) {
    const tip = byId("tip");
    this.cursor = cell ?? this.cursor;
    tip.hidden = !cell;
    if (!cell) return;
    const lines = hover(this.scene, ...cell).map((line) => html("div", {}, ...line.filter((part) => part !== null)));
    tip.replaceChildren(...lines);
    if (isSpoken) byId("spoken").textContent = tip.textContent;
    const { left, top, plotWidth, plotHeight, width, narrow } = this.layout;
    const [x, y] = [
      left + this.scene.x.positions[cell[0]] * plotWidth,
      top + (1 - this.scene.y.positions[cell[1]]) * plotHeight,
    ];
    const isRight = x > width / 2;
    const beside = {
      left: isRight ? "auto" : `${x + 14}px`,
      right: isRight ? `${width - x + 14}px` : "auto",
      top: `${Math.max(0, y - 10)}px`,
    };
    Object.assign(tip.style, narrow ? { left: "6px", right: "6px", top: `${top + plotHeight + 42}px` } : beside);
    Object.assign(byId("dot").style, { left: `${x}px`, top: `${y}px` });
    byId("dot").hidden = false;
  }

  pick([i, j]) {
    const { x, y, store, at } = this.state;
    const point = Object.fromEntries(store.axes.map((a) => [a, store.coords[a][at[a]]]));
    return this.choose({ ...point, [x]: this.scene.x.values[i], [y]: this.scene.y.values[j] });
  }

  async choose(point) {
    this.state.point = point;
    history.replaceState(null, "", this.state.write());
    this.mark();
    await this.showPoint(point);
  }

  async showPoint(point) {
    const begun = performance.now();
    const head = fields(this.state, point, (changed) => this.choose(changed));
    try {
      const found = await valuesAt(this.state, point);
      if (this.state.point === point) byId("point").replaceChildren(head, ...table(this.state, point, found));
    } catch (error) {
      byId("point").replaceChildren(head, html("p", { class: "error", role: "alert" }, error.message));
    }
    this.told = { point, milliseconds: performance.now() - begun };
  }

  listen() {
    const box = byId("picture");
    box.addEventListener("pointermove", (event) => this.showTip(this.cellAt(event)));
    box.addEventListener("pointerleave", () => this.hideTip());
    box.addEventListener("blur", () => this.hideTip());
    box.addEventListener("click", (event) => {
      const cell = this.cellAt(event);
      if (cell) this.pick(cell);
    });
    box.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.follow());
    new ResizeObserver(
      () => this.scene && this.layout?.width !== Math.max(300, Math.floor(box.clientWidth)) && this.render(),
    ).observe(box);
    const link = () => new URL(this.state.write(), location.href).href;
    const on = (id, act) =>
      byId(id).addEventListener("click", async (event) => {
        try {
          await act(event.target);
        } catch (error) {
          say(error.message, "error");
        }
      });
    on("copy-link", (button) => copy(link(), button));
    on("copy-command", (button) => copy(plotCommand(this.state), button));
    on("copy-python", (button) => copy(python(this.state), button));
    on("save-svg", () => save(svgFile(this.scene, this.palette, link()), "image/svg+xml", "plane.svg"));
    on("save-png", async () => save(await pngFile(this.scene, this.palette, link()), "image/png", "plane.png"));
    on("save-csv", async () => save(await csvFile(this.scene, link()), "text/csv", "plane.csv"));
  }

  hideTip() {
    byId("tip").hidden = true;
    byId("dot").hidden = true;
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const [nx, ny] = [this.scene.x.values.length, this.scene.y.values.length];
    const [i, j] = this.cursor ?? [nx >> 1, ny >> 1];
    if (event.key in steps) {
      const far = event.shiftKey ? 5 : 1;
      const [di, dj] = steps[event.key];
      const inside = (k, n) => Math.max(0, Math.min(n - 1, k));
      this.showTip([inside(i + far * di, nx), inside(j + far * dj, ny)], true);
    } else if (event.key === "Enter" || event.key === " ") this.pick([i, j]);
    else if (event.key === "Escape") return this.hideTip();
    else return;
    event.preventDefault();
  }

  async watch() {
    try {
      const response = await fetch(new URL("zarr.json", storeAddress(this.state.info)), { cache: "no-store" });
      this.store.isComplete = (await response.json()).attributes.state === "complete";
    } catch {
      // the next picture says that nobody answers
    }
    this.store.forget();
    await this.draw();
    byId("badge").hidden = this.store.isComplete;
    byId("badge-time").textContent = new Date().toLocaleTimeString();
    if (!this.store.isComplete) setTimeout(() => this.watch(), WATCH);
  }
}

async function copy(text, button) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    window.prompt("Copy this:", text); // without HTTPS some browsers have no clipboard
  }
  setTimeout(() => (button.textContent = said), 1500);
}

function say(text, id) {
  byId(id).textContent = text;
  byId(id).hidden = !text;
}

const storeAddress = (info) => new URL(info.store, location.href.split(/[?#]/)[0]);

async function start() {
  try {
    const info = JSON.parse(byId("info").textContent);
    const inside = byId("archive");
    const files = inside ? embedded(JSON.parse(inside.textContent)) : remote(storeAddress(info).href);
    const store = await openStore(files, info.computes ? new Server(location.href) : null);
    const explorer = new Explorer(store, info);
    window.lmutau = explorer; // for the browser's console, and for tests
    await explorer.start();
    byId("main").setAttribute("aria-busy", "false");
  } catch (error) {
    say(error.message, "error");
  }
}

start();

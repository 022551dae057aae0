// One point: every observable, what the constraints say of it, and the command that computes it again.
import { excess, hardest, minusTwoLnL, verdict } from "./constraints.js";
import { html, rich, richUnit } from "./dom.js";
import { pointCommand } from "./exports.js";
import { OK } from "./store.js";
import { readable } from "./scale.js";

const KNOWN = 1e-12; // of a value: as near is the same point

// Values and statuses at a point: from the store, or computed where the grid does not have it
export async function valuesAt(state, point) {
  const { store } = state;
  const at = {};
  for (const axis of store.axes) {
    const index = state.nearest(axis, point[axis]);
    const value = store.coords[axis][index];
    if (value !== point[axis] && !(Math.abs(value - point[axis]) <= KNOWN * Math.abs(value)))
      return computed(state, point, axis);
    at[axis] = index;
  }
  const found = await Promise.all(store.observables.map(async (o) => [o, await store.value(o, at)]));
  return { values: Object.fromEntries(found), source: "as stored" };
}

async function computed(state, point, axis) {
  if (!state.store.server) {
    throw new Error(
      `the grid has no ${axis} = ${point[axis]}, and nobody is here to compute it: lmutau explore on a store of this machine is`,
    );
  }
  const answer = await state.store.server.point(point);
  const values = Object.fromEntries(
    Object.entries(answer.values).map(([o, [value, code]]) => [o, { value: value ?? NaN, code }]),
  );
  return { values, source: `computed now${answer.note ? `; ${answer.note}` : ""}`, lacking: answer.lacking };
}

function statements(state, values) {
  return Object.values(state.info.constraints)
    .filter((c) => c.observable in values)
    .map((constraint) => {
      const { value, code } = values[constraint.observable];
      return { constraint, value, code, verdict: verdict(constraint, value, code) };
    });
}

export function table(state, point, { values, source, lacking }) {
  const said = statements(state, values);
  const set = state.info.sets[state.set];
  const counted = said.filter(({ constraint }) => set.constraints.includes(constraint.name));
  const excluding = counted.filter((s) => s.verdict === "excluded");
  const rows = state.store.observables
    .filter((o) => o in values)
    .map((o) =>
      row(
        state,
        o,
        values[o],
        said.filter((s) => s.constraint.observable === o),
        set,
      ),
    );
  const head = ["observable", "value", "status", "constraints", "source"].map((text) =>
    html("th", { scope: "col" }, text),
  );
  const caption = html("caption", {}, `Observables at this point, ${source}`);
  return [
    summary(state, counted, excluding),
    lacking?.length
      ? html("p", { class: "note" }, `not computed here, for want of parameters or plugins: ${lacking.join(", ")}`)
      : null,
    command(state, point),
    html(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "table of observables" },
      html("table", {}, caption, html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...rows)),
    ),
  ].filter(Boolean);
}

function summary(state, counted, excluding) {
  const most = hardest(excluding);
  const unknown = counted.filter((s) => s.verdict === "no statement").map((s) => s.constraint);
  const list = (items, label) => items.flatMap((item, i) => [i ? ", " : "", rich(label(item))]);
  const verdictLine = most
    ? html(
        "p",
        { class: "verdict excluded" },
        html("b", {}, "Excluded"),
        " by ",
        rich(most.constraint.label),
        factor(most),
        excluding.length > 1 ? " most of all; also by " : "",
        ...list(
          excluding.filter((s) => s !== most),
          (s) => s.constraint.label,
        ),
      )
    : html("p", { class: "verdict" }, html("b", {}, "Not excluded"), ` by what this store has of the set ${state.set}`);
  if (!unknown.length) return verdictLine;
  return html(
    "div",
    {},
    verdictLine,
    html("p", { class: "note" }, "without a value: ", ...list(unknown, (c) => c.label)),
  );
}

function factor({ constraint, value }, isShort = false) {
  const times = excess(constraint, value);
  const m2lnL = minusTwoLnL(constraint, value);
  const parts = [];
  if (times > 1 && Number.isFinite(times)) parts.push(`${readable(times, 3)} times the limit`);
  if (Number.isFinite(m2lnL) && !isShort)
    parts.push(`−2 ln L = ${readable(m2lnL, 3)}${constraint.approximate ? ", approximate" : ""}`);
  return parts.length ? ` (${parts.join(", ")})` : "";
}

const SIGNS = { excluded: "✕", allowed: "✓", preferred: "★", "not preferred": "☆", reachable: "◌" };

function row(state, observable, { value, code }, said, set) {
  const { store } = state;
  const isCounted = (s) => set.constraints.includes(s.constraint.name);
  const kind = said.some((s) => isCounted(s) && s.verdict === "excluded") ? "bad" : "";
  const words = said
    .filter((s) => isCounted(s) || set.beside.includes(s.constraint.name))
    .map((s) =>
      html(
        "div",
        {
          class: s.verdict.replaceAll(" ", "-"),
          title: `${s.constraint.name}: ${s.constraint.interval}; ${s.constraint.reference}`,
        },
        `${SIGNS[s.verdict] ?? "·"} ${s.verdict}: `,
        rich(s.constraint.label),
        s.verdict === "excluded" ? factor(s, true) : "",
        isCounted(s) ? "" : " (beside)",
      ),
    );
  return html(
    "tr",
    { class: kind },
    html(
      "th",
      {
        scope: "row",
        title: `${observable}: ${store.arrays[observable].attrs.description ?? ""} (${store.arrays[observable].attrs.references ?? ""})`,
      },
      rich(store.label(observable)),
      html("code", {}, observable),
    ),
    html(
      "td",
      { class: "number" },
      code === OK ? readable(value, 7) : "—",
      " ",
      code === OK ? richUnit(store.unit(observable)) : null,
    ),
    html("td", {}, store.meaning(observable, code)),
    html("td", {}, ...words),
    html("td", { class: "source" }, store.arrays[observable].attrs.references ?? ""),
  );
}

function command(state, point) {
  const text = pointCommand(state, point);
  const copy = html(
    "button",
    { type: "button", id: "copy-point", onclick: (event) => state.copy(text, event.target) },
    "copy",
  );
  return html("div", { class: "command" }, html("code", { id: "point-command" }, text), copy);
}

// Fields for the values of a point: typed values need not be on the grid where a server computes
export function fields(state, point, choose) {
  const { store } = state;
  const inputs = store.axes.map((axis) => {
    const id = `point-${axis}`;
    const change = (event) =>
      choose({ ...point, [axis]: store.isNumeric(axis) ? Number(event.target.value) : event.target.value });
    const input = store.isNumeric(axis)
      ? html("input", { id, type: "text", inputmode: "decimal", value: point[axis], onchange: change })
      : html(
          "select",
          { id, onchange: change },
          ...store.coords[axis].map((v) => html("option", { value: v, selected: v === point[axis] }, v)),
        );
    return html(
      "div",
      { class: "field" },
      html("label", { for: id }, rich(store.label(axis)), " ", richUnit(store.unit(axis))),
      input,
    );
  });
  return html("div", { class: "fields" }, ...inputs);
}

// Value and statement of all that is drawn at a grid point, for the pointer and the keyboard
export function hover(scene, i, j) {
  const { state, shown } = scene;
  const { store } = state;
  const k = j * scene.x.values.length + i;
  const lines = [
    [
      [state.x, scene.x.values[i]],
      [state.y, scene.y.values[j]],
    ].flatMap(([a, v], n) => [n ? ", " : "", rich(store.label(a)), ` = ${readable(v)} `, richUnit(store.unit(a))]),
  ];
  if (shown) {
    const value = Number.isNaN(shown.z[k]) ? shown.meaning(shown.code[k]) : readable(shown.z[k]);
    lines.push([
      html(
        "b",
        {},
        rich(shown.label),
        shown.isCount ? `: ${value}` : ` = ${value} `,
        Number.isNaN(shown.z[k]) ? null : richUnit(shown.unit),
      ),
    ]);
  }
  for (const { constraint, plane } of scene.statements) {
    const value = plane.z[k];
    const what = Number.isNaN(value) ? store.meaning(constraint.observable, plane.code[k]) : readable(value, 4);
    const word = verdict(constraint, value, plane.code[k]);
    lines.push([`${SIGNS[word] ?? "·"} `, rich(constraint.label), `: ${word} (${what})`]);
  }
  return lines;
}

// The panel: what is drawn, and where. Native controls with labels; nothing is rebuilt while a slider moves.
import { html, rich, richUnit } from "./dom.js";
import { plain, runs } from "./labels.js";
import { colours } from "./constraints.js";
import { readable } from "./scale.js";
import { COUNT } from "./state.js";

// change(rebuild): what is shown has changed; the panel, too, if rebuild
export function controls(state, change) {
  return [planeOf(state, change), axesOf(state, change), constraintsOf(state, change), curvesOf(state, change)].filter(
    Boolean,
  );
}

function section(title, ...children) {
  return html("section", { class: "group" }, html("h2", {}, title), ...children);
}

function select(id, label, options, value, choose) {
  const items = options.map(([key, text]) => html("option", { value: key, selected: key === value }, text));
  const box = html("select", { id, onchange: (event) => choose(event.target.value) }, ...items);
  return html("div", { class: "field" }, html("label", { for: id }, label), box);
}

const named = (store, name) => {
  const label = store.label(name);
  const isPlain = runs(label).every((run) => !run.shift); // an option has no subscripts
  return isPlain && label !== name.replaceAll("_", " ") ? `${name} · ${plain(label)}` : name;
};

function planeOf(state, change) {
  const { store } = state;
  const axis = (key) => (name) => {
    if (name === state.x || name === state.y) [state.x, state.y] = [state.y, state.x];
    else state[key] = name;
    state.lines = Object.fromEntries(Object.entries(state.lines).filter(([a]) => a !== state.x && a !== state.y));
    change(true);
  };
  const axes = state.numeric.map((a) => [a, named(store, a)]);
  const inPlane = store.observables.filter((o) => store.dims(o).some((d) => d === state.x || d === state.y));
  const others = [
    ["", "nothing"],
    [COUNT, "how many limits exclude"],
  ];
  const colour = (name) => {
    state.colour = name;
    change(true);
  };
  return section(
    "Plane",
    html(
      "div",
      { class: "pair" },
      select("x", "across", axes, state.x, axis("x")),
      select("y", "up", axes, state.y, axis("y")),
    ),
    select("c", "colours", [...others, ...inPlane.map((o) => [o, named(store, o)])], state.colour, colour),
  );
}

function axesOf(state, change) {
  const used = state.used();
  const several = state.otherAxes().filter((a) => state.store.coords[a].length > 1);
  if (!several.length) return null;
  return section(
    "Held",
    ...several.map((a) => (state.store.isNumeric(a) ? slider : buttons)(state, a, used.has(a), change)),
  );
}

function nameOf(state, axis, isUsed) {
  return [rich(state.store.label(axis)), isUsed ? null : html("span", { class: "idle-note" }, " (not used)")];
}

function slider(state, axis, isUsed, change) {
  const { store } = state;
  const values = store.coords[axis];
  const unit = store.unit(axis);
  const spoken = () => `${readable(state.valueAt(axis))}${unit === "1" ? "" : ` ${unit}`}`;
  const output = html("output", { for: `at-${axis}` }, readable(state.valueAt(axis)));
  const range = html("input", {
    type: "range",
    id: `at-${axis}`,
    min: 0,
    max: values.length - 1,
    value: state.at[axis],
    "aria-valuetext": spoken(),
    oninput: (event) => {
      state.at[axis] = Number(event.target.value);
      output.textContent = readable(state.valueAt(axis));
      range.setAttribute("aria-valuetext", spoken());
      change(false);
    },
  });
  range.value = state.at[axis]; // after max is known
  const name = html("label", { for: `at-${axis}` }, ...nameOf(state, axis, isUsed));
  return html(
    "div",
    { class: isUsed ? "axis" : "axis idle" },
    html("div", { class: "row" }, name, html("span", { class: "value" }, output, " ", richUnit(unit))),
    range,
  );
}

function buttons(state, axis, isUsed, change) {
  const choose = (i) => () => {
    state.at[axis] = i;
    change(true, `at-${axis}-${i}`);
  };
  const each = state.store.coords[axis].map((value, i) =>
    html(
      "button",
      { type: "button", id: `at-${axis}-${i}`, "aria-pressed": String(i === state.at[axis]), onclick: choose(i) },
      value,
    ),
  );
  const group = html("div", { role: "group", "aria-label": plain(state.store.label(axis)), class: "choice" }, ...each);
  return html(
    "div",
    { class: isUsed ? "axis" : "axis idle" },
    html("div", { class: "row" }, html("span", {}, ...nameOf(state, axis, isUsed))),
    group,
  );
}

function check(id, isOn, label, title, colour, toggle) {
  const box = html("input", { type: "checkbox", id, checked: isOn, onchange: (event) => toggle(event.target.checked) });
  const swatch = html("span", { class: "swatch", "aria-hidden": "true" });
  if (isOn && colour) swatch.style.background = colour;
  return html("label", { class: "check", for: id, title }, box, swatch, label);
}

const toggled = (list, name, isOn) => (isOn ? [...list, name] : list.filter((other) => other !== name));

const KINDS = [
  ["limit", "Limits"],
  ["hint", "Hints"],
  ["projection", "Projections"],
];

function constraintsOf(state, change) {
  const { info } = state;
  const set = info.sets[state.set];
  const members = [...set.constraints, ...set.beside];
  const listed = [...members, ...state.drawn.filter((name) => !members.includes(name))];
  const sets = Object.keys(info.sets).map((name) => [name, name]);
  const choose = (name) => {
    state.set = name;
    state.drawn = info.sets[name].constraints.filter((c) => state.isThere(c));
    change(true);
  };
  const all = (names) => () => {
    state.drawn = names.filter((name) => state.isThere(name));
    change(true);
  };
  const quick = html(
    "div",
    { class: "choice quiet" },
    html("button", { type: "button", id: "draw-all", onclick: all(set.constraints) }, "all that count"),
    html("button", { type: "button", id: "draw-none", onclick: all([]) }, "none"),
  );
  const drawn = state.constraints();
  const hues = Object.fromEntries(colours(drawn, info.palette).map((colour, i) => [drawn[i].name, colour]));
  const lists = KINDS.map(([kind, title]) =>
    listOf(
      state,
      title,
      listed.filter((name) => info.constraints[name]?.kind === kind),
      hues,
      change,
    ),
  );
  return section(
    "Constraints",
    select("set", "set", sets, state.set, choose),
    html("p", { class: "note" }, set.title),
    quick,
    ...lists,
    linesOf(state, change),
    lackingOf(state, listed),
  );
}

function listOf(state, title, names, hues, change) {
  const there = names.filter((name) => state.isThere(name));
  if (!there.length) return null;
  const { constraints: known, sets } = state.info;
  const beside = new Set(sets[state.set].beside);
  const items = there.map((name) => {
    const c = known[name];
    const label = html("span", {}, rich(c.label), beside.has(name) ? html("small", {}, " beside the set") : null);
    const said = `${name}: ${c.observable} ${c.interval}${c.level ? `, ${c.level}` : ""}; ${c.reference}`;
    const toggle = (isOn) => {
      state.drawn = toggled(state.drawn, name, isOn);
      change(true, `draw-${name}`);
    };
    return check(`draw-${name}`, state.drawn.includes(name), label, said, hues[name], toggle);
  });
  return html("fieldset", {}, html("legend", {}, title), ...items);
}

// Lines of a target (the relic density) are drawn at the sliders, or at several values of an axis
function linesOf(state, change) {
  const targets = state.constraints().filter((c) => typeof c.target === "number");
  const axes = state
    .otherAxes()
    .filter((a) => state.store.coords[a].length > 1 && targets.some((c) => state.store.dims(c.observable).includes(a)));
  if (!axes.length) return null;
  const set = (axis, values) => {
    const { [axis]: _, ...rest } = state.lines;
    state.lines = values.length ? { ...rest, [axis]: values } : rest;
    change(true);
  };
  const rows = axes
    .filter((a) => state.store.isNumeric(a))
    .map((axis) => {
      const values = state.lines[axis] ?? [];
      const chips = values.map((value) =>
        html(
          "button",
          {
            type: "button",
            class: "chip",
            title: "remove this line",
            "aria-label": `remove the line at ${axis} = ${value}`,
            onclick: () =>
              set(
                axis,
                values.filter((v) => v !== value),
              ),
          },
          `${readable(value)} ✕`,
        ),
      );
      const add = html(
        "button",
        {
          type: "button",
          class: "chip",
          id: `line-${axis}`,
          onclick: () => set(axis, [...new Set([...values, state.valueAt(axis)])]),
        },
        "+ slider’s value",
      );
      return html(
        "div",
        { class: "row wrap" },
        rich(state.store.label(axis)),
        html("span", { class: "chips" }, ...chips, add),
      );
    });
  return html("fieldset", {}, html("legend", {}, "Several lines of the relic density at"), ...rows);
}

function lackingOf(state, listed) {
  const { constraints: known, sets } = state.info;
  const lacking = listed
    .filter((name) => !state.isThere(name))
    .map((name) => `${plain(known[name]?.label ?? name)} (${known[name]?.observable ?? "unknown here"})`);
  const absent = Object.entries(sets[state.set].absent);
  if (!lacking.length && !absent.length) return null;
  const items = [
    ...lacking.map((text) => html("li", {}, `${text}: not in this store`)),
    ...absent.map(([name, why]) => html("li", {}, `${name}: ${why}`)),
  ];
  return html(
    "details",
    {},
    html("summary", {}, `${items.length} of this set are not here`),
    html("ul", { class: "note" }, ...items),
  );
}

function curvesOf(state, change) {
  const { store, info } = state;
  const curves = store.observables.filter((o) => state.isCurve(o));
  const published = state.x === "m_X" && state.y === "g_X" ? info.limits : [];
  if (!curves.length && !published.length) return null;
  const toggle = (key, name, id) => (isOn) => {
    state[key] = toggled(state[key], name, isOn);
    change(true, id);
  };
  return section(
    "Curves",
    ...curves.map((o) =>
      check(
        `curve-${o}`,
        state.curves.includes(o),
        rich(store.label(o)),
        store.arrays[o].attrs.references,
        "",
        toggle("curves", o, `curve-${o}`),
      ),
    ),
    published.length ? html("p", { class: "note" }, "Published limits, for X without dark matter") : null,
    ...published.map((l) =>
      check(
        `published-${l.name}`,
        state.published.includes(l.name),
        rich(l.label),
        `${l.reference}; ${l.level}`,
        "",
        toggle("published", l.name, `published-${l.name}`),
      ),
    ),
  );
}

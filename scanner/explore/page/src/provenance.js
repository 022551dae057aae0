// Where the numbers come from, in words: for pictures, files and commands.
import { readable } from "./scale.js";

const json = (text, otherwise) => {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
};

// Values of the axes that are sliced and of all parameters that are held, where something that is shown depends on them
export function held(scene) {
  const { state } = scene;
  const { store } = state;
  const used = state.usedOnce();
  const items = state
    .otherAxes()
    .filter((a) => used.has(a))
    .map((a) => item(store.label(a), state.valueAt(a), store.unit(a)));
  const described = json(store.attrs.parameters ?? "{}", {});
  const departures = new Map();
  for (const o of shownObservables(state)) {
    const values = json(store.arrays[o].attrs.held_parameters ?? "{}", {});
    for (const [name, value] of Object.entries(values)) {
      const about = described[name] ?? {};
      if (value !== about.reading)
        departures.set(name, item(about.label || name, value?.bound ?? value, about.units ?? "1"));
    }
  }
  return [...items, ...departures.values(), ...readings(store)].join(", ");
}

export function shownObservables(state) {
  const all = [state.colour, ...state.constraints().map((c) => c.observable), ...state.curves];
  return [...new Set(all)].filter((o) => state.store.observables.includes(o));
}

function item(label, value, unit) {
  return `${label} = ${value === null ? "none" : readable(value, 10)}${unit === "1" ? "" : ` ${unit}`}`;
}

function readings(store) {
  const followed = json(store.attrs.readings ?? "null", null);
  return followed ? [`readings ${followed.name}`] : [];
}

// One line
export function provenance(state) {
  const { attrs } = state.store;
  const versions = json(attrs.versions ?? "{}", {});
  const git = json(attrs.git ?? "{}", {});
  const commit =
    git.commit && git.commit !== "unknown"
      ? [`commit ${git.commit.slice(0, 12)}${git.dirty === "no" ? "" : " with changes"}`]
      : [];
  const parts = [
    `store ${String(attrs.id ?? "without id").slice(0, 12)}`,
    `lmutau ${versions.lmutau ?? "unknown"}`,
    ...commit,
  ];
  if (attrs.excerpt) parts.push(`excerpt of the store: ${attrs.excerpt}`);
  if (!state.store.isComplete) parts.push("not complete");
  return [...parts, `${attrs.completed ?? attrs.created ?? ""}`].filter(Boolean).join(", ");
}

// All of it, line by line, for files
export function provenanceLines(state, link) {
  const { attrs } = state.store;
  return [
    String(attrs.title ?? ""),
    provenance(state),
    `store id: ${attrs.id}`,
    `held: ${Object.entries(state.fixed())
      .map(([axis, value]) => `${axis} = ${value}`)
      .join(", ")}`,
    `readings: ${attrs.readings ?? "unknown"}`,
    `references: ${attrs.references ?? ""}`,
    `view: ${link}`,
  ].map((line) => line.replace(/\s+/g, " "));
}

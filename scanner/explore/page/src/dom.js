// Elements. All text goes through textContent: what a store or a constraint says is shown, never parsed.
import { runs, unitRuns } from "./labels.js";

const SVG = "http://www.w3.org/2000/svg";

export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

const TAGS = { 1: "sup", "-1": "sub" };

function nodes(list) {
  return list.map(({ text, shift, italic }) => {
    const inner = italic ? html("i", {}, text) : text;
    return shift ? html(TAGS[shift], {}, inner) : inner;
  });
}

export const rich = (label) => html("span", { class: "label" }, ...nodes(runs(label)));
export const richUnit = (unit) => (unit === "1" ? null : html("span", { class: "unit" }, ...nodes(unitRuns(unit))));

const SHIFTS = { 0: 0, 1: -0.4, "-1": 0.25 };
const SMALL = 0.75;

// Runs as tspans; dy is relative to what came before, in the font size of the tspan itself
export function svgText(list, attributes) {
  let offset = 0;
  const spans = list.map(({ text, shift, italic }) => {
    const size = shift ? SMALL : 1;
    const dy = (SHIFTS[shift] - offset) / size;
    offset = SHIFTS[shift];
    return svg(
      "tspan",
      {
        dy: dy ? `${dy.toFixed(3)}em` : undefined,
        "font-size": shift ? `${SMALL * 100}%` : undefined,
        "font-style": italic ? "italic" : undefined,
      },
      text,
    );
  });
  return svg("text", attributes, ...spans);
}

export const labelRuns = (label, unit = "1") =>
  unit === "1"
    ? runs(label)
    : [
        ...runs(label),
        { text: " [", shift: 0, italic: false },
        ...unitRuns(unit),
        { text: "]", shift: 0, italic: false },
      ];

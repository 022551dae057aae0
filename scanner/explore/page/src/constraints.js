// What constraints say of values: the same rules as physics.inference has. The table of them comes with the page.

export const OUTSIDE_DOMAIN = 2;

export function allows(constraint, value) {
  return value >= (constraint.lower ?? -Infinity) && value <= (constraint.upper ?? Infinity);
}

// Whether nothing was searched there: then a limit allows what has no value
export const isSilent = (constraint, code) => constraint.silent_outside && code === OUTSIDE_DOMAIN;

export function verdict(constraint, value, code) {
  if (Number.isNaN(value)) return isSilent(constraint, code) ? "nothing was searched here" : "no statement";
  const inside = allows(constraint, value);
  if (constraint.kind === "hint") return inside ? "preferred" : "not preferred";
  return inside ? "allowed" : constraint.kind === "limit" ? "excluded" : "reachable";
}

// By which factor a value passes the nearer end of the interval; NaN where no end is positive
export function excess({ lower, upper }, value) {
  const above = upper > 0 ? value / upper : NaN;
  const below = lower > 0 ? (value >= 0 ? lower / Math.abs(value) : Infinity) : NaN;
  if (Number.isNaN(value)) return NaN;
  return Number.isNaN(above) ? below : Number.isNaN(below) ? above : Math.max(above, below);
}

export function minusTwoLnL(constraint, value) {
  const { likelihood, upper, power, z, confidence } = constraint;
  if (likelihood === "chi2" || Number.isNaN(value)) return value;
  if (likelihood === "step") return allows(constraint, value) ? 0 : Infinity;
  if (likelihood === "gaussian" || likelihood === "one_sided") {
    const pull = (value - constraint.value) / constraint.error;
    return likelihood === "one_sided" && pull < 0 ? 0 : pull * pull;
  }
  const strength = Math.max(value, 0) / upper;
  if (likelihood === "poisson0") return -2 * Math.log1p(-confidence) * strength ** power;
  return z * z * strength ** (2 * power);
}

// The limit that excludes by the largest -2 ln L; where none has a likelihood, by the largest factor
export function hardest(excluding) {
  const finite = excluding.filter(({ constraint, value }) => Number.isFinite(minusTwoLnL(constraint, value)));
  const strength = ({ constraint, value }) =>
    finite.length ? minusTwoLnL(constraint, value) : excess(constraint, value);
  const candidates = finite.length ? finite : excluding;
  return candidates.length ? candidates.reduce((a, b) => (strength(b) > strength(a) ? b : a)) : null;
}

// Each constraint's own colour; for those without one, of the palette, what no other has
export function colours(drawn, palette) {
  const own = new Set(drawn.map((c) => c.colour.toUpperCase()));
  const free = palette.filter((colour) => !own.has(colour));
  const others = free.length ? free : palette;
  let used = 0;
  return drawn.map((c) => c.colour || others[used++ % others.length]);
}

export const withLevel = (c) => (c.level ? `${c.label} (${c.level})` : c.label);

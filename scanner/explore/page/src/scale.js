// An axis of numbers: where a value lies on it, which grid point is nearest, and its ticks. As in `lmutau plot`, an axis is
// logarithmic where its values are positive and span more than a decade; one that comes close to the resonance at
// mass_ratio = 1/2 is logarithmic in the distance from it, on both sides ("delta").

const RESONANCE = 0.5;
const NEAR = 0.05; // a grid that comes closer to the resonance than this is about it

const FORWARD = {
  linear: () => (v) => v,
  log: () => Math.log,
  delta: (smallest) => (v) => {
    const ratio = Math.abs(v - RESONANCE) / smallest; // linear where it is below 1
    return Math.sign(v - RESONANCE) * (ratio > 1 ? 1 + Math.log10(ratio) : ratio);
  },
};

function kindOf(values, name) {
  const distances = values.map((v) => Math.abs(v - RESONANCE)).filter((d) => d > 1e-15);
  const smallest = Math.min(...distances);
  if (name === "mass_ratio" && smallest < NEAR && Math.max(...distances) > 10 * smallest) return ["delta", smallest];
  return [values[0] > 0 && values.at(-1) > 10 * values[0] ? "log" : "linear", 0];
}

export class Scale {
  constructor(values, name = "") {
    this.values = values;
    [this.kind, this.smallest] = kindOf(values, name);
    this.forward = FORWARD[this.kind](this.smallest);
    const straight = values.map(this.forward);
    this.low = straight[0];
    this.span = straight.at(-1) - straight[0] || 1;
    this.positions = straight.map((v) => (v - this.low) / this.span); // 0 to 1
  }

  position(value) {
    return (this.forward(value) - this.low) / this.span;
  }

  nearest(position) {
    const p = this.positions;
    let [low, high] = [0, p.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (p[middle] <= position) low = middle;
      else high = middle;
    }
    return position - p[low] < p[high] - position ? low : high;
  }

  // Where a contour is that runs between grid points
  between(index) {
    const last = this.positions.length - 1;
    const q = Math.min(Math.max(index, 0), last);
    const i = Math.min(Math.floor(q), last - 1);
    return this.positions[i] + (q - i) * (this.positions[i + 1] - this.positions[i]);
  }

  ticks() {
    const [low, high] = [this.values[0], this.values.at(-1)];
    return this.kind === "delta" ? distances(low, high, this.smallest) : ticks(low, high, this.kind === "log");
  }
}

// {value, text}, text empty for small ticks
export function ticks(low, high, isLog) {
  return isLog ? decades(low, high) : steps(low, high);
}

function decades(low, high) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.ceil((last - first) / 8);
  const few = Math.log10(high / low) < 2.5;
  const found = [];
  for (let e = first; e <= last; e++) {
    for (let m = 1; m < 10; m++) {
      const value = Number(`${m}e${e}`);
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      const isNamed = m === 1 ? (e - first) % every === 0 : few && (m === 2 || m === 5);
      if (isNamed || (m === 1 && !isNamed) || every === 1) found.push({ value, text: isNamed ? shortest(value) : "" });
    }
  }
  return found;
}

// From the resonance: powers of ten on both sides, named with their sign, and the resonance
function distances(low, high, smallest) {
  const farthest = Math.max(Math.abs(low - RESONANCE), Math.abs(high - RESONANCE));
  const [first, last] = [Math.ceil(Math.log10(smallest) - 1e-9), Math.floor(Math.log10(farthest))];
  const every = Math.ceil((last - first + 1) / 3);
  const found = [{ value: RESONANCE, text: "0" }];
  for (let e = first; e <= last; e++) {
    for (const m of [1, 2, 5]) {
      const text = m === 1 && (last - e) % every === 0 ? `10${raised(e)}` : "";
      const size = Number(`${m}e${e}`);
      found.push(
        { value: RESONANCE - size, text: text && `−${text}` },
        { value: RESONANCE + size, text: text && `+${text}` },
      );
    }
  }
  return found.filter(({ value }) => value >= low - 1e-12 && value <= high + 1e-12);
}

function steps(low, high, most = 6) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * (1 - 1e-9));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    const value = Number((k * step).toPrecision(12));
    found.push({ value, text: shortest(value) });
  }
  return found;
}

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const raised = (exponent) => [...String(exponent)].map((c) => RAISED[c]).join("");

// A number as one reads it: 4.5×10⁻⁴
export function readable(value, digits = 6) {
  if (typeof value !== "number") return String(value);
  if (Number.isNaN(value)) return "no value";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) return String(Number(value.toPrecision(digits))).replace("-", "−");
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const m = String(Number(mantissa)).replace("-", "−");
  return `${m === "1" ? "" : `${m}×`}10${raised(Number(exponent))}`;
}

// At ticks powers of ten are shorter than zeros
function shortest(value) {
  const size = Math.abs(value);
  if (size === 0 || (size >= 0.01 && size < 1e4)) return readable(value, 3);
  const [mantissa, exponent] = value.toExponential(2).split("e");
  const m = String(Number(mantissa)).replace("-", "−");
  return `${m === "1" ? "" : `${m}×`}10${raised(Number(exponent))}`;
}

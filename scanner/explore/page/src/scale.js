// An axis of numbers: where a value lies on it, which grid point is nearest, and its ticks. As `lmutau plot` has it, an axis
// is logarithmic where its values are positive and span more than a decade.

export class Scale {
  constructor(values) {
    this.values = values;
    this.isLog = values[0] > 0 && values.at(-1) > 10 * values[0];
    this.forward = this.isLog ? Math.log : (v) => v;
    this.backward = this.isLog ? Math.exp : (v) => v;
    const straight = values.map(this.forward);
    this.low = straight[0];
    this.span = straight.at(-1) - straight[0] || 1;
    this.positions = straight.map((v) => (v - this.low) / this.span); // 0 to 1
  }

  position(value) {
    return (this.forward(value) - this.low) / this.span;
  }

  value(position) {
    return this.backward(this.low + position * this.span);
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
    return ticks(this.values[0], this.values.at(-1), this.isLog);
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

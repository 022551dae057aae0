// Labels are TeX, as Matplotlib takes it. Of that, what labels use becomes runs of text: {text, shift, italic}, shift 1 for
// a superscript and -1 for a subscript. Nothing that a store says is ever markup.

const SYMBOLS = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  Gamma: "Γ",
  delta: "δ",
  Delta: "Δ",
  epsilon: "ε",
  varepsilon: "ε",
  eta: "η",
  theta: "θ",
  kappa: "κ",
  lambda: "λ",
  Lambda: "Λ",
  mu: "μ",
  nu: "ν",
  xi: "ξ",
  pi: "π",
  rho: "ρ",
  sigma: "σ",
  Sigma: "Σ",
  tau: "τ",
  phi: "φ",
  varphi: "φ",
  Phi: "Φ",
  chi: "χ",
  psi: "ψ",
  Psi: "Ψ",
  omega: "ω",
  Omega: "Ω",
  odot: "⊙",
  to: "→",
  rightarrow: "→",
  times: "×",
  cdot: "·",
  pm: "±",
  approx: "≈",
  sim: "∼",
  leq: "≤",
  le: "≤",
  geq: "≥",
  ge: "≥",
  ll: "≪",
  gg: "≫",
  infty: "∞",
  langle: "⟨",
  rangle: "⟩",
  ell: "ℓ",
  prime: "′",
  partial: "∂",
  hbar: "ħ",
  ln: "ln ",
  log: "log ",
  min: "min",
  max: "max",
  quad: "  ",
  circ: "°",
  star: "⋆",
  dagger: "†",
  propto: "∝",
  neq: "≠",
  ne: "≠",
  left: "",
  right: "",
  "%": "%",
  "&": "&",
  _: "_",
};
const UPRIGHT = new Set(["mathrm", "text", "rm", "mathcal", "operatorname", "mathsf", "textrm"]);
const RELATIONS = /^[=<>]$/;
const ACCENTS = { bar: "\u0305", overline: "\u0305", hat: "\u0302", tilde: "\u0303", dot: "\u0307", vec: "\u20d7" };

export function runs(label) {
  const found = [];
  String(label)
    .split("$")
    .forEach((part, i) => {
      if (i % 2) math(tokens(part), { shift: 0, italic: true }, found);
      else if (part) put(found, part, { shift: 0, italic: false });
    });
  return found;
}

export function plain(label) {
  return runs(label)
    .map((run) => run.text)
    .join("");
}

// cm^3/s: exponents of a unit
export function unitRuns(unit) {
  const found = [];
  for (const part of unit.split(/(\^-?\d+)/)) {
    if (part.startsWith("^")) put(found, part.slice(1).replace("-", "−"), { shift: 1, italic: false });
    else if (part) put(found, part, { shift: 0, italic: false });
  }
  return found;
}

// {...} becomes a list of its own
function tokens(text) {
  const stack = [[]];
  for (const token of text.match(/\\[A-Za-z]+|\\.|[^\\]/g) ?? []) {
    if (token === "{") stack.push([]);
    else if (token === "}" && stack.length > 1) stack.at(-2).push(stack.pop());
    else stack.at(-1).push(token);
  }
  while (stack.length > 1) stack.at(-2).push(stack.pop());
  return stack[0];
}

function math(list, style, found) {
  for (let i = 0; i < list.length; i++) {
    const token = list[i];
    const next = () => {
      while (list[i + 1] === " ") i++;
      const argument = list[++i] ?? [];
      if (Array.isArray(argument)) return argument;
      return UPRIGHT.has(argument.slice(1)) ? [argument, list[++i] ?? []] : [argument]; // _\mathrm{eff}
    };
    if (Array.isArray(token)) math(token, style, found);
    else if (token === "_" || token === "^") math(next(), { ...style, shift: token === "^" ? 1 : -1 }, found);
    else if (token.startsWith("\\")) command(token.slice(1), next, style, found);
    else if (RELATIONS.test(token) && !style.shift) put(found, `\u2009${token}\u2009`, { ...style, italic: false });
    else if (token === "-") put(found, "−", { ...style, italic: false });
    else if (token !== " " && token !== "~")
      put(found, token, { ...style, italic: style.italic && /[A-Za-z]/.test(token) });
    else if (!style.italic || token === "~") put(found, " ", style);
  }
}

function command(name, next, style, found) {
  const upright = { ...style, italic: false };
  if (UPRIGHT.has(name)) math(next(), upright, found);
  else if (name in ACCENTS) {
    math(next(), style, found);
    found.at(-1).text += ACCENTS[name];
  } else if (name === "sqrt") {
    put(found, "√", upright);
    math(next(), style, found);
  } else if (name === "frac") {
    math(next(), style, found);
    put(found, "/", upright);
    math(next(), style, found);
  } else if (name in SYMBOLS) put(found, SYMBOLS[name], upright);
  else put(found, /^[,;:! ]$/.test(name) ? "\u2009" : name, upright);
}

function put(found, text, style) {
  if (!text) return;
  const last = found.at(-1);
  if (last && last.shift === style.shift && last.italic === style.italic) last.text += text;
  else found.push({ text, ...style });
}

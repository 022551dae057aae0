// Colours of a plane, pixel by pixel: each has the value of the nearest grid point; points without value are hatched.

const PAPER = [255, 255, 255];
const HOLE = [243, 243, 241];
const HATCH = { 0: [200, 200, 196], other: [128, 128, 124] };
const PERIOD = 12; // of the hatching, in pixels of the canvas

// One pattern for each status
const HATCHED = {
  0: (i, j) => (i + j) % PERIOD < 2, // not computed
  2: (i, j) => (i - j + 1e4 * PERIOD) % PERIOD < 2, // outside of the domain
  3: (i, j) => i % (PERIOD / 2) < 2 && j % (PERIOD / 2) < 2, // no solution
  4: (i) => i % PERIOD < 2,
  5: (_i, j) => j % PERIOD < 2,
  other: (i, j) => (i + j) % PERIOD < 2 || (i - j + 1e4 * PERIOD) % PERIOD < 2,
};

export function rgb(hex) {
  return [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
}

const linear = (colours, t) => colours[Math.min(colours.length - 1, Math.max(0, Math.floor(t * colours.length)))];

const FEW = [222, 228, 234];
const MANY = [52, 66, 84];

// No limit is paper, more of them are darker, without a hue: those are of the constraints
export function countColour(count, most) {
  if (!count) return PAPER;
  const share = (count - 1) / Math.max(most - 1, 4);
  return FEW.map((c, k) => Math.round(c + share * (MANY[k] - c)));
}

export function colourOf(shown, colours) {
  const { low, high, isLog, isCount } = shown;
  if (isCount) return (v) => countColour(v, high);
  const f = isLog ? Math.log : (v) => v;
  const span = f(high) - f(low) || 1;
  return (v) => linear(colours, (f(v) - f(low)) / span);
}

export function hatch(code) {
  return { isInk: HATCHED[code] ?? HATCHED.other, ink: HATCH[code] ?? HATCH.other };
}

export function paint(canvas, scene, width, height, colours) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const { z, code } = scene.shown;
  const nx = scene.x.values.length;
  const colour = colourOf(scene.shown, colours);
  const packed = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  const inks = Uint32Array.from(z, (v) => (v === v ? packed(colour(v)) : 0)); // 0: no value
  const columns = Int32Array.from({ length: width }, (_, i) => scene.x.nearest((i + 0.5) / width));
  const rows = Int32Array.from({ length: height }, (_, j) => scene.y.nearest(1 - (j + 0.5) / height));
  const paper = packed(HOLE);
  for (let j = 0, p = 0; j < height; j++) {
    const row = rows[j] * nx;
    for (let i = 0; i < width; i++, p++) {
      const k = row + columns[i];
      if (inks[k]) pixels[p] = inks[k];
      else {
        const { isInk, ink } = hatch(code[k]);
        pixels[p] = isInk(i, j) ? packed(ink) : paper;
      }
    }
  }
  context.putImageData(image, 0, 0);
}

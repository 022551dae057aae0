// Contours on the grid, in indices of its points; where a value is missing there is no contour.
import { contours } from "d3-contour";

// Where z >= level (below: <=), as closed rings, to be filled by the even-odd rule; points without value are outside
export function region(z, nx, ny, level, below = false) {
  return ringsOf(z, nx, ny, level, below).map((ring) => ring.map(({ at }) => at));
}

// Lines on which z = level. d3 closes its rings around the grid and around holes: such pieces are dropped
export function isolines(z, nx, ny, level) {
  const lines = [];
  for (const ring of ringsOf(z, nx, ny, level, false)) {
    const isHole = (k) => !ring[k - 1].isReal || !ring[k].isReal || ring[k].cell(ring[k - 1]).some((v) => !(v === v));
    let line = null;
    for (let k = 1; k < ring.length; k++) {
      if (isHole(k)) line = null;
      else if (line) line.push(ring[k].at);
      else lines.push((line = [ring[k - 1].at, ring[k].at]));
    }
  }
  return joined(lines);
}

// Rings of vertices. d3 finds between which two grid points each is; where, is interpolated here, or at the one that is there
function ringsOf(z, nx, ny, level, below) {
  const found = below
    ? contours()
        .size([nx, ny])
        .smooth(false)
        .contour(
          z.map((v) => -v),
          -level,
        )
    : contours().size([nx, ny]).smooth(false).contour(z, level);
  const valueAt = (i, j) => (i < 0 || j < 0 || i >= nx || j >= ny ? NaN : z[j * nx + i]);
  return found.coordinates.flat().map((ring) => ring.map(([x, y]) => vertex(x - 0.5, y - 0.5, level, valueAt)));
}

// On an edge of the grid: one of the coordinates is whole, the other is half-way
function vertex(x, y, level, valueAt) {
  const isAlong = !Number.isInteger(x);
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const [a, b] = [valueAt(i, j), isAlong ? valueAt(i + 1, j) : valueAt(i, j + 1)];
  const isReal = a === a && b === b;
  const share = isReal ? (level - a) / (b - a) : a === a ? 0 : 1;
  // The values around the cell that this vertex and its neighbour cross
  const cell = (other) => {
    const [ci, cj] = [Math.floor((x + other.raw[0]) / 2), Math.floor((y + other.raw[1]) / 2)];
    return [valueAt(ci, cj), valueAt(ci + 1, cj), valueAt(ci, cj + 1), valueAt(ci + 1, cj + 1)];
  };
  return { raw: [x, y], at: isAlong ? [i + share, j] : [i, j + share], isReal, cell };
}

// The ring's first piece continues its last
function joined(lines) {
  const isSame = (a, b) => a[0] === b[0] && a[1] === b[1];
  const open = [];
  for (const line of lines) {
    const next = open.findIndex((other) => isSame(line.at(-1), other[0]));
    if (next >= 0) open[next] = [...line, ...open[next].slice(1)];
    else open.push(line);
  }
  return open;
}

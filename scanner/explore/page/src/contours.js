// Contours on the grid, in indices of its points; where a value is missing there is no contour.
import { contours } from "d3-contour";

const rings = (z, nx, ny, level) => contours().size([nx, ny]).contour(z, level).coordinates.flat();

// d3 has the points of the grid at half-integers
const onGrid = (ring) => ring.map(([x, y]) => [x - 0.5, y - 0.5]);

// Where z >= level (below: <=), as closed rings, to be filled by the even-odd rule; points without value are outside
export function region(z, nx, ny, level, below = false) {
  const found = below ? rings(z.map((v) => -v), nx, ny, -level) : rings(z, nx, ny, level);
  return found.map(onGrid);
}

// Lines on which z = level. d3 closes its rings around the grid and around holes: such pieces are dropped
export function isolines(z, nx, ny, level) {
  const lacks = (i, j) => i < 0 || j < 0 || i >= nx - 1 || j >= ny - 1 || isHole(j * nx + i);
  const isHole = (k) => [k, k + 1, k + nx, k + nx + 1].some((q) => Number.isNaN(z[q]));
  const lines = [];
  for (const ring of region(z, nx, ny, level)) {
    let line = null;
    for (let k = 1; k < ring.length; k++) {
      const [x, y] = [(ring[k - 1][0] + ring[k][0]) / 2, (ring[k - 1][1] + ring[k][1]) / 2];
      if (lacks(Math.floor(x), Math.floor(y))) line = null;
      else if (line) line.push(ring[k]);
      else lines.push((line = [ring[k - 1], ring[k]]));
    }
  }
  return joined(lines);
}

// The ring's first piece continues its last
function joined(lines) {
  const isSame = (a, b) => a[0] === b[0] && a[1] === b[1];
  const open = [];
  for (const line of lines) {
    const before = open.findIndex((other) => isSame(line.at(-1), other[0]));
    if (before >= 0 && open[before] !== line) open[before] = [...line, ...open[before].slice(1)];
    else open.push(line);
  }
  return open;
}

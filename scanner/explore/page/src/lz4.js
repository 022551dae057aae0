// Blocks of LZ4: literals, and copies of what came before. What points out of the block is an error.

const SHORTEST = 4; // copy

export function lz4(bytes, size) {
  const out = new Uint8Array(size);
  const damaged = () => new Error("damaged chunk: not a block of LZ4");
  let from = 0;
  let to = 0;
  const length = (short) => {
    let n = short;
    if (short === 15) {
      let more = 255;
      while (more === 255) {
        if (from >= bytes.length) throw damaged();
        more = bytes[from++];
        n += more;
      }
    }
    return n;
  };
  while (from < bytes.length) {
    const token = bytes[from++];
    const literals = length(token >> 4);
    if (from + literals > bytes.length || to + literals > size) throw damaged();
    for (const end = to + literals; to < end;) out[to++] = bytes[from++];
    if (from === bytes.length) break; // the last sequence has literals only
    const back = bytes[from] | (bytes[from + 1] << 8);
    from += 2;
    const copied = length(token & 15) + SHORTEST;
    if (back === 0 || back > to || to + copied > size) throw damaged();
    for (const end = to + copied; to < end; to++) out[to] = out[to - back]; // may overlap itself
  }
  if (to !== size) throw damaged();
  return out;
}

// Blosc 1 frames as lmutau writes them: blocks of LZ4 or zstd, bytes shuffled. What does not fit its header is an error.
import { ZSTDDecoder } from "zstddec";
import { lz4 } from "./lz4.js";

const decoder = new ZSTDDecoder();
export const ready = decoder.init();

const HEADER = 16;
const SHUFFLED = 1;
const STORED = 2;
const BIT_SHUFFLED = 4;
const ONE_STREAM = 16; // blocks are not split into one stream for each byte of a number

const damaged = (what) => new Error(`damaged chunk: ${what}`);

export function zstd(bytes, size = 0) {
  const content = decoder.decode(bytes, size); // 0: as the frame says
  if (size && content.length !== size) throw damaged("zstd gives another number of bytes");
  return content;
}

const COMPRESSORS = { 1: lz4, 4: zstd };

export function blosc(bytes) {
  if (bytes.length < HEADER || bytes[0] !== 2) throw damaged("not a frame of Blosc 1");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[2];
  const typesize = bytes[3];
  const size = view.getUint32(4, true);
  const blocksize = view.getUint32(8, true);
  if (view.getUint32(12, true) !== bytes.length) throw damaged("not as long as it says");
  if (flags & STORED) return bytes.subarray(HEADER, HEADER + size);
  const expand = COMPRESSORS[flags >> 5];
  if (!expand || flags & BIT_SHUFFLED) throw damaged("a Blosc codec that lmutau does not write");
  const out = new Uint8Array(size);
  for (let start = 0, k = 0; start < size; start += blocksize, k++) {
    const length = Math.min(blocksize, size - start);
    const isSplit = !(flags & ONE_STREAM) && typesize <= 16 && blocksize / typesize >= 128 && length === blocksize;
    const block = streams(bytes, view, view.getUint32(HEADER + 4 * k, true), length, isSplit ? typesize : 1, expand);
    if (flags & SHUFFLED && typesize > 1) unshuffle(block, typesize, out, start);
    else out.set(block, start);
  }
  return out;
}

// One block: streams of equal length, each compressed by itself, or as it is where that is not shorter
function streams(bytes, view, at, length, count, expand) {
  const each = length / count;
  const block = new Uint8Array(length);
  for (let n = 0; n < count; n++) {
    const stored = view.getInt32(at, true);
    at += 4;
    const stream = bytes.subarray(at, at + stored);
    block.set(stored === each ? stream : expand(stream, each), n * each);
    at += stored;
  }
  return block;
}

// The first bytes of all numbers, then the second bytes, ...: back into numbers
function unshuffle(block, typesize, out, start) {
  const numbers = Math.floor(block.length / typesize);
  for (let byte = 0; byte < typesize; byte++) {
    for (let i = 0, from = byte * numbers, to = start + byte; i < numbers; i++, to += typesize)
      out[to] = block[from + i];
  }
  out.set(block.subarray(numbers * typesize), start + numbers * typesize);
}

// Where the files of a store come from: a web server, or the page itself. Codecs that read them, with their checksums.
import * as zarr from "zarrita";
import { blosc, ready, zstd } from "./blosc.js";
import { crc32c } from "./crc32c.js";

const READ_ONLY = () => {
  throw new Error("stores are read here, never written");
};

function register(name, decode, more = {}) {
  const codec = { kind: "bytes_to_bytes", encode: READ_ONLY, decode, ...more };
  zarr.registry.set(name, () => ({ fromConfig: () => codec }));
}

register("blosc", async (bytes) => {
  await ready;
  return blosc(bytes);
});

register("zstd", async (bytes) => {
  await ready;
  return zstd(bytes);
});

// That of zarrita cuts the checksum off without a look at it
function checked(bytes) {
  const content = bytes.subarray(0, bytes.length - 4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + content.length, 4).getUint32(0, true);
  if (crc32c(content) !== stored) throw new Error("damaged chunk: its checksum is wrong");
  return content;
}
register("crc32c", checked, { computeEncodedSize: (n) => n + 4 });

// A server that does not know ranges answers with all of a file, which would be taken for a part of it
async function demanding(request) {
  let response;
  try {
    response = await fetch(request);
  } catch {
    throw new Error(
      `no answer to ${new URL(request.url).pathname}: the server has stopped, or does not allow this page to read there`,
    );
  }
  if (request.headers.has("range") && response.status === 200) {
    throw new Error(
      "this web server does not know HTTP ranges, which stores with shards need; nginx and lmutau explore do",
    );
  }
  return response;
}

export function remote(url) {
  return new zarr.FetchStore(url, { fetch: demanding, useSuffixRequest: true });
}

// A store inside the page: file name -> base64
export function embedded(files) {
  const bytes = (key) => {
    const text = files[key.slice(1)];
    return text === undefined ? undefined : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  };
  return {
    get: async (key) => bytes(key),
    getRange: async (key, range) => {
      const file = bytes(key);
      if (!file) return undefined;
      const start = "suffixLength" in range ? file.length - range.suffixLength : range.offset;
      return file.subarray(start, "suffixLength" in range ? file.length : start + range.length);
    },
  };
}

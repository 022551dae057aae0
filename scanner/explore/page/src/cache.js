// What was read last, up to so many bytes. Promises are kept, so that nothing is read twice at a time.

const LIMIT = 384e6;

export class Cache {
  #kept = new Map();
  #bytes = 0;

  get(key, make) {
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key); // to the end: used last
      this.#kept.set(key, known);
      return known.promise;
    }
    const entry = { promise: make(), bytes: 0 };
    this.#kept.set(key, entry);
    entry.promise.then(
      (value) => this.#count(key, entry, value.data?.byteLength ?? 0),
      () => this.#kept.delete(key),
    );
    return entry.promise;
  }

  #count(key, entry, bytes) {
    if (this.#kept.get(key) !== entry) return; // forgotten meanwhile
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= LIMIT || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }

  clear() {
    this.#kept.clear();
    this.#bytes = 0;
  }
}

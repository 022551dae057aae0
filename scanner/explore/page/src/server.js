// The server of `lmutau explore`: planes of large stores, and points that are not on the grid.

export class Server {
  constructor(base) {
    this.base = base;
  }

  async plane(observable, x, y, at, { nx, ny }) {
    const response = await this.#ask("plane", { observable, x, y, at });
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength !== 9 * nx * ny) throw new Error(`${observable}: the server sent a plane of another size`);
    const plane = { z: new Float64Array(bytes, 0, nx * ny), code: new Uint8Array(bytes, 8 * nx * ny), nx, ny };
    return { plane, data: plane.z };
  }

  async point(values) {
    return (await this.#ask("point", { values })).json();
  }

  async #ask(what, question) {
    let response;
    try {
      response = await fetch(new URL(`${what}?q=${encodeURIComponent(JSON.stringify(question))}`, this.base));
    } catch {
      throw new Error("lmutau explore does not answer: it has been stopped; start it again and reload this page");
    }
    if (!response.ok) throw new Error(await response.text());
    return response;
  }
}

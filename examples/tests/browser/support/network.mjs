// A network between browsers and a server, which fails as networks do.

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Forwards TCP connections to a server. */
export class Network {
  #server;
  #links = new Set();
  #stalled = null;

  /** A network to the server at this URL. `url` is its near end. */
  static async to(target) {
    const { hostname, port } = new URL(target);
    const network = new Network();
    network.#server = createServer((near) => network.#carry(near, connect(Number(port), hostname)));
    network.#server.listen(0, "127.0.0.1");
    await once(network.#server, "listening");
    network.url = `http://127.0.0.1:${network.#server.address().port}`;
    return network;
  }

  /**
   * Holds back all bytes to the server (`up`) and from it (`down`), also those of new connections
   * (`newcomers`). Neither end is told, as when a cable is pulled.
   */
  stall({ up = true, down = true, newcomers = true } = {}) {
    if (newcomers) this.#stalled = { up, down };
    for (const link of this.#links) hold(link, { up, down });
  }

  /** Delivers what was held back. */
  resume() {
    this.#stalled = null;
    for (const { near, far } of this.#links) {
      near.resume();
      far.resume();
    }
  }

  /** Loses what was held back, and ends the present connections. */
  reset() {
    this.#stalled = null;
    for (const { near, far } of this.#links) {
      near.destroy();
      far.destroy();
    }
  }

  close() {
    this.#server.close();
    this.reset();
  }

  #carry(near, far) {
    const link = { near, far };
    this.#links.add(link);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.setNoDelay(true);
      from.on("data", (bytes) => to.write(bytes));
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => this.#links.delete(link));
    }
    if (this.#stalled) hold(link, this.#stalled);
  }
}

function hold({ near, far }, { up, down }) {
  if (up) near.pause();
  if (down) far.pause();
}

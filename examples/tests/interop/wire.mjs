// A relay between a client and a server, which notes the frames that pass.

import { once } from "node:events";
import { connect, createServer } from "node:net";

const LENGTH_BYTES = { 126: 2, 127: 8 };

/** The bytes of one direction: the head of a request or a response, then frames. */
class Direction {
  head = "";
  frames = [];
  /** The bytes of a frame's header that have arrived. */
  #header = [];
  /** How many bytes of the payload are still to come. */
  #left = 0;

  take(chunk) {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, chunk.length - at);
        this.frames.at(-1).start ??= chunk[at];
        this.#left -= count;
        at += count;
      } else {
        this.#begin(chunk[at++]);
      }
    }
  }

  /** Takes a byte that belongs to no payload. */
  #begin(byte) {
    if (!this.head.endsWith("\r\n\r\n")) {
      this.head += String.fromCharCode(byte);
      return;
    }
    this.#header.push(byte);
    const [first, second] = this.#header;
    const short = second & 0x7f;
    const lengthBytes = LENGTH_BYTES[short] ?? 0;
    const maskBytes = second & 0x80 ? 4 : 0;
    if (this.#header.length < 2 + lengthBytes + maskBytes) return;
    const length = lengthBytes
      ? this.#header.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
      : short;
    this.#header = [];
    this.#left = length;
    this.frames.push({ opcode: first & 0xf, compressed: (first & 0x40) !== 0, length });
  }

  /** The messages, each the list of its frames. */
  messages() {
    const messages = [];
    for (const frame of this.frames.filter(({ opcode }) => opcode < 8)) {
      if (frame.opcode !== 0) messages.push([]);
      messages.at(-1).push(frame);
    }
    return messages;
  }
}

/** A relay to a server. It may be used by several connections, one after the other. */
export class Wire {
  #server = createServer((client) => this.#relay(client));
  #connections = [];

  static async to(url) {
    const wire = new Wire();
    wire.target = new URL(url);
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    const { port } = wire.#server.address();
    wire.url = `ws://127.0.0.1:${port}${wire.target.pathname}`;
    return wire;
  }

  #relay(client) {
    const server = connect(this.target.port, this.target.hostname);
    const connection = { said: new Direction(), heard: new Direction() };
    this.#connections.push(connection);
    for (const [from, to, direction] of [
      [client, server, connection.said],
      [server, client, connection.heard],
    ]) {
      from.setNoDelay(true);
      from.on("data", (chunk) => direction.take(chunk));
      from.pipe(to);
      // A failure of one side also ends the other side.
      from.on("error", () => to.destroy());
    }
  }

  /** Both directions of the last WebSocket. */
  get last() {
    const isUpgrade = ({ heard }) => heard.head.startsWith("HTTP/1.1 101 ");
    return this.#connections.filter(isUpgrade).at(-1);
  }

  close() {
    this.#server.close();
  }
}

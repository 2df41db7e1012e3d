// A relay between the suite and a server. It keeps the bytes of the suite as seeds for fuzz
// targets.

import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

/** How many bytes of a connection are kept. Longer seeds are no better. */
const LONGEST = 4096;

/**
 * Relays connections to the server at this URL. Returns the URL to connect to instead, and a
 * function that ends the relay. For each connection that ends, a numbered file in the folder gets
 * the client's first bytes, including the request.
 */
export async function record(url, folder) {
  mkdirSync(folder, { recursive: true });
  const { hostname, port } = new URL(url);
  let count = 0;
  const relay = createServer((client) => {
    const name = String(++count).padStart(4, "0");
    const server = connect(Number(port), hostname);
    const sent = [];
    let length = 0;
    client.on("data", (bytes) => {
      if (length < LONGEST) sent.push(bytes);
      length += bytes.length;
    });
    client.on("close", () => {
      writeFileSync(join(folder, name), Buffer.concat(sent).subarray(0, LONGEST));
    });
    client.pipe(server).pipe(client);
    // The failure or end of one side also ends the other side.
    client.on("error", () => server.destroy()).on("close", () => server.destroy());
    server.on("error", () => client.destroy()).on("close", () => client.destroy());
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const relayed = new URL(url);
  relayed.port = String(relay.address().port);
  return { url: relayed.href, end: () => relay.close() };
}

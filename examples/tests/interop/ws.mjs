// ws on Node.js talks to each server:
//
//     node ws.mjs shared ws://127.0.0.1:8080/ws ws://127.0.0.1:8081/shared/obey …

import assert from "node:assert/strict";
import { once } from "node:events";

import { agreement, checkHeard, checkSaid } from "./checks.mjs";
import { content, isSame } from "./messages.mjs";
import { WebSocket } from "./packages.mjs";
import { cases, echoes, largest, obeys, servers, split } from "./turns.mjs";
import { Wire } from "./wire.mjs";

/** Takes all turns on one connection. It sends without waiting for answers. */
async function talk(url, compression, offer, turns) {
  const wire = await Wire.to(url);
  const socket = new WebSocket(wire.url, { perMessageDeflate: { threshold: 0, ...options(offer) } });
  const [[response]] = await Promise.all([once(socket, "upgrade"), once(socket, "open")]);
  assert.equal(response.headers["sec-websocket-extensions"], agreement(compression, offer));
  const expected = turns.flatMap(({ heard }) => heard);
  socket.on("message", (data, isBinary) => {
    const message = expected.shift();
    assert(isSame(isBinary ? data : data.toString(), content(message)), JSON.stringify(message).slice(0, 200));
    if (expected.length === 0) socket.close();
  });
  for (const { said } of turns) say(socket, said);
  const [code] = await once(socket, "close");
  // The client closes without a code, so the answer has none.
  assert.equal(code, 1005);
  wire.close();
  const { said, heard } = wire.last;
  checkSaid(said.messages(), turns);
  checkHeard(heard.messages(), turns, compression, offer);
}

/** The offer, with the names of ws. */
function options(offer) {
  const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(offer).map(([name, value]) => [camelCase(name), value]));
}

function say(socket, message) {
  const { binary, plain, inParts } = message;
  const bytes = Buffer.from(content(message));
  const parts = inParts ? split(bytes) : [bytes];
  for (const [i, part] of parts.entries()) {
    const fin = i === parts.length - 1;
    socket.send(part, { binary, compress: !plain, fin });
  }
}

for (const [number, { compression, echo, obey }] of servers().entries()) {
  await talk(echo, compression, cases.offers[0], [...echoes(cases.lengths), largest(number)]);
  for (const offer of cases.offers) await talk(echo, compression, offer, echoes(cases.fewLengths));
  for (const offer of cases.mixedOffers)
    for (const length of cases.mixedLengths) await talk(obey, compression, offer, obeys(length));
}
console.log("passed");

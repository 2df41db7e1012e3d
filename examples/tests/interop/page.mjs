// A page in Chromium talks to each server:
//
//     node page.mjs shared ws://127.0.0.1:8080/ws ws://127.0.0.1:8081/shared/obey …
//
// A page can choose neither its offer nor the form of a message on the wire. Chromium compresses
// all messages, and sends large ones in some dozens of frames.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { agreement, checkHeard } from "./checks.mjs";
import { chromium } from "./packages.mjs";
import { cases, echoes, obeys, servers } from "./turns.mjs";
import { Wire } from "./wire.mjs";

const OFFER = { client_max_window_bits: true };

/** The code of messages.mjs for pages. */
const SOURCE = readFileSync(new URL("messages.mjs", import.meta.url));
const MESSAGES = `data:text/javascript,${encodeURIComponent(SOURCE)}`;

/** Takes all turns on one connection. */
async function talk(browser, url, compression, turns) {
  const wire = await Wire.to(url);
  const page = await browser.newPage();
  // Any response there serves as a page of the same origin.
  await page.goto(wire.url.replace("ws:", "http:"));
  const extensions = await page.evaluate(converse, { url: wire.url, source: MESSAGES, turns });
  assert.equal(extensions, agreement(compression, OFFER));
  const { said, heard } = wire.last;
  assert(said.messages().every(([frame]) => frame.compressed));
  checkHeard(heard.messages(), turns, compression, OFFER);
  await page.close();
  wire.close();
}

/** Runs in the page. It sends without waiting for answers. */
async function converse({ url, source, turns }) {
  const { content, isSame } = await import(source);
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const expected = turns.flatMap(({ heard }) => heard);
  let problem = "";
  socket.onopen = () => turns.forEach(({ said }) => socket.send(content(said)));
  socket.onmessage = ({ data }) => {
    const message = expected.shift();
    if (!isSame(data, content(message))) problem ||= `not the same: ${JSON.stringify(message).slice(0, 200)}`;
    if (expected.length === 0) socket.close();
  };
  const { code } = await new Promise((resolve) => (socket.onclose = resolve));
  // The page closes without a code, so the answer has none.
  if (code !== 1005) problem ||= `closed with ${code}`;
  if (problem) throw new Error(problem);
  return socket.extensions;
}

/** The turns that a page can take. */
function sayable(turns) {
  return turns.filter(({ said }) => !said.plain && !said.inParts);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  for (const [number, { compression, echo, obey }] of servers().entries()) {
    const largest = sayable(echoes([cases.largest]))[number % 2];
    await talk(browser, echo, compression, [...sayable(echoes(cases.lengths)), largest]);
    await talk(browser, obey, compression, cases.mixedLengths.flatMap(obeys));
  }
} finally {
  await browser.close();
}
console.log("passed");

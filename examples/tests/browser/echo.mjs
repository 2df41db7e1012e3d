// What is sent comes back, compressed on its way: to ws on Node.js, and to a page.
//
//     node echo.mjs ws://127.0.0.1:8080/ws

import assert from "node:assert/strict";
import { once } from "node:events";

import { chromium } from "playwright-core";
import WebSocket from "ws";

const [url] = process.argv.slice(2);

// Much of each is in others. Some are empty, some are too small to be compressed.
const LENGTHS = [0, 1, 63, 64, 500, 20_000, 300, 90_000];
const TEXTS = Array.from({ length: 80 }, (_, number) => {
  const line = `{"symbol":"ACME","price":${number * 37},"note":"grüße, 世界"}\n`;
  return line.repeat(1500).slice(0, LENGTHS[number % LENGTHS.length]);
});

async function echoesToNode(options) {
  const socket = new WebSocket(url, { perMessageDeflate: { threshold: 0, ...options } });
  await once(socket, "open");
  assert.equal(socket.extensions, "permessage-deflate");
  let length = 0;
  for (const [number, text] of TEXTS.entries()) {
    const binary = number % 3 === 1;
    socket.send(text, { binary, compress: number % 5 !== 0 });
    const [data, isBinary] = await once(socket, "message");
    assert.equal(isBinary, binary);
    assert.equal(data.toString(), text);
    length += data.length;
  }
  const { bytesRead } = socket._socket;
  assert.ok(bytesRead < length / 2, `${bytesRead} bytes were read for ${length}`);
  socket.close();
  await once(socket, "close");
}

await echoesToNode({});
await echoesToNode({ serverNoContextTakeover: true, clientNoContextTakeover: true });
await echoesToNode({ serverMaxWindowBits: 15, clientMaxWindowBits: 10 });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  // Whatever is answered there, it is a page of the same origin.
  await page.goto(url.replace("ws:", "http:"));
  const { extensions, echoes } = await page.evaluate(
    ({ url, texts }) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url);
        const echoes = [];
        socket.onopen = () => texts.forEach((text) => socket.send(text));
        socket.onerror = () => reject(new Error("the socket failed"));
        socket.onmessage = ({ data }) => {
          echoes.push(data);
          if (echoes.length === texts.length) resolve({ extensions: socket.extensions, echoes });
        };
      }),
    { url, texts: TEXTS },
  );
  assert.match(extensions, /^permessage-deflate/);
  assert.deepEqual(echoes, TEXTS);
} finally {
  await browser.close();
}
console.log("passed");

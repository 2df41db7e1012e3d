// Turns recorded client bytes into inputs for the fuzz targets. `examples/tests/conformance/run
// --record` records one file for each connection.
//
//     node import.mjs <recorded>
//
// The inputs go into corpus/. `cargo fuzz cmin` then keeps the useful ones.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CORPUS = join(import.meta.dirname, "corpus");
const HEAD_END = "\r\n\r\n";
const RSV1 = 0x40;

// The bytes that each target reads before the recorded ones, in the order of its `Input`.
const before = {
  // A limit of 65,535, with compression, and the lengths of the reads.
  decoder: Buffer.from([0xff, 0xff, 1, 1, 2, 3, 5, 8, 13, 21, 255]),
  // `Dedicated` with 15 bits, the offer of a browser, and a schedule of twelve steps.
  connection: Buffer.concat([Buffer.from([13, 1]), ...Array(6).fill([step(0, 600), step(1, 4000)]).flat()]),
  handshake: Buffer.alloc(0),
  // With context takeover and 15 bits.
  negotiation: Buffer.from([1, 6]),
  // A limit of 65,535, and nothing received before.
  inflater: Buffer.from([0xff, 0xff, 0, 0]),
};

/** A step of a connection's schedule: one of eight kinds, with its number. */
function step(kind, number) {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt32LE(Math.ceil((kind * 2 ** 32) / 8));
  bytes.writeUInt16LE(number, 4);
  return bytes;
}

const [folder] = process.argv.slice(2);
for (const target of Object.keys(before)) mkdirSync(join(CORPUS, target), { recursive: true });
for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (file.isFile()) take(readFileSync(join(file.parentPath, file.name)));
}

function take(sent) {
  const end = sent.indexOf(HEAD_END);
  if (end < 0) return;
  const head = sent.subarray(0, end + HEAD_END.length);
  const stream = sent.subarray(head.length);
  keep("handshake", head);
  const offer = /^sec-websocket-extensions: *(.*)\r$/im.exec(head.toString("latin1"));
  if (offer) keep("negotiation", Buffer.from(offer[1], "latin1"));
  keep("decoder", stream);
  keep("connection", stream);
  for (const payload of compressed(stream)) keep("inflater", payload);
}

function keep(target, bytes) {
  const input = Buffer.concat([before[target], bytes]);
  const name = createHash("sha256").update(input).digest("hex").slice(0, 16);
  writeFileSync(join(CORPUS, target, name), input);
}

/** The payloads of the frames that each hold a whole compressed message. */
function* compressed(stream) {
  while (stream.length >= 6) {
    let [length, start] = [stream[1] & 0x7f, 2];
    if (length === 126) [length, start] = [stream.readUInt16BE(2), 4];
    if (length === 127 || stream.length < start + 4 + length) return;
    const key = stream.subarray(start, start + 4);
    const payload = stream.subarray(start + 4, start + 4 + length);
    if ((stream[0] & 0xf0) === (0x80 | RSV1)) yield payload.map((byte, at) => byte ^ key[at % 4]);
    stream = stream.subarray(start + 4 + length);
  }
}

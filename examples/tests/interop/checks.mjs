// Checks the frames that a connection has carried.

import assert from "node:assert/strict";

import { PARTS } from "./turns.mjs";

/** The server's answer to an offer. */
export function agreement(compression, offer) {
  const parameters = ["permessage-deflate"];
  for (const side of ["server", "client"])
    if (resets(side, compression, offer)) parameters.push(`${side}_no_context_takeover`);
  const { server_max_window_bits: ours, client_max_window_bits: theirs } = offer;
  if (ours) parameters.push(`server_max_window_bits=${ours}`);
  // The answer names the client's window only if it is smaller than the largest.
  if (theirs !== true && theirs < 15) parameters.push(`client_max_window_bits=${theirs}`);
  return parameters.join("; ");
}

function resets(side, compression, offer) {
  return compression === "shared" || offer[`${side}_no_context_takeover`] === true;
}

/** Checks that each said message was compressed or plain, and had as many frames, as it should. */
export function checkSaid(messages, turns) {
  assert.equal(messages.length, turns.length);
  for (const [i, { said }] of turns.entries()) {
    const { compressed } = messages[i][0];
    const frames = messages[i].length;
    assert.deepEqual({ compressed, frames }, { compressed: !said.plain, frames: said.inParts ? PARTS : 1 });
  }
}

/** Checks that each heard message was compressed as it should be, in one frame. */
export function checkHeard(messages, turns, compression, offer) {
  const expected = turns.flatMap(({ heard }) => heard);
  assert.equal(messages.length, expected.length);
  const bits = offer.server_max_window_bits ?? 15;
  for (const [i, { length, compressed, step, repeats }] of expected.entries()) {
    const [frame, ...others] = messages[i];
    assert.deepEqual(others, []);
    // A publish is compressed once, for the largest window.
    const isTaken = step !== "publish" || bits === 15 || length <= 1 << bits;
    if (compressed !== undefined) assert.equal(frame.compressed, compressed && isTaken);
    // Compression must make a message shorter.
    assert(frame.compressed ? frame.length < length : frame.length === length);
    // RFC 7692 allows a final block in a message, but not every client can continue after one.
    assert(!frame.compressed || (frame.start & 1) === 0, "the first block is the last");
    if (!repeats) continue;
    const isShort = frame.length < length / 20;
    // zlib refers back a little less far than the window.
    if (resets("server", compression, offer)) assert(!isShort, "it refers to another message");
    else if (2 * length <= 1 << bits) assert(isShort, "it could refer to another message");
  }
}

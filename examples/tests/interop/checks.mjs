// What must be seen of a connection.

import assert from "node:assert/strict";

import { PARTS } from "./turns.mjs";

/** What a server agrees to. */
export function agreement(compression, offer) {
  const parameters = ["permessage-deflate"];
  for (const side of ["server", "client"])
    if (resets(side, compression, offer)) parameters.push(`${side}_no_context_takeover`);
  const { server_max_window_bits: ours, client_max_window_bits: theirs } = offer;
  if (ours) parameters.push(`server_max_window_bits=${ours}`);
  // That a client need not keep to less than it can is not said.
  if (theirs !== true && theirs < 15) parameters.push(`client_max_window_bits=${theirs}`);
  return parameters.join("; ");
}

function resets(side, compression, offer) {
  return compression === "shared" || offer[`${side}_no_context_takeover`] === true;
}

/** What was said has passed compressed or plain, and in as many frames, as it should. */
export function checkSaid(messages, turns) {
  assert.equal(messages.length, turns.length);
  for (const [i, { said }] of turns.entries()) {
    const { compressed } = messages[i][0];
    const frames = messages[i].length;
    assert.deepEqual({ compressed, frames }, { compressed: !said.plain, frames: said.inParts ? PARTS : 1 });
  }
}

/** What was heard has passed as it should. */
export function checkHeard(messages, turns, compression, offer) {
  const expected = turns.flatMap(({ heard }) => heard);
  assert.equal(messages.length, expected.length);
  const bits = offer.server_max_window_bits ?? 15;
  for (const [i, { length, compressed, step, repeats }] of expected.entries()) {
    const [frame, ...others] = messages[i];
    assert.deepEqual(others, []);
    // What is published is compressed once, for the largest window.
    const isTaken = step !== "publish" || bits === 15 || length <= 1 << bits;
    if (compressed !== undefined) assert.equal(frame.compressed, compressed && isTaken);
    // Whatever is compressed is shorter for it.
    assert(frame.compressed ? frame.length < length : frame.length === length);
    // A message may have a last block by RFC 7692, but not every client can go on behind one.
    assert(!frame.compressed || (frame.start & 1) === 0, "the first block is the last");
    if (!repeats) continue;
    const isShort = frame.length < length / 20;
    // zlib looks back by a little less than the window.
    if (resets("server", compression, offer)) assert(!isShort, "it refers to another message");
    else if (2 * length <= 1 << bits) assert(isShort, "it could refer to another message");
  }
}

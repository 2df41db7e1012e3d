// The turns of a conversation with the servers. turns.py has the same turns.
//
// A turn has a message that is `said`, and all messages that are `heard` in return. messages.mjs
// makes their contents. A said message may be `plain` although compression is agreed on, and may be
// sent `inParts`. A heard message must be `compressed` or not, where that is known. `repeats` says
// that it has much in common with the message before it.

import { readFileSync } from "node:fs";

import { lines } from "./messages.mjs";

export const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url)));

/** The servers that a command line names: `shared ws://echo ws://obey dedicated ws://…`. */
export function servers(words = process.argv.slice(2)) {
  if (words.length === 0) return [];
  const [compression, echo, obey, ...rest] = words;
  return [{ compression, echo, obey }, ...servers(rest)];
}

/** Echoes of messages of these lengths, of either kind, compressed and plain, whole and in parts. */
export function echoes(lengths) {
  const turns = [];
  for (const length of lengths)
    for (const binary of [false, true])
      for (const plain of [false, true])
        for (const inParts of [false, true]) {
          const number = turns.length;
          turns.push(echo(length, { binary, plain, inParts, number }));
        }
  return turns;
}

/** An echo of the largest message, in another form for each server. */
export function largest(number) {
  const sort = { binary: number % 2 === 1, plain: number >= 2, inParts: number % 3 === 0 };
  return echo(cases.largest, { ...sort, number });
}

function echo(length, { binary, plain, inParts, number }) {
  const message = { binary, length, number };
  // Below the threshold nothing is compressed. In between it depends on the earlier messages.
  const compressed = length < 64 ? false : length >= 500 ? true : undefined;
  return { said: { ...message, plain, inParts }, heard: [{ ...message, compressed }] };
}

/**
 * Lets a server perform each sequence, first in one message, then step by step. All messages have
 * nearly the same text of `length` bytes, alternately as text and as binary.
 */
export function obeys(length) {
  const rest = lines(length, 1);
  const orders = cases.sequences.flatMap((sequence) => {
    const steps = sequence.split(" ");
    return [steps, ...steps.map((step) => [step])];
  });
  let isSubscribed = false;
  return orders.map((steps, i) => {
    const binary = i % 2 === 1;
    const heard = [];
    for (const [number, step] of steps.entries()) {
      if (step.endsWith("subscribe")) {
        isSubscribed = step === "subscribe";
      } else if (isSubscribed || step.startsWith("send")) {
        heard.push(answer(number, step, rest, binary, heard.at(-1)));
      }
    }
    return { said: { binary, text: `${steps.join(" ")}\n${rest}` }, heard };
  });
}

function answer(number, step, rest, binary, before) {
  const text = `${number} ${step}\n${rest}`;
  return {
    binary,
    text,
    length: Buffer.byteLength(text),
    compressed: !step.endsWith("plain"),
    step,
    repeats: step === "send" && before?.step === "send",
  };
}

/** How many parts a message `inParts` has. */
export const PARTS = 5;

/** The parts of a message: some are empty, and some end within a character. */
export function split(bytes) {
  const third = Math.floor(bytes.length / 3);
  const ends = [0, third, third + 1, bytes.length, bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1], end));
}

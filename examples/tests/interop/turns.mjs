// What is said to the servers, turn by turn, and what is to be heard; turns.py has the same.
//
// A turn has what is `said` and all that is `heard` in return, each as messages.mjs describes it. What
// is said may be `plain` though compression is agreed on, and `inParts`. What is heard has travelled
// `compressed` or not, where that is known, and may have `repeats` of the one before in it.

import { readFileSync } from "node:fs";

import { lines } from "./messages.mjs";

export const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url)));

/** The servers that a command line names: `shared ws://the-echo ws://what-obeys dedicated ws://…`. */
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

/** An echo of a message as large as can be, of another sort for each server. */
export function largest(number) {
  const sort = { binary: number % 2 === 1, plain: number >= 2, inParts: number % 3 === 0 };
  return echo(cases.largest, { ...sort, number });
}

function echo(length, { binary, plain, inParts, number }) {
  const message = { binary, length, number };
  // Below the threshold nothing is compressed; in between it depends on what came before.
  const compressed = length < 64 ? false : length >= 500 ? true : undefined;
  return { said: { ...message, plain, inParts }, heard: [{ ...message, compressed }] };
}

/**
 * Has a server do what the sequences say with much the same text, of so many bytes, each time: each
 * sequence at a stroke and then step by step, as text and as binary in turn.
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

/** So many parts are some messages sent in. */
export const PARTS = 5;

/** The parts of a message: some are empty, and some end within a letter. */
export function split(bytes) {
  const third = Math.floor(bytes.length / 3);
  const ends = [0, third, third + 1, bytes.length, bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1], end));
}

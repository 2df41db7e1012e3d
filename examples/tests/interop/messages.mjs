// The messages that clients send and expect. This code runs in Node.js and in pages. messages.py
// makes the same messages.

/** How many more bytes than characters a line has in UTF-8. */
const EXTRA_BYTES = 6;

/** Binary messages repeat after this many bytes. No window reaches back that far. */
const PERIOD = 40_960;

/** The content of a message that is described by its `text`, or by its `length` in bytes. */
export function content({ binary, text, length, number }) {
  if (!binary) return text ?? lines(length, number);
  return text === undefined ? bytes(length, number) : new TextEncoder().encode(text);
}

/** Text of `length` bytes. Different texts have much in common. */
export function lines(length, number) {
  const lines = [];
  let left = length;
  for (let row = number; ; row++) {
    const line = `{"symbol":"ACME","price":${(row * 7919) % 10_007},"note":"grüße, 世界"}\n`;
    if (line.length + EXTRA_BYTES > left) break;
    lines.push(line);
    left -= line.length + EXTRA_BYTES;
  }
  return lines.join("") + "x".repeat(left);
}

/** `length` bytes, in which every other block of 64 bytes is noise. */
function bytes(length, number) {
  const bytes = new Uint8Array(length);
  let noise = (number % 4) + 1;
  for (let i = 0; i < Math.min(length, PERIOD); i++) {
    if (i % 128 < 64) {
      bytes[i] = i % 64;
    } else {
      noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[i] = noise >>> 24;
    }
  }
  for (let i = PERIOD; i < length; i *= 2) bytes.copyWithin(i, 0, i);
  return bytes;
}

/** Whether an arrived message, a string or bytes, equals the expected one. */
export function isSame(data, expected) {
  if (typeof data === "string" || typeof expected === "string") return data === expected;
  const bytes = new Uint8Array(data);
  return bytes.length === expected.length && bytes.every((byte, i) => byte === expected[i]);
}

// The cases of the suite, and the notation for lists of them.

/** The name of the group for the first number of a case. */
export const GROUPS = {
  1: "framing",
  2: "pings and pongs",
  3: "reserved bits",
  4: "opcodes",
  5: "fragmentation",
  6: "UTF-8",
  7: "closing",
  9: "limits",
  10: "miscellaneous",
  12: "compression, payloads",
  13: "compression, parameters",
};

export const ALL = ["*"];

/**
 * All cases without compression. Each case with compression sends a thousand messages: of these
 * cases, only those with short messages, and one with fragments.
 */
export const QUICK = [
  ...Object.keys(GROUPS)
    .filter((group) => group < 12)
    .map((group) => `${group}.*`),
  ...["12.1", "12.2", "12.3", "12.4", "12.5"].flatMap(short),
  ...["13.1", "13.2", "13.3", "13.4", "13.5", "13.6", "13.7"].flatMap(short),
  "12.1.11",
];

function short(group) {
  return [1, 2, 3, 4].map((number) => `${group}.${number}`);
}

/** Sorts cases by number: 1.2 comes before 1.10. */
export function inOrder(cases) {
  return [...cases].sort((a, b) => {
    const [x, y] = [a, b].map((name) => name.split(".").map(Number));
    const at = x.findIndex((number, i) => number !== y[i]);
    return at < 0 ? 0 : x[at] - (y[at] ?? -1);
  });
}

/** 1.1.1 1.1.2 1.1.3 → 1.1.1-3 */
export function toRanges(cases) {
  const ranges = [];
  for (const name of inOrder(cases)) {
    const [, group, number] = /^(.*)\.(\d+)$/.exec(name);
    const last = ranges.at(-1);
    if (last?.group === group && last.to === number - 1) last.to = Number(number);
    else ranges.push({ group, from: Number(number), to: Number(number) });
  }
  return ranges.map(({ group, from, to }) => `${group}.${from}${from < to ? `-${to}` : ""}`);
}

/** 1.1.1-3 → 1.1.1 1.1.2 1.1.3 */
export function fromRanges(ranges) {
  return ranges.flatMap((range) => {
    const [, group, from, to = from] = /^(.*)\.(\d+)(?:-(\d+))?$/.exec(range);
    return Array.from({ length: to - from + 1 }, (_, i) => `${group}.${Number(from) + i}`);
  });
}

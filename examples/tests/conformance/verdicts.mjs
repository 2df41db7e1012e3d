// The verdicts of the suite, and their comparison with the expected verdicts.

import { GROUPS, fromRanges, inOrder, toRanges } from "./cases.mjs";

/** From best to worst. BAD END is a case that passes, but with a wrong closing handshake. */
const VERDICTS = ["OK", "INFORMATIONAL", "NON-STRICT", "UNIMPLEMENTED", "BAD END", "FAILED"];

/** The verdict of each case. */
export function verdicts(report) {
  const all = inOrder(Object.keys(report)).map((name) => [name, verdict(report[name])]);
  return new Map(all);
}

function verdict({ behavior, behaviorClose }) {
  if (behavior === "FAILED" || !VERDICTS.includes(behavior)) return "FAILED";
  return ["OK", "INFORMATIONAL"].includes(behaviorClose) ? behavior : "BAD END";
}

/** The counts of all verdicts, by group and in total. */
export function table(seen) {
  const rows = Object.entries(GROUPS).map(([group, name]) => {
    const of = [...seen].filter(([name]) => name.split(".")[0] === group);
    return [`${group} ${name}`, of.map(([, verdict]) => verdict)];
  });
  rows.push(["all", [...seen.values()]]);
  const counts = rows
    .filter(([, of]) => of.length > 0)
    .map(([name, of]) => [
      name.padEnd(26),
      ...VERDICTS.map((verdict) =>
        String(of.filter((other) => other === verdict).length).padStart(verdict.length),
      ),
    ]);
  return [["".padEnd(26), ...VERDICTS], ...counts].map((row) => row.join("  ")).join("\n");
}

/** The differences from the expectation. A case without an entry is expected to be OK. */
export function compare(seen, expectation) {
  if (!expectation) return { worse: ["nothing is expected of this server yet: --update"], better: [] };
  const expected = byCase(expectation);
  const [worse, better] = [[], []];
  for (const [name, verdict] of seen) {
    const before = expected.get(name) ?? "OK";
    const change = VERDICTS.indexOf(verdict) - VERDICTS.indexOf(before);
    if (change > 0) worse.push(`${name} is ${verdict} and was ${before}`);
    if (change < 0) better.push(`${name} is ${verdict} and was ${before}`);
  }
  return { worse, better };
}

/** The cases that are not OK, by verdict. Cases that did not run keep their earlier verdict. */
export function expectation(seen, before = {}) {
  const all = new Map([...byCase(before), ...seen]);
  const ofVerdict = VERDICTS.slice(1).map((verdict) => {
    const cases = [...all.keys()].filter((name) => all.get(name) === verdict);
    return [verdict, toRanges(cases)];
  });
  return Object.fromEntries(ofVerdict.filter(([, ranges]) => ranges.length > 0));
}

function byCase(expectation) {
  const cases = Object.entries(expectation).flatMap(([verdict, ranges]) =>
    fromRanges(ranges).map((name) => [name, verdict]),
  );
  return new Map(cases);
}

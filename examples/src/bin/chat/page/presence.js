// Folds entries and exits that follow each other into one line, so that a crowd does not push the talk
// out of sight.

import { named, notice } from "./lines.js";

// How many people of a line have their names in it.
const MOST_NAMES = 3;

/** A line with the people that entered and left. */
export class Presence {
  line = notice(0);
  #groups = new Map();

  /** Adds a person who has "entered" or "left". */
  add(verb, name, at) {
    const names = this.#groups.get(verb) ?? [];
    names.push(name);
    // The latest event comes last, so that a person who has come back does not seem to have left.
    this.#groups.delete(verb);
    this.#groups.set(verb, names);
    // A screen reader reads the line when it comes, and not again for each person of a crowd.
    if (this.line.isConnected) this.line.ariaLive = "off";
    const clauses = [...this.#groups].flatMap(([verb, names]) => ["; ", ...clause(names, verb)]);
    this.line.replaceChildren(...notice(at, ...clauses.slice(1)).childNodes);
  }
}

/** "Ann entered", "Ann, Bob and Cleo entered" or "Ann and 149 others entered". */
function clause(names, verb) {
  const shown = names.length > MOST_NAMES ? names.slice(0, 1) : names;
  const others = names.length - shown.length;
  const parts = shown.map(named);
  if (others > 0) parts.push(`${others} others`);
  return parts.flatMap((part, i) => [separator(i, parts.length), part]).concat(` ${verb}`);
}

const separator = (i, length) => (i === 0 ? "" : i === length - 1 ? " and " : ", ");

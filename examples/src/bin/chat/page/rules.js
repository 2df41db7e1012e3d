// The rules for names and messages. The server enforces them (rules.rs). The page knows them to tell
// its user before it sends.

export const LONGEST_TEXT = 2000;
const LONGEST_NAME = 32;
const LONGEST_ROOM = 64;

/** Counts characters as the server does: an emoji is one, but `length` would be two. */
export const count = (string) => [...string].length;

/** Whether a character can be seen without a neighbour. */
export const isVisible = (character) =>
  !/[\p{Z}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u.test(character);

/** The rule that the name of a person breaks, or "". */
export const problemWithName = (name) => problem("name", name, LONGEST_NAME);

/** The rule that the name of a room breaks, or "". */
export const problemWithRoom = (room) => problem("room", room, LONGEST_ROOM);

function problem(what, value, longest) {
  if (value === "" || count(value) > longest) return `A ${what} has 1 to ${longest} characters.`;
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(value)) return `A ${what} has no control characters.`;
  if (![...value].some(isVisible)) return `A ${what} has something to see in it.`;
  return "";
}

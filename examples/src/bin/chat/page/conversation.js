// The lines of the conversation, and the reader's place in them.

import { Presence } from "./presence.js";

// Messages of one person that follow within this time are grouped. Milliseconds.
const SAME_BREATH = 5 * 60_000;

// Limit the memory of a page that stays open for days. Lines vanish above a reader at the end. Above a
// reader who has scrolled up they stay, within reason.
const MOST_LINES = 500;
const MOST_LINES_ABOVE_A_READER = 5_000;

// A reader this close to the end follows the conversation. Pixels.
const NEAR_END = 40;

const scroller = document.getElementById("scroller");
const messages = document.getElementById("messages");
const newer = document.getElementById("newer");

let isFollowing = true;
let lastTop = 0;
let unseen = 0;
let presence = null;

/** Adds a line. Pending lines stay below it, because others see them in that order. */
export function add(line) {
  noteScroll();
  messages.insertBefore(line, firstPending());
  group(line);
  follow();
}

/** Adds a line, and counts it as new for a reader who has scrolled up. */
export function addNew(line) {
  add(line);
  if (!isFollowing) unseen += 1;
  drawNewer();
}

/** Tells that a person has "entered" or "left". */
export function addPresence(verb, name, at) {
  noteScroll();
  const pending = firstPending();
  const last = pending ? pending.previousElementSibling : messages.lastElementChild;
  const isNew = !presence || presence.line !== last;
  if (isNew) presence = new Presence();
  presence.add(verb, name, at);
  if (isNew) add(presence.line);
  else follow();
}

/** Adds a line of this page's user, which waits for its confirmation, and goes to the end. */
export function addPending(line) {
  messages.append(line);
  group(line);
  goToEnd();
}

/** Draws a line again after a change. */
export function redraw(line) {
  group(line);
  follow();
}

export function clear() {
  messages.replaceChildren();
  presence = null;
  unseen = 0;
  isFollowing = true;
  drawNewer();
}

const firstPending = () => messages.querySelector('[data-delivery="pending"]');

/** Marks this line and the next one, if each continues the line above it. */
function group(line) {
  for (const each of [line, line?.nextElementSibling]) {
    const above = each?.previousElementSibling;
    if (!each?.dataset.from) continue;
    const follows =
      above?.dataset.from === each.dataset.from && each.dataset.at - above.dataset.at < SAME_BREATH;
    each.classList.toggle("follows", follows);
    // Screen readers read the author of every message.
    each.querySelector(".who")?.classList.toggle("visually-hidden", follows);
    const face = each.querySelector(".face");
    if (face) face.hidden = follows;
  }
}

function trim() {
  const most = isFollowing ? MOST_LINES : MOST_LINES_ABOVE_A_READER;
  if (messages.childElementCount <= most) return;
  while (messages.childElementCount > most) messages.firstElementChild.remove();
  group(messages.firstElementChild);
}

function follow() {
  trim();
  if (isFollowing) scroller.scrollTop = scroller.scrollHeight;
}

function goToEnd() {
  isFollowing = true;
  unseen = 0;
  drawNewer();
  follow();
}

/** Finds out whether the reader has scrolled. The scroll event comes only with the next frame. */
function noteScroll() {
  const { scrollTop } = scroller;
  const below = scroller.scrollHeight - scroller.clientHeight - scrollTop;
  // Only scrolling up stops following. A window that shrinks moves the end, not the scroll position.
  isFollowing = below < NEAR_END || (isFollowing && scrollTop >= lastTop);
  lastTop = scrollTop;
  if (isFollowing) unseen = 0;
}

function drawNewer() {
  newer.hidden = unseen === 0;
  newer.textContent = unseen === 1 ? "1 new message ↓" : `${unseen} new messages ↓`;
}

scroller.addEventListener("scroll", () => {
  noteScroll();
  drawNewer();
});

newer.addEventListener("click", () => {
  goToEnd();
  document.getElementById("text").focus();
});

new ResizeObserver(follow).observe(scroller);

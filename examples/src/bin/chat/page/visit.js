// A visit to a room.

import { Connection } from "./connection.js";
import * as conversation from "./conversation.js";
import { drawInvite } from "./invite.js";
import { announcement, gap, messageOf, notice } from "./lines.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Requests } from "./requests.js";

// Limits the memory of a page that stays open for days.
const MOST_REMEMBERED = 10_000;

// Milliseconds.
const LONGEST_ADMISSION = 10_000;

/**
 * The time that a user spends in one room, over as many connections as it takes. It calls these hooks:
 *
 * - `onState(state)`: the connection has changed its state
 * - `onWelcome(room)`: the server has let the user in, or in again
 * - `onRefusal(why)`: the server has not let the user in; the visit is over
 * - `onNew()`: the room has a new message
 * - `onProblem(why)`: a message was perhaps not sent; `""` if all is well again
 */
export class Visit {
  people = new People();
  outbox = new Outbox(
    (request) => this.requests.send(request),
    () => this.#hooks.onProblem("The connection was lost before your last message was confirmed."),
  );
  #hooks;
  /** Routes find this page's socket by this id. It is a permission, so it is a secret. */
  socketId = null;
  /** The ids of the messages that are shown. One that comes again is not shown again. */
  #shown = new Set();
  /** The room as the last welcome told of it, and the number of its last message that is known. */
  #room = null;
  #last = 0;

  constructor(name, room, hooks) {
    this.#hooks = hooks;
    const query = new URLSearchParams({ name, room });
    this.connection = new Connection(`chat?${query}`, {
      onState: (state) => this.#drawState(state),
      onMessage: (event) => this.#take(event),
      onRefusal: (why) => this.#refused(why),
      whyNot: () => refusal(query),
    });
    this.requests = new Requests(this.connection);
  }

  say(said) {
    this.#remember(this.outbox.say(said));
  }

  get isOpen() {
    return this.connection.isOpen;
  }

  /** Finds out whether the connection lives, or connects again. */
  probe() {
    if (this.isOpen) this.requests.ping();
    else this.connection.tryNow();
  }

  leave() {
    this.requests.stop();
    this.connection.leave();
    conversation.clear();
  }

  #drawState(state) {
    this.#hooks.onState(state);
    if (state.name === "open") return this.requests.start();
    // The first state comes out of the constructor of the connection.
    this.requests?.stop();
    this.outbox.doubt();
  }

  /** A visit that has begun goes on, and enters again when there is a place. */
  #refused(why) {
    if (this.#room) return;
    this.leave();
    this.#hooks.onRefusal(why);
  }

  #take(event) {
    this.requests.heard(event);
    this.#last = Math.max(this.#last, event.number ?? 0);
    // A newer server may send events that this page does not know.
    if (Object.hasOwn(this.#events, event.type)) this.#events[event.type](event);
  }

  #events = {
    welcome: (welcome) => {
      const { you, room, since, said, others, socket } = welcome;
      conversation.add(this.#entry(welcome));
      this.socketId = socket;
      this.#room = { since };
      this.#last = said;
      this.people.reset(you, others);
      drawInvite(this.people.isOnlyMe);
      this.#hooks.onWelcome(room);
    },

    enter: ({ person, at }) => {
      if (this.people.enter(person)) this.#drawPresence("entered", person, at);
    },

    leave: ({ person, at }) => {
      if (this.people.leave(person)) this.#drawPresence("left", person, at);
    },

    message: ({ id, person, text, at }) => {
      // It may be an own message, which the server got although its connection was lost.
      if (this.outbox.has(id)) this.#confirm(id, at);
      if (this.#shown.has(id)) return;
      this.#remember(id);
      this.#show(messageOf(person, text, at));
    },

    announcement: ({ text, at }) => this.#show(announcement("Announcement to the room", text, at)),

    greeting: ({ text, at }) => this.#show(announcement("For you alone", text, at)),

    sent: ({ id, at }) => this.#confirm(id, at),

    refused: ({ id, reason }) => {
      if (this.outbox.has(id)) this.outbox.refuse(id, reason);
      else this.#hooks.onProblem(reason);
    },
  };

  #confirm(id, at) {
    this.outbox.confirm(id, at);
    if (this.outbox.doubts === 0) this.#hooks.onProblem("");
  }

  /** What the user has to know of the time before a welcome. */
  #entry({ since, said, at }) {
    if (!this.#room) return notice(at, "You entered the room");
    // An own message that was not confirmed may be among those that are missed.
    const most = this.outbox.doubts > 0 ? "up to " : "";
    const missed = said - this.#last;
    if (since !== this.#room.since) return gap(at, "You are back. You may have missed messages.");
    if (missed === 0) return notice(at, "You are back. You missed nothing.");
    return gap(at, `You are back. You missed ${most}${missed} ${missed === 1 ? "message" : "messages"}.`);
  }

  /** Keeps an id in mind, and forgets the oldest of very many. */
  #remember(id) {
    this.#shown.add(id);
    if (this.#shown.size > MOST_REMEMBERED) this.#shown.delete(this.#shown.keys().next().value);
  }

  #drawPresence(verb, person, at) {
    conversation.addPresence(verb, person.name, at);
    drawInvite(this.people.isOnlyMe);
  }

  #show(line) {
    conversation.addNew(line);
    this.#hooks.onNew();
  }
}

/** A browser hides the response to a handshake, so the page asks by an ordinary request. */
async function refusal(query) {
  try {
    const signal = AbortSignal.timeout(LONGEST_ADMISSION);
    const response = await fetch(`admission?${query}`, { signal });
    // A proxy would answer with an HTML page instead.
    const isSentence = response.headers.get("content-type")?.startsWith("text/plain");
    return !response.ok && isSentence ? await response.text() : "";
  } catch {
    return "";
  }
}

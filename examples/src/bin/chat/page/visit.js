// A visit to a room.

import { Chat } from "./client.js";
import * as conversation from "./conversation.js";
import { drawInvite } from "./invite.js";
import { announcement, gap, messageOf, notice } from "./lines.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";

// Limits the memory of a page that stays open for days.
const MOST_REMEMBERED = 10_000;

// After this silence the page asks whether the server is there. Milliseconds.
const LONGEST_SILENCE = 15_000;
const LONGEST_ADMISSION = 10_000;

/**
 * The time that a user spends in one room, over as many connections as it takes. It calls these hooks:
 *
 * - `onState(state)`: the connection has changed its state. It is `{ name: "connecting" }`,
 *   `{ name: "open" }` or `{ name: "waiting", why, seconds }`, again for each second of the wait
 * - `onWelcome(room)`: the server has let the user in, or in again
 * - `onRefusal(why)`: the server has not let the user in, or has ended the visit
 * - `onNew()`: the room has a new message
 * - `onProblem(why)`: a message was perhaps not sent; `""` if all is well again
 */
export class Visit {
  people = new People();
  outbox = new Outbox((id, text) => this.#send(id, text));
  isOpen = false;
  /** Routes find this page's socket by this id. It is a permission, so it is a secret. */
  socketId = null;
  #chat;
  #hooks;
  #timer;
  /** The ids of the messages that are shown. One that comes again is not shown again. */
  #shown = new Set();
  /** The room, since the first welcome. */
  #room = null;
  #me = null;
  /** When the room was opened, and the number of its last message that is known. */
  #since = null;
  #last = 0;

  constructor(name, room, hooks) {
    this.#hooks = hooks;
    const query = new URLSearchParams({ name, room });
    this.#chat = new Chat(() => admission(query), {
      longestSilence: LONGEST_SILENCE,
      state: (state, details) => this.#changed(state, details),
      closed: () => this.#end("The server has closed the connection."),
      // Such as a server that is newer than this page.
      failed: () => this.#end("The server does not understand this page. Reload it."),
      on: {
        welcome: (welcome) => this.#welcome(welcome),
        greeting: ({ text, at }) => this.#show(announcement("For you alone", text, at)),
      },
    });
  }

  say(said) {
    this.#remember(this.outbox.say(said));
  }

  /** Ends a wait for the next connection. */
  tryNow() {
    this.#chat.reconnect();
  }

  leave() {
    clearTimeout(this.#timer);
    this.outbox.clear();
    this.#chat.close();
    conversation.clear();
  }

  #end(why) {
    this.leave();
    this.#hooks.onRefusal(why);
  }

  #changed(state, { wait, why }) {
    const wasOpen = this.isOpen;
    this.isOpen = state === "open";
    clearTimeout(this.#timer);
    if (state === "closed") return;
    if (state !== "waiting") return this.#hooks.onState({ name: state });
    // A visit that has begun goes on, and enters again when there is a place.
    if (why.error instanceof Refusal && !this.#room) return this.#end(why.error.message);
    this.#countDown(sentence(why, wasOpen), Date.now() + wait);
  }

  #countDown(why, until) {
    const left = until - Date.now();
    this.#hooks.onState({ name: "waiting", why, seconds: Math.max(1, Math.ceil(left / 1000)) });
    if (left > 1000) this.#timer = setTimeout(() => this.#countDown(why, until), left % 1000 || 1000);
  }

  #welcome({ you, room, socket }) {
    this.#me = you;
    this.socketId = socket;
    // The client joins the room again on each later connection.
    this.#room ??= this.#chat.joinRoom(
      { name: room },
      {
        joined: (snapshot) => this.#joined(room, snapshot),
        on: {
          enter: ({ person, at }) => this.people.enter(person) && this.#drawPresence("entered", person, at),
          leave: ({ person, at }) => this.people.leave(person) && this.#drawPresence("left", person, at),
          message: (message) => this.#hear(message),
          announcement: ({ number, text, at }) => {
            this.#count(number);
            this.#show(announcement("Announcement to the room", text, at));
          },
          elsewhere: ({ elsewhere }) => {
            this.people.tellElsewhere(elsewhere);
            drawInvite(this.people.isOnlyMe);
          },
        },
      },
    );
  }

  #joined(room, { since, said, others, elsewhere, at }) {
    conversation.add(this.#entry(since, said, at));
    this.#since = since;
    this.#last = said ?? 0;
    this.people.reset(this.#me, others, elsewhere);
    drawInvite(this.people.isOnlyMe);
    this.#hooks.onWelcome(room);
  }

  #hear({ id, number, person, text, at }) {
    this.#count(number);
    // It may be an own message, which the server got although its connection was lost.
    if (this.outbox.has(id)) this.#confirm(id, at);
    if (this.#shown.has(id)) return;
    this.#remember(id);
    this.#show(messageOf(person, text, at));
  }

  async #send(id, text) {
    try {
      const { ok, value, error } = await this.#chat.say({ id, text });
      if (!ok) return this.outbox.refuse(id, error.sentence ?? "You are not in the room.");
      this.#count(value.number);
      this.#confirm(id, value.at);
    } catch ({ reason }) {
      // The message may be lost, or only its confirmation. Confirmations are quick, so that one which
      // is late means that the connection is dead.
      if (!this.outbox.doubt(id)) return;
      this.#hooks.onProblem("The connection was lost before your last message was confirmed.");
      if (reason === "timeout") this.#chat.reconnect();
    }
  }

  #confirm(id, at) {
    this.outbox.confirm(id, at);
    if (this.outbox.doubts === 0) this.#hooks.onProblem("");
  }

  #count(number) {
    this.#last = Math.max(this.#last, number);
  }

  /** What the user has to know of the time before the room was joined. */
  #entry(since, said, at) {
    if (this.#since === null) return notice(at, "You entered the room");
    // An own message that was not confirmed may be among those that are missed.
    const most = this.outbox.doubts > 0 ? "up to " : "";
    const missed = said - this.#last;
    // With other servers nobody counts what all of them pass on.
    if (since !== this.#since || said === null) return gap(at, "You are back. You may have missed messages.");
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

/** The server does not let a user in. The message is a sentence for the user. */
class Refusal extends Error {}

/**
 * The address of the socket. A browser hides the response to a handshake, so the page asks by an
 * ordinary request before it whether the server would refuse.
 */
async function admission(query) {
  const signal = AbortSignal.timeout(LONGEST_ADMISSION);
  // A network that fails here also fails for the socket, which tells of it.
  const response = await fetch(`admission?${query}`, { signal }).catch(() => null);
  // A proxy would answer with an HTML page instead.
  const isSentence = response?.headers.get("content-type")?.startsWith("text/plain");
  if (isSentence && !response.ok) throw new Refusal(await response.text());
  return `chat?${query}`;
}

/** Why there is no connection. */
function sentence({ reason, message, error }, wasOpen) {
  if (error instanceof Refusal) return error.message;
  if (!navigator.onLine) return "This device is offline.";
  if (reason === "silent") return "The server does not answer.";
  if (!wasOpen) return "The server cannot be reached.";
  return message ? `The server closed the connection: ${message}.` : "The connection was lost.";
}

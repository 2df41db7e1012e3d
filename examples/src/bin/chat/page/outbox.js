// The messages that this page sends. A message is pending until the server confirms that it has passed
// it on.

import * as conversation from "./conversation.js";
import { element, ownMessage, time } from "./lines.js";

/** The messages of this page's user. */
export class Outbox {
  #send;
  /** The lines that are not confirmed, by the ids of their messages. */
  #lines = new Map();

  /** `send` takes the id and the text of a message. */
  constructor(send) {
    this.#send = send;
  }

  /**
   * Sends a message, and returns its id. A message that is sent again has its earlier id, so that
   * others see it once.
   */
  say(text, id = randomId()) {
    const line = ownMessage(text, "sending…");
    line.dataset.delivery = "pending";
    conversation.addPending(line);
    this.#lines.set(id, { line, text });
    this.#send(id, text);
    return id;
  }

  /** The number of messages of which the page does not know whether others have them. */
  get doubts() {
    return this.#lines.size;
  }

  /** Whether a message of this id waits for its confirmation. */
  has(id) {
    return this.#lines.has(id);
  }

  confirm(id, at) {
    this.#settle(id, "sent", time(at), at);
  }

  refuse(id, reason) {
    this.#settle(id, "refused", `Not sent. ${reason}`);
  }

  /** A message was perhaps not sent. Returns `false` if it is confirmed already. */
  doubt(id) {
    const { line, text } = this.#lines.get(id) ?? {};
    if (!line) return false;
    this.#mark(line, "unknown", "Not confirmed: this may not have been sent.");
    const again = element("button", "again", "Send again");
    // Until the connection is back.
    again.disabled = true;
    again.addEventListener("click", () => {
      line.remove();
      this.say(text, id);
      document.getElementById("text").focus();
    });
    line.append(again);
    conversation.redraw(line);
    return true;
  }

  clear() {
    this.#lines.clear();
  }

  #settle(id, delivery, meta, at) {
    const { line } = this.#lines.get(id) ?? {};
    if (!line) return;
    this.#lines.delete(id);
    line.querySelector(".again")?.remove();
    this.#mark(line, delivery, meta, at);
  }

  #mark(line, delivery, meta, at = Date.now()) {
    line.dataset.delivery = delivery;
    line.dataset.at = at;
    line.querySelector(".meta").replaceChildren(meta);
    conversation.redraw(line);
  }
}

/** 128 random bits in hexadecimal digits. `crypto.randomUUID` would need https. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

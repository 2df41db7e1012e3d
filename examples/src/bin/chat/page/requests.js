// The requests to the server. Each has one answer, in order (requests.rs), so a late answer means that
// the connection is dead. A page learns of a dead network in no other way.

// Milliseconds.
const LONGEST_ANSWER = 10_000;
const QUIET_BEFORE_PING = 15_000;
const OVERSLEPT = 2_000;

const ANSWERS = new Set(["sent", "refused", "pong"]);

/** The requests on one connection at a time. It gives up a connection that does not answer. */
export class Requests {
  #connection;
  /** When the requests without an answer were sent, the oldest first. */
  #unanswered = [];
  #heardAt = 0;
  #timer;

  constructor(connection) {
    this.#connection = connection;
  }

  /** The connection has opened. */
  start() {
    this.#unanswered = [];
    this.#heardAt = performance.now();
    this.#watch();
  }

  /** The connection has ended. */
  stop() {
    clearTimeout(this.#timer);
  }

  send(request) {
    this.#unanswered.push(performance.now());
    this.#connection.send(request);
    this.#watch();
  }

  /** Asks whether the connection lives, if no request asks that already. */
  ping() {
    if (this.#unanswered.length === 0) this.send({ type: "ping" });
  }

  /** Takes note of an event from the server. */
  heard({ type }) {
    this.#heardAt = performance.now();
    if (ANSWERS.has(type)) this.#unanswered.shift();
    this.#watch();
  }

  #watch() {
    clearTimeout(this.#timer);
    const [oldest] = this.#unanswered;
    const due = oldest === undefined ? this.#heardAt + QUIET_BEFORE_PING : oldest + LONGEST_ANSWER;
    this.#timer = setTimeout(() => this.#look(due), Math.max(0, due - performance.now()));
  }

  #look(due) {
    const now = performance.now();
    if (this.#unanswered.length === 0) this.ping();
    else if (now < due + OVERSLEPT) this.#connection.fail("The server does not answer.");
    else {
      // The page was asleep. The answers may have come, and wait for their turn.
      this.#unanswered.fill(now);
      this.#watch();
    }
  }
}

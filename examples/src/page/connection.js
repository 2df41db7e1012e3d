// Shared by the pages of the examples: a WebSocket that reconnects by itself.

// Milliseconds.
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
const LONGEST_HANDSHAKE = 10_000;
const STABLE_AFTER = 5_000;

/**
 * A connection to the server. It is in one of these states, and tells `onState` of each change:
 *
 * - `{ name: "connecting" }`
 * - `{ name: "open" }`
 * - `{ name: "waiting", why, seconds }`, again every second until the next attempt
 */
export class Connection {
  #url;
  #onState;
  #onMessage;
  #onRefusal;
  #whyNot;
  #socket;
  #listeners = new AbortController();
  #life = new AbortController();
  #timer;
  #failures = 0;
  #openedAt = null;

  /**
   * `path` is relative to the page. `onMessage` gets the value of each message.
   *
   * `whyNot` resolves to the reason why the server refuses a connection, or to "" if it does not
   * refuse. `onRefusal` gets that reason before the wait for the next attempt, and may call `leave`.
   */
  constructor(path, { onState, onMessage, onRefusal = () => {}, whyNot = async () => "" }) {
    this.#url = new URL(path, location.href);
    this.#url.protocol = this.#url.protocol === "https:" ? "wss:" : "ws:";
    this.#onState = onState;
    this.#onMessage = onMessage;
    this.#onRefusal = onRefusal;
    this.#whyNot = whyNot;
    const { signal } = this.#life;
    addEventListener("offline", () => this.fail(unreachable()), { signal });
    addEventListener("online", () => this.tryNow(), { signal });
    this.#connect();
  }

  get isOpen() {
    return this.#openedAt !== null;
  }

  send(value) {
    this.#socket.send(JSON.stringify(value));
  }

  /**
   * Gives up the present connection or attempt, and waits for the next one. The closing handshake of
   * the browser would take a minute on a dead network.
   */
  fail(why) {
    if (!this.#socket) return;
    // The delays must also grow for a server that accepts and hangs up at once.
    if (this.isOpen && Date.now() - this.#openedAt > STABLE_AFTER) this.#failures = 0;
    this.#drop();
    this.#wait(why);
  }

  /** Ends a wait, or an attempt that may be stuck, and connects at once. */
  tryNow() {
    if (!this.isOpen) this.#connect();
  }

  /** Closes the connection, and does not reconnect. */
  leave() {
    this.#life.abort();
    this.#drop();
  }

  /** Lets go of the socket. Its later events do not matter. */
  #drop() {
    clearTimeout(this.#timer);
    this.#listeners.abort();
    this.#socket?.close(1000);
    this.#socket = null;
    this.#openedAt = null;
  }

  #connect() {
    this.#drop();
    this.#onState({ name: "connecting" });

    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const listen = (type, listener) => socket.addEventListener(type, listener, { signal });

    // If the network drops the handshake, the browser alone would wait for minutes.
    this.#timer = setTimeout(() => this.fail("The server does not answer."), LONGEST_HANDSHAKE);

    listen("open", () => {
      clearTimeout(this.#timer);
      this.#openedAt = Date.now();
      this.#onState({ name: "open" });
    });
    listen("message", ({ data }) => this.#onMessage(JSON.parse(data)));
    listen("close", async ({ reason }) => {
      if (this.isOpen) {
        return this.fail(reason ? `The server closed the connection: ${reason}.` : "The connection was lost.");
      }
      const refusal = await this.#whyNot();
      // The user may have left meanwhile, or have tried again.
      if (signal.aborted) return;
      if (refusal) this.#onRefusal(refusal);
      if (!signal.aborted) this.fail(refusal || unreachable());
    });
  }

  #wait(why) {
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
    this.#failures += 1;
    // Half of it is random, so that not all pages of a restarted server come back at once.
    const until = Date.now() + longest * (0.5 + Math.random() / 2);

    const tick = () => {
      const left = until - Date.now();
      if (left <= 0) return this.#connect();
      this.#onState({ name: "waiting", why, seconds: Math.ceil(left / 1000) });
      this.#timer = setTimeout(tick, left % 1000 || 1000);
    };
    tick();
  }
}

const unreachable = () => (navigator.onLine ? "The server cannot be reached." : "This device is offline.");

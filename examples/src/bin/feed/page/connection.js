// A WebSocket that reconnects by itself.

// Milliseconds.
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
const LONGEST_HANDSHAKE = 10_000;
const STABLE_AFTER = 5_000;

/** A connection to the server. It tells `onState` that it is "connecting", "open" or "waiting". */
export class Connection {
  #url;
  #onState;
  #onMessage;
  #socket;
  #listeners = new AbortController();
  #life = new AbortController();
  #timer;
  #failures = 0;
  #openedAt = null;

  /**
   * `path` is relative to the page. `onMessage` gets the value of each message. `onState` gets a state,
   * and for "waiting" the milliseconds until the next attempt.
   */
  constructor(path, { onState, onMessage }) {
    this.#url = new URL(path, location.href);
    this.#url.protocol = this.#url.protocol === "https:" ? "wss:" : "ws:";
    this.#onState = onState;
    this.#onMessage = onMessage;
    const { signal } = this.#life;
    addEventListener("offline", () => this.fail(), { signal });
    addEventListener("online", () => this.#openedAt ?? this.#connect(), { signal });
    this.#connect();
  }

  /**
   * Gives up the present connection or attempt, and waits for the next one. The closing handshake of
   * the browser would take a minute on a dead network.
   */
  fail() {
    if (!this.#socket) return;
    // The delays must also grow for a server that accepts and hangs up at once.
    if (this.#openedAt !== null && Date.now() - this.#openedAt > STABLE_AFTER) this.#failures = 0;
    this.#drop();
    this.#wait();
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
    this.#onState("connecting");

    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const listen = (type, listener) => socket.addEventListener(type, listener, { signal });

    // If the network drops the handshake, the browser alone would wait for minutes.
    this.#timer = setTimeout(() => this.fail(), LONGEST_HANDSHAKE);

    listen("open", () => {
      clearTimeout(this.#timer);
      this.#openedAt = Date.now();
      this.#onState("open");
    });
    listen("message", ({ data }) => this.#onMessage(JSON.parse(data)));
    listen("close", () => this.fail());
  }

  #wait() {
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
    this.#failures += 1;
    // Half of it is random, so that not all pages of a restarted server come back at once.
    const wait = longest * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#onState("waiting", wait);
  }
}

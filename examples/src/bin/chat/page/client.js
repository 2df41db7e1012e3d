// Made by levante from the module `chat`, which is served at "/chat". Do not edit it.
/* eslint-disable */

const PROTOCOL = "levante.v1+json";

/** A person enters a room with the handshake, `/chat?name=Ada&room=lobby`, and then joins its topic. */
export class Chat {
  #link;

  /**
   * Connects, and connects again when the connection is lost. A function as `url` is called before each attempt, so
   * that it can give a fresh token.
   */
  constructor(url, options = {}) {
    this.#link = new LevanteLink(url, options, { tag: "type", variants: ["welcome", "greeting"] });
  }

  /** Passes a message on to the others in the room. */
  say(data) {
    return this.#link.ask("say", data, true);
  }

  /** Enters the room of the query, and tells what is there. */
  joinRoom(topic, handlers = {}) {
    return this.#link.join(LevanteLink.topic`room/${["name", topic.name]}`, handlers, { tag: "type", variants: ["enter", "message", "announcement", "leave", "elsewhere"] });
  }

  /** Connects at once if the client waits, and checks a connection that is open. */
  reconnect() {
    this.#link.reconnect();
  }

  /** Closes the connection for good. Calls without an answer reject. */
  close() {
    this.#link.close();
  }
}

// From here on, the clients of all modules are the same.

/** A call without an answer, a topic that cannot be joined, or a connection that is closed for good. */
export class CallError extends Error {
  /** The kind of the error. */
  reason;
  /** `false` if the call was never sent, so that the server has not run it. */
  sent;

  constructor(reason, message, sent) {
    super(message);
    this.name = "CallError";
    this.reason = reason;
    this.sent = sent;
  }
}

// Milliseconds.
const FIRST_WAIT = 500;
const LONGEST_HANDSHAKE = 10_000;
const STABLE_AFTER = 5_000;

/** Codes of the protocol after which another connection would end in the same way. */
const FINAL = [1002, 1003, 1007, 1009];

/** Leaves a topic that does not exist. The answer to it is a sign of life. */
const PROBE = '{"leave":"","id":0}';

/** Some of its functions exist in browsers only. */
const world = globalThis;

const report = (error) => (world.reportError ?? world.console.error)(error);

/** Calls a function of the application. An error in it must not end the connection. */
const guard = (run) => {
  try {
    run();
  } catch (error) {
    report(error);
  }
};

/** A timer cannot wait for longer than 24 days: it would fire at once. */
const after = (wait, run) => (wait < 2 ** 31 ? world.setTimeout(run, wait) : undefined);

/** Gives an event to its function in `on`: by its variant, if the contract has variants. */
const dispatch = (on, kinds, event) => {
  const variant = kinds ? event?.[kinds.tag] : "message";
  const run = on?.[!kinds || kinds.variants.includes(variant) ? variant : "unknown"];
  // All objects have functions such as `toString`, which is also the name of a variant.
  if (typeof run === "function" && run !== Object.prototype[variant]) guard(() => run.call(on, event));
};

/** Warns of functions in `on` that are never called, because no variant has their names. */
const check = (on, kinds) => {
  const known = [...(kinds?.variants ?? ["message"]), "unknown"];
  for (const name of Object.keys(on ?? {})) {
    if (!known.includes(name)) world.console.warn(`\`on.${name}\` is never called: there are ${known.join(", ")}`);
  }
};

/** One connection after another to the same server. */
class LevanteLink {
  #url;
  #options;
  #kinds;
  #codes;
  #state = "waiting";
  #socket;
  /** The end of a handshake, of a wait, or of the silence of an open connection. */
  #timer;
  /** Counts the attempts. What an earlier attempt has begun is of no use any more. */
  #round = 0;
  #failures = 0;
  #openedAt = 0;
  /** Whether the server owes a sign of life. */
  #isProbed = false;
  #lastId = 0;
  /** Calls that wait for a connection. */
  #queue = new Set();
  /** Calls that wait for their answers, by id. */
  #asked = new Map();
  #topics = new Map();

  /** `codes` are the closing codes that the application knows: all are its own, if there is no list. */
  constructor(url, options, kinds, codes) {
    this.#url = url;
    this.#options = options;
    this.#kinds = kinds;
    this.#codes = codes;
    check(options.on, kinds);
    world.addEventListener?.("online", this.#wake);
    world.addEventListener?.("offline", this.#sleep);
    world.document?.addEventListener("visibilitychange", this.#wake);
    // Not at once: the application has to keep its client first.
    world.queueMicrotask(() => this.#state === "waiting" && this.#connect());
  }

  /** The name of a topic. A value in it cannot look like another part of the name. */
  static topic(parts, ...fields) {
    const escaped = fields.map(([field, value]) => {
      if (value === undefined || value === null) throw new TypeError(`the topic has no \`${field}\``);
      return `${value}`.replaceAll("%", "%25").replaceAll("/", "%2F");
    });
    return parts.map((part, index) => part + (escaped[index] ?? "")).join("");
  }

  /** Calls a function that has no answer. */
  tell(type, data) {
    this.#put({ text: JSON.stringify({ type, data }), sent: false });
  }

  /** Calls a function, and waits for its answer. */
  ask(type, data, mayRefuse) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const answered = (frame) => {
        if (mayRefuse) resolve("error" in frame ? { ok: false, error: frame.error } : { ok: true, value: frame.ok });
        else if ("error" in frame) reject(new CallError("fault", `refused: ${JSON.stringify(frame.error)}`, true));
        else resolve(frame.ok);
      };
      this.#put({ id, text: JSON.stringify({ type, data, id }), sent: false, answered, failed: reject });
    });
  }

  /** Joins a topic now, and on each new connection. */
  join(name, handlers, kinds) {
    check(handlers.on, kinds);
    const topic = this.#topics.get(name) ?? { name, members: new Set(), isJoined: false };
    this.#topics.set(name, topic);
    const member = { handlers, kinds, missed: [] };
    topic.members.add(member);
    if (this.#isOpen()) this.#enter(topic, member);
    return {
      leave: () => {
        if (this.#remove(topic, member) && this.#isOpen()) this.#socket.send(JSON.stringify({ leave: name }));
      },
    };
  }

  /** Connects at once if it waits, and checks a connection that is open. */
  reconnect() {
    if (this.#state === "open") this.#probe();
    else if (this.#state === "waiting") {
      world.clearTimeout(this.#timer);
      this.#connect();
    }
  }

  /** Closes the connection for good. */
  close() {
    this.#end("closed by the client");
  }

  async #connect() {
    const round = ++this.#round;
    this.#timer = after(LONGEST_HANDSHAKE, this.#miss);
    this.#become("connecting");
    try {
      const url = typeof this.#url === "function" ? await this.#url() : this.#url;
      if (round !== this.#round) return;
      const absolute = new world.URL(url, world.location?.href);
      absolute.protocol = absolute.protocol.replace("http", "ws");
      const connect = this.#options.connect ?? ((url, protocol) => new world.WebSocket(url, protocol));
      const socket = (this.#socket = connect(absolute.href, PROTOCOL));
      socket.onopen = () => this.#opened();
      socket.onmessage = (event) => this.#receive(event.data);
      socket.onclose = (event) => this.#closed(event.code, event.reason);
      // The event of a failure says nothing, and `onclose` is called after it.
      socket.onerror = () => {};
    } catch (error) {
      if (round === this.#round) this.#lose({ reason: "error", error });
    }
  }

  #opened() {
    this.#openedAt = Date.now();
    this.#state = "open";
    this.#listen();
    for (const topic of this.#topics.values()) for (const member of topic.members) this.#enter(topic, member);
    for (const call of this.#queue) this.#send(call);
    this.#become("open");
  }

  #isOpen() {
    return this.#state === "open" && this.#socket.readyState === 1;
  }

  #closed(code, reason) {
    const isOwn = code >= 3000;
    const { closed, failed } = this.#options;
    if (code === 1000 || (this.#codes?.includes(code) ?? isOwn)) {
      this.#end(`closed by the server: ${code} ${reason}`);
      guard(() => closed?.(code, reason));
    } else if (isOwn || FINAL.includes(code)) {
      const error = this.#end(`closed by the server: ${code} ${reason}`);
      guard(() => (failed ?? report)(error));
    } else {
      // This client has sent too much. It must not come back soon.
      if (code === 1008) this.#openedAt = 0;
      this.#lose({ reason: "closed", code, message: reason });
    }
  }

  /** Gives up the connection or the attempt, and waits for the next one. */
  #lose(why) {
    if (this.#state === "waiting" || this.#state === "closed") return;
    // A server that accepts connections and closes them at once counts as one that fails.
    if (this.#openedAt && Date.now() - this.#openedAt > STABLE_AFTER) this.#failures = 0;
    this.#drop("disconnected", "the connection was lost before the answer");
    // All of it is random: the clients of a restarted server must not come back at the same time.
    const longest = Math.min(this.#options.longestWait ?? 30_000, FIRST_WAIT * 2 ** this.#failures++);
    const wait = Math.random() * longest;
    this.#timer = after(wait, () => this.#connect());
    this.#become("waiting", wait, why);
  }

  /** Connects, or checks the connection, when the network or the user is back. */
  #wake = () => {
    if (world.document?.visibilityState !== "hidden") this.reconnect();
  };

  #sleep = () => this.#lose({ reason: "offline" });

  #miss = () => this.#lose({ reason: "silent" });

  /** Asks for a sign of life if the server is silent: a browser does not show that a network is dead. */
  #listen() {
    world.clearTimeout(this.#timer);
    this.#isProbed = false;
    this.#timer = after(this.#options.longestSilence ?? 45_000, () => this.#probe());
  }

  #probe() {
    if (this.#isProbed) return;
    this.#isProbed = true;
    world.clearTimeout(this.#timer);
    this.#socket.send(PROBE);
    this.#timer = after(LONGEST_HANDSHAKE, this.#miss);
  }

  /** Ends for good. */
  #end(message) {
    const error = new CallError("closed", message, false);
    if (this.#state === "closed") return error;
    this.#drop("closed", message);
    for (const call of this.#queue) this.#fail(call, "closed", message);
    world.removeEventListener?.("online", this.#wake);
    world.removeEventListener?.("offline", this.#sleep);
    world.document?.removeEventListener("visibilitychange", this.#wake);
    this.#become("closed");
    return error;
  }

  /** Lets go of the socket. Its later events do not matter. Nothing that was sent is sent again. */
  #drop(reason, message) {
    this.#round += 1;
    this.#openedAt = 0;
    world.clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
    for (const topic of this.#topics.values()) topic.isJoined = false;
    for (const call of this.#asked.values()) this.#fail(call, reason, message);
  }

  #become(state, wait, why) {
    this.#state = state;
    const told = this.#options.state;
    if (told) guard(() => told(state, { failures: this.#failures, wait, why }));
    else if (why?.reason === "error") report(why.error);
  }

  /** Sends a call now, or when there is a connection. */
  #put(call) {
    const { timeout = 10_000, longestQueue = 100 } = this.#options;
    if (this.#state === "closed") return this.#fail(call, "closed", "the connection is closed");
    const isOpen = this.#isOpen();
    if (!isOpen && this.#queue.size >= longestQueue) return this.#fail(call, "full", `${longestQueue} calls wait already`);
    if (call.id || !isOpen) {
      const missing = () => (call.sent ? "answer" : "connection");
      call.timer = after(timeout, () => this.#fail(call, "timeout", `no ${missing()} in ${timeout} ms`));
    }
    if (isOpen) this.#send(call);
    else this.#queue.add(call);
  }

  #send(call) {
    call.sent = true;
    this.#queue.delete(call);
    if (call.id) this.#asked.set(call.id, call);
    else world.clearTimeout(call.timer);
    this.#socket.send(call.text);
  }

  #settle(call) {
    world.clearTimeout(call.timer);
    this.#queue.delete(call);
    this.#asked.delete(call.id);
  }

  #fail(call, reason, message) {
    this.#settle(call);
    call.failed?.(new CallError(reason, message, call.sent));
  }

  /** Asks for a topic. What is published until the answer comes is kept until then. */
  #enter(topic, member) {
    const id = ++this.#lastId;
    const missed = (member.missed = []);
    const { handlers, kinds } = member;
    const refused = (told) => {
      if (!topic.members.has(member)) return;
      // Another part of the page may have joined it, and have left meanwhile.
      if (this.#remove(topic, member) && topic.isJoined) this.#socket.send(JSON.stringify({ leave: topic.name }));
      guard(told);
    };
    const answered = (frame) => {
      const unheard = () => report(new CallError("fault", `refused: ${JSON.stringify(frame.error)}`, true));
      if ("error" in frame) return refused(() => (handlers.refused ? handlers.refused(frame.error) : unheard()));
      topic.isJoined = true;
      if (topic.members.has(member)) guard(() => handlers.joined?.(frame.ok));
      for (const event of missed) if (topic.members.has(member)) dispatch(handlers.on, kinds, event);
      member.missed = undefined;
    };
    const failed = (error) => {
      if (error.reason === "fault") refused(() => (handlers.failed ?? report)(error));
    };
    this.#send({ id, text: JSON.stringify({ join: topic.name, id }), sent: true, answered, failed });
  }

  /** Whether it was the last one of its topic. */
  #remove(topic, member) {
    return topic.members.delete(member) && topic.members.size === 0 && this.#topics.delete(topic.name);
  }

  #receive(text) {
    this.#listen();
    let frame;
    try {
      frame = typeof text === "string" && JSON.parse(text);
    } catch {
      // Server code may send any text, also to the subscribers of a topic. It is not for this client.
    }
    if (frame === null || typeof frame !== "object") return;
    const call = this.#asked.get(frame.id);
    if ("topic" in frame && "data" in frame) {
      for (const member of [...(this.#topics.get(frame.topic)?.members ?? [])]) {
        if (member.missed) member.missed.push(frame.data);
        else dispatch(member.handlers.on, member.kinds, frame.data);
      }
    } else if (!("id" in frame)) {
      if ("data" in frame) dispatch(this.#options.on, this.#kinds, frame.data);
    } else if (call && "fault" in frame) {
      this.#fail(call, "fault", frame.fault);
    } else if (call && ("ok" in frame || "error" in frame)) {
      this.#settle(call);
      call.answered?.(frame);
    }
  }
}

// What a generated client does, from its first connection to its last. It runs in Node.js and in a page.

const PATIENCE = 60_000;

/** Waits for a condition. */
async function until(what, condition) {
  const end = Date.now() + PATIENCE;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Compares values of JSON. */
function same(actual, expected, what) {
  const sorted = (_, value) =>
    value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value;
  const [left, right] = [actual, expected].map((value) => JSON.stringify(value, sorted));
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`);
}

/** The error of a call. */
async function failure(call) {
  try {
    return { answer: await call };
  } catch ({ name, reason, sent, message }) {
    return { name, reason, sent, message };
  }
}

async function fails(what, call, expected) {
  const { reason, sent } = await failure(call);
  same({ reason, sent }, expected, what);
}

/** All that a test may use: the generated module, the URL of the server without a name, and what stops and starts it. */
export class Scenarios {
  #module;
  #url;
  #more;
  #server;
  #reported;

  /**
   * `more` are options for all clients. `server` takes "stop" or "start". `reported` takes the errors that the client
   * has reported since it was asked last.
   */
  constructor(module, url, { more = {}, server, reported }) {
    this.#module = module;
    this.#url = url;
    this.#more = more;
    this.#server = server;
    this.#reported = reported;
  }

  async run() {
    for (const scenario of [
      this.talks,
      this.joinsMayFail,
      this.comesBack,
      this.waitsWithinBounds,
      this.leaves,
      this.joinsTwice,
      this.survivesOthers,
      this.survivesErrors,
      this.reportsMistakes,
      this.isSentAway,
      this.asksForTheUrl,
      this.closes,
    ]) {
      await scenario.call(this);
    }
  }

  /** A client that notes what it is told. */
  #client(name, { on, url, ...options } = {}) {
    const told = { states: [], closed: [], failed: [], welcomed: 0 };
    const chat = new this.#module.Chat(url ?? `${this.#url}${name}`, {
      longestWait: 300,
      ...this.#more,
      ...options,
      on: { welcome: () => (told.welcomed += 1), ...on },
      state: (state, { why }) => told.states.push(why?.error ? `${state}: ${why.error.message}` : state),
      closed: (...closed) => told.closed.push(closed),
      failed: (error) => told.failed.push(error),
    });
    return { chat, told };
  }

  /** A room that notes what is heard in it. */
  #join(chat, id) {
    const heard = { snapshots: [], lines: [], refused: [], failed: [], unknown: [] };
    const topic = chat.joinRoom({ id }, {
      joined: (others) => heard.snapshots.push(others.map(({ name }) => name)),
      on: {
        said: ({ from, text }) => heard.lines.push(`${from.name}: ${text}`),
        typing: ({ from }) => heard.lines.push(`${from.name}…`),
        unknown: (event) => heard.unknown.push(event),
      },
      refused: (why) => heard.refused.push(why),
      failed: (error) => heard.failed.push(error),
    });
    return { heard, leave: () => topic.leave() };
  }

  async #joined(chat, id) {
    const topic = this.#join(chat, id);
    await until("joined", () => topic.heard.snapshots.length === 1);
    return topic;
  }

  async talks() {
    const welcomes = [];
    const ada = this.#client("Ada", { on: { welcome: (event) => welcomes.push(event) } });
    // Without a connection, it waits.
    same(await ada.chat.add({ a: 1 }), 2, "a sum");
    same(welcomes, [{ type: "welcome", you: { name: "Ada" }, rooms: [1, 7] }], "the event");
    same(ada.told.states, ["connecting", "open"], "the states");

    const no = await ada.chat.say({ room: 7, text: "hi" });
    same(no, { ok: false, error: { type: "not_in_room" } }, "a refusal");
    const hers = await this.#joined(ada.chat, 7);
    const bob = this.#client("Bob");
    const his = await this.#joined(bob.chat, 7);
    same([hers.heard.snapshots, his.heard.snapshots], [[[]], [["Ada"]]], "the snapshots");

    const text = 'a "quoted"\n\u{1F600} text';
    const sent = await ada.chat.say({ room: 7, text });
    same([sent.ok, sent.value.reached], [true, 1], "an answer");
    ada.chat.typing({ room: 7 });
    await until("Bob hears Ada", () => his.heard.lines.length === 2);
    same(his.heard.lines, [`Ada: ${text}`, "Ada…"], "what Bob hears");
    const long = await ada.chat.say({ room: 7, text: "x".repeat(2001) });
    same(long, { ok: false, error: { type: "too_long", most: 2000 } }, "another refusal");
    const sums = [ada.chat.add({ a: 1 }), ada.chat.add({ a: 1, b: 2 }), ada.chat.add({ a: 5, b: null })];
    same(await Promise.all(sums), [2, 3, 6], "sums");

    // A client of another version of the contract.
    const fault = await failure(ada.chat.say({ room: 7 }));
    same([fault.name, fault.reason, fault.sent], ["CallError", "fault", true], "a fault");
    if (!fault.message.includes("text")) throw new Error(`the fault does not name the field: ${fault.message}`);
    for (const { chat } of [ada, bob]) chat.close();
  }

  async joinsMayFail() {
    const { chat } = this.#client("Ada");
    const closed = this.#join(chat, 13);
    await until("the room is refused", () => closed.heard.refused.length === 1);
    same(closed.heard.refused, [{ type: "not_in_room" }], "the refusal");
    // More topics than the server allows.
    const rooms = [1, 2, 3, 4, 14].map((id) => this.#join(chat, id));
    await until("the last room fails", () => rooms.at(-1).heard.failed.length === 1);
    same(rooms.map(({ heard }) => heard.snapshots.length), [1, 1, 1, 1, 0], "the rooms that are joined");
    same(rooms.at(-1).heard.failed[0].reason, "fault", "the failure");
    chat.close();
  }

  async comesBack() {
    const ada = this.#client("Ada");
    const bob = this.#client("Bob");
    const hers = await this.#joined(ada.chat, 7);
    const his = await this.#joined(bob.chat, 7);
    const before = await bob.chat.count();
    const pending = failure(ada.chat.hang());
    while ((await bob.chat.count()) === before) continue;

    await this.#server("stop");
    same(await pending.then(({ reason, sent }) => [reason, sent]), ["disconnected", true], "a call that was sent");
    await until("both wait", () => [ada, bob].every(({ told }) => told.states.includes("waiting")));
    // These wait, in their order.
    ada.chat.bump();
    const count = ada.chat.count();
    const sum = ada.chat.add({ a: 40, b: 2 });
    // A room that is joined, and one that is left, without a connection.
    const late = this.#join(ada.chat, 8);
    this.#join(ada.chat, 9).leave();
    await this.#server("start");

    // The new server has counted only what waited, and once: the call that was sent was not sent again.
    same([await count, await sum], [1, 42], "calls that waited");
    const rooms = [hers, his, late];
    await until("all rooms are joined", () => rooms.map(({ heard }) => heard.snapshots.length).join() === "2,2,1");
    same([ada.told.welcomed, bob.told.welcomed], [2, 2], "the welcomes");
    await ada.chat.say({ room: 7, text: "again" });
    await until("Bob hears Ada again", () => his.heard.lines.length === 1);
    const nine = await ada.chat.say({ room: 9, text: "" });
    same(nine.ok, false, "a room that was left");
    same(await ada.chat.count(), 2, "the count");
    for (const { chat } of [ada, bob]) chat.close();
  }

  async waitsWithinBounds() {
    const eve = this.#client("Eve", { timeout: 100 });
    await until("she is there", () => eve.told.welcomed === 1);
    await fails("no answer", eve.chat.hang(), { reason: "timeout", sent: true });
    eve.chat.close();

    const { chat, told } = this.#client("Ada", { timeout: 200, longestQueue: 2 });
    // A call could take longer than its timeout on a busy machine.
    await until("she is there", () => told.welcomed === 1);
    await this.#server("stop");
    const bob = this.#client("Bob");
    await until("there is no server", () => bob.told.states.includes("waiting"));
    bob.chat.close();
    await failure(chat.count());
    const first = failure(chat.count());
    chat.bump();
    await fails("one too many", chat.count(), { reason: "full", sent: false });
    chat.bump();
    const { reason, sent } = await first;
    same({ reason, sent }, { reason: "timeout", sent: false }, "no connection");
    chat.close();

    await this.#server("start");
    const grace = this.#client("Grace");
    same(await grace.chat.count(), 0, "calls that waited too long");
    grace.chat.close();
  }

  async leaves() {
    const ada = this.#client("Ada");
    const bob = this.#client("Bob");
    await this.#joined(ada.chat, 7);
    const his = await this.#joined(bob.chat, 7);
    his.leave();
    his.leave();
    same(await bob.chat.say({ room: 7, text: "" }), { ok: false, error: { type: "not_in_room" } }, "a room that was left");
    // Before the answer.
    const other = this.#join(bob.chat, 8);
    other.leave();
    same((await bob.chat.say({ room: 8, text: "" })).ok, false, "a room that was left at once");
    same(other.heard.snapshots, [], "its snapshot");
    // And joined again before it.
    const again = this.#join(bob.chat, 8);
    again.leave();
    await this.#joined(bob.chat, 8);
    same(again.heard.snapshots, [], "the snapshot of the first");
    same((await bob.chat.say({ room: 8, text: "" })).ok, true, "a room that was joined again");
    await ada.chat.say({ room: 7, text: "nobody hears this" });
    await bob.chat.count();
    same(his.heard.lines, [], "what is heard after leaving");
    for (const { chat } of [ada, bob]) chat.close();
  }

  async joinsTwice() {
    // A room of its own: the clients of an earlier test may still be in theirs when these join.
    const ada = this.#client("Ada");
    const bob = this.#client("Bob");
    const one = await this.#joined(bob.chat, 5);
    await this.#joined(ada.chat, 5);
    const two = await this.#joined(bob.chat, 5);
    same([one.heard.snapshots, two.heard.snapshots], [[[]], [["Ada"]]], "each has its snapshot");
    await ada.chat.say({ room: 5, text: "both" });
    await until("both hear it", () => one.heard.lines.length === 1 && two.heard.lines.length === 1);
    one.leave();
    await ada.chat.say({ room: 5, text: "one" });
    await until("one hears it", () => two.heard.lines.length === 2);
    same(one.heard.lines, ["Ada: both"], "what the first hears");
    two.leave();
    same((await bob.chat.say({ room: 5, text: "" })).ok, false, "the room is left with the last");
    for (const { chat } of [ada, bob]) chat.close();
  }

  async survivesOthers() {
    const unknown = [];
    const { chat, told } = this.#client("Ada", { on: { unknown: (event) => unknown.push(event) } });
    const room = await this.#joined(chat, 7);
    chat.babble({ room: 7 });
    await chat.count();
    const bob = this.#client("Bob");
    await this.#joined(bob.chat, 7);
    await bob.chat.say({ room: 7, text: "sense" });
    await until("sense is heard", () => room.heard.lines.length > 0);
    same(room.heard.lines, ["Bob: sense"], "what has a meaning");
    const types = room.heard.unknown.map((event) => event?.type ?? null);
    same(types, [null, null, null, "__proto__", "toString", "hasOwnProperty", 7, "shouted"], "unknown events of the room");
    same(unknown, [null], "unknown events");
    same(told.states, ["connecting", "open"], "the states");
    same(this.#reported(), [], "errors");
    for (const it of [chat, bob.chat]) it.close();
  }

  async survivesErrors() {
    const oops = (what) => () => {
      throw new Error(what);
    };
    const url = `${this.#url}Ada`;
    const options = { ...this.#more, on: { welcome: oops("event") }, state: oops("state"), closed: oops("closed") };
    const chat = new this.#module.Chat(url, options);
    const room = chat.joinRoom({ id: 7 }, { joined: oops("joined"), on: { said: oops("said") } });
    chat.joinRoom({ id: 13 }, { refused: oops("refused") });
    await chat.count();
    const bob = this.#client("Bob");
    await this.#joined(bob.chat, 7);
    await bob.chat.say({ room: 7, text: "" });
    await chat.count();
    room.leave();
    const errors = [];
    chat.leaveForGood();
    await until("all are reported", () => errors.push(...this.#reported()) && errors.includes("closed"));
    same(errors, ["state", "state", "event", "joined", "refused", "said", "state", "closed"], "errors");
    // Without a function for it, a failure is an error as well.
    const { chat: full } = this.#client("Ada");
    for (const id of [1, 2, 3, 4]) await this.#joined(full, id);
    full.joinRoom({ id: 14 });
    await until("it is reported", () => this.#reported().length === 1);
    for (const it of [bob.chat, full]) it.close();
  }

  async reportsMistakes() {
    const warnings = [];
    const warn = console.warn;
    console.warn = (text) => warnings.push(text);
    const on = { said: () => {}, unknown: () => {} };
    const { chat } = this.#client("Ada", { on: { welcom: () => {}, unknown: () => {} } });
    chat.joinRoom({ id: 7 }, { on: { ...on, sayd: () => {} } });
    chat.joinRoom({ id: 8 }, { on });
    console.warn = warn;
    same(
      warnings,
      [
        "`on.welcom` is never called: there are welcome, unknown",
        "`on.sayd` is never called: there are said, typing, unknown",
      ],
      "the warnings",
    );
    for (const topic of [{ name: 7 }, { id: undefined }, { id: null }]) {
      let error;
      try {
        chat.joinRoom(topic);
      } catch (thrown) {
        error = thrown;
      }
      same([error?.name, error?.message], ["TypeError", "the topic has no `id`"], "a topic without its field");
    }
    same(this.#reported(), [], "errors");
    // Without a function for it, a refusal is an error.
    chat.joinRoom({ id: 13 });
    const errors = [];
    await until("it is reported", () => errors.push(...this.#reported()) && errors.length === 1);
    same(errors, ['refused: {"type":"not_in_room"}'], "the refusal");
    chat.close();
  }

  async isSentAway() {
    const { Closed } = this.#module;
    const ada = this.#client("Ada");
    const pending = failure(ada.chat.count().then(() => (ada.chat.leaveForGood(), ada.chat.hang())));
    await until("she is sent away", () => ada.told.closed.length === 1);
    same(ada.told.closed, [[Closed.Kicked, "as you wish"]], "the code");
    same((await pending).reason, "closed", "a pending call");
    same(ada.told.states, ["connecting", "open", "closed"], "the states");
    await fails("a later call", ada.chat.count(), { reason: "closed", sent: false });
    ada.chat.bump();

    const mallory = this.#client("Mallory");
    await until("he is sent away", () => mallory.told.closed.length === 1);
    same(mallory.told.closed, [[Closed.Banned, "not you"]], "his code");

    for (const [code, closed, failed] of [
      [1000, [[1000, "as you wish"]], 0],
      [1002, [], 1],
      [4242, [], 1],
    ]) {
      const { chat, told } = this.#client("Ada");
      chat.end({ code });
      await until(`closed by ${code}`, () => told.states.includes("closed"));
      same([told.closed, told.failed.length], [closed, failed], `what ${code} calls`);
      same(told.states, ["connecting", "open", "closed"], `the states of ${code}`);
    }
    for (const code of [1001, 1008, 1011]) {
      const { chat, told } = this.#client("Ada");
      chat.end({ code });
      await until(`back after ${code}`, () => told.welcomed === 2);
      same(told.states, ["connecting", "open", "waiting", "connecting", "open"], `the states of ${code}`);
      chat.close();
    }
  }

  async asksForTheUrl() {
    const urls = [];
    const { chat, told } = this.#client("", {
      url: async () => {
        urls.push(`${this.#url}${urls.length}`);
        if (urls.length === 1) throw new Error("no token");
        return urls.at(-1);
      },
    });
    await chat.count();
    same(told.states, ["connecting", "waiting: no token", "connecting", "open"], "the states");
    chat.end({ code: 1011 });
    await until("it is back", () => told.welcomed === 2);
    same(urls.length, 3, "each attempt asks");
    chat.close();
    // Nobody asks for the state.
    const silent = new this.#module.Chat("no://", this.#more);
    await until("it is reported", () => this.#reported().length > 0);
    silent.close();
    this.#reported();
  }

  async closes() {
    const { chat, told } = this.#client("Ada");
    await chat.count();
    const pending = failure(chat.hang());
    chat.close();
    chat.close();
    same(await pending.then(({ reason, sent }) => [reason, sent]), ["closed", true], "a pending call");
    same(told.states, ["connecting", "open", "closed"], "the states");
    await fails("a later call", chat.count(), { reason: "closed", sent: false });
    chat.joinRoom({ id: 7 }).leave();
    // Before it has begun.
    const never = this.#client("Bob");
    never.chat.close();
    await fails("a call of a client that was closed at once", never.chat.count(), { reason: "closed", sent: false });
    same(never.told.states, ["closed"], "its states");
    same([told.closed, told.failed], [[], []], "what the server says");
  }
}

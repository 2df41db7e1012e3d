// The page of the chat. All its data comes over one WebSocket, as the events of chat.rs.

// The server enforces these limits (rules.rs). The page knows them to warn before it sends.
const LONGEST_NAME = 32;
const LONGEST_ROOM = 64;
const LONGEST_TEXT = 2000;

// When this many characters or fewer are left, the page shows their number.
const NEARLY_FULL = 100;

// Milliseconds.
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
const LONGEST_HANDSHAKE = 10_000;
const STABLE_AFTER = 5_000;
const SAME_BREATH = 5 * 60_000;

// Limits the memory of a page that stays open for days.
const MOST_LINES = 500;

/** A WebSocket that reconnects by itself. */
class Connection {
  #url;
  #ask;
  #onState;
  #onRefusal;
  #onEvent;
  #socket;
  #listeners;
  #timer;
  #failures = 0;

  /**
   * `ask` resolves to the reason why the server refuses a connection, or to "" if it does not
   * refuse.
   *
   * `onState` gets the state of the connection: `{ name: "connecting" }`, `{ name: "open" }`, and
   * every second of a wait `{ name: "waiting", why, seconds }`. `onRefusal` gets the reason of a
   * refusal, before the wait for the next attempt. It may call `leave`. `onEvent` gets the events
   * of the server.
   */
  constructor(url, ask, { onState, onRefusal, onEvent }) {
    this.#url = url;
    this.#ask = ask;
    this.#onState = onState;
    this.#onRefusal = onRefusal;
    this.#onEvent = onEvent;
    this.#connect();
  }

  send(value) {
    this.#socket.send(JSON.stringify(value));
  }

  /** Ends a wait, and reconnects at once. */
  tryNow() {
    if (this.#socket.readyState === WebSocket.CLOSED) this.#connect();
  }

  /** Closes the connection, and does not reconnect. */
  leave() {
    clearTimeout(this.#timer);
    this.#listeners.abort();
    this.#socket.close(1000, "left the room");
  }

  #connect() {
    clearTimeout(this.#timer);
    // The old socket may still fire a close event.
    this.#listeners?.abort();
    this.#onState({ name: "connecting" });

    const socket = new WebSocket(this.#url);
    const listeners = new AbortController();
    this.#socket = socket;
    this.#listeners = listeners;
    const listen = (type, listener) =>
      socket.addEventListener(type, listener, { signal: listeners.signal });

    let openedAt = null;
    let why = "The connection was lost.";
    // If the network drops the handshake, the browser alone would wait for minutes.
    this.#timer = setTimeout(() => socket.close(), LONGEST_HANDSHAKE);

    listen("open", () => {
      clearTimeout(this.#timer);
      openedAt = Date.now();
      this.#onState({ name: "open" });
    });
    listen("message", ({ data }) => this.#onEvent(JSON.parse(data)));
    // The event has no details. But an error before the open event means an unreachable server.
    listen("error", () => {
      if (openedAt === null) why = "The server cannot be reached.";
    });
    listen("close", async ({ reason }) => {
      if (openedAt === null) {
        clearTimeout(this.#timer);
        const refusal = await this.#ask();
        // The user may have left meanwhile, or have tried again.
        if (refusal && !listeners.signal.aborted) {
          why = refusal;
          this.#onRefusal(refusal);
        }
        if (listeners.signal.aborted) return;
      }
      // The delays must also grow for a server that accepts and hangs up at once.
      if (openedAt !== null && Date.now() - openedAt > STABLE_AFTER) this.#failures = 0;
      this.#wait(reason ? `The server closed the connection: ${reason}.` : why);
    });
  }

  #wait(why) {
    clearTimeout(this.#timer);
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

const find = (id) => document.getElementById(id);
const entrance = find("entrance");
const chat = find("chat");
const scroller = find("scroller");
const messages = find("messages");
const text = find("text");

/** Only this function turns strings into nodes, as text: the words of people never become HTML. */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** Counts characters as the server does: an emoji is one, but `length` would be two. */
const count = (string) => [...string].length;

/** Whether a character can be seen. */
const isVisible = (character) =>
  !/[\p{Cc}\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/u.test(character);

// The room that this page is in.

let connection = null;
let isOpen = false;
let wasWelcome = false;
let me = null;
/** Routes find this page's socket by this id. It is a permission, so it is a secret. */
let socketId = null;
const people = new Map();

/** The lines that the server has not answered yet, by number. */
const pending = new Map();
let nextNumber = 1;

const events = {
  welcome({ you, room, others, socket, at }) {
    me = you;
    socketId = socket;
    people.clear();
    for (const person of [you, ...others]) people.set(person.id, person.name);
    find("title").textContent = room;
    drawPeople();
    drawTitle();
    if (wasWelcome) addNotice("You are back. What was said in the meantime is not shown here.", at);
    else addNotice("You entered the room", at);
    wasWelcome = true;
  },

  enter({ person, at }) {
    // The welcome already lists a person who entered at the same moment.
    if (people.has(person.id)) return;
    people.set(person.id, person.name);
    drawPeople();
    addNotice([element("bdi", "", person.name), " entered"], at);
  },

  leave({ person, at }) {
    if (!people.delete(person.id)) return;
    drawPeople();
    addNotice([element("bdi", "", person.name), " left"], at);
  },

  message({ person, text, at }) {
    const line = element(
      "li",
      "",
      face(person),
      hued(element("p", "who", element("bdi", "", person.name)), person),
      bubble(text, time(at)),
    );
    line.dataset.from = person.id;
    line.dataset.at = at;
    add(line);
    if (!isFollowing) unseen += 1;
    if (document.hidden) unread += 1;
    drawNewer();
    drawTitle();
  },

  announcement({ text, at }) {
    addNotice(element("bdi", "", text), at);
  },

  sent({ number, at }) {
    settle(number, "sent", time(at), at);
  },

  refused({ number, reason }) {
    if (pending.has(number)) settle(number, "refused", `Not sent. ${reason}`);
    else find("say-problem").textContent = reason;
  },
};

function enterRoom(name, room) {
  entrance.hidden = true;
  chat.hidden = false;
  find("title").textContent = room;
  me = null;
  wasWelcome = false;
  refocus = true;

  const url = new URL("chat", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const query = new URLSearchParams({ name, room });
  url.search = query;
  connection = new Connection(url, () => refusal(query), {
    onState: drawState,
    // A page that was in the room keeps trying, and enters again when there is a place.
    onRefusal(why) {
      if (wasWelcome) return;
      leaveRoom();
      find("join-problem").textContent = why;
    },
    // A newer server may send events that this page does not know.
    onEvent: (event) => events[event.type]?.(event),
  });
}

/** A browser hides the response to a handshake, so the page asks by an ordinary request. */
async function refusal(query) {
  try {
    const signal = AbortSignal.timeout(LONGEST_HANDSHAKE);
    const response = await fetch(`admission?${query}`, { signal });
    // A proxy would answer with an HTML page instead.
    const isSentence = response.headers.get("content-type")?.startsWith("text/plain");
    return !response.ok && isSentence ? await response.text() : "";
  } catch {
    return "";
  }
}

function leaveRoom() {
  connection.leave();
  connection = null;
  isOpen = false;
  people.clear();
  pending.clear();
  messages.replaceChildren();
  unseen = 0;
  unread = 0;
  isFollowing = true;
  drawPeople();
  drawNewer();
  document.title = "Chat";
  chat.hidden = true;
  entrance.hidden = false;
  find("name").focus();
}

// The state of the connection.

let refocus = false;

function drawState(state) {
  const { name } = state;
  isOpen = name === "open";
  const pill = find("state");
  const word = { connecting: "Connecting…", open: "Connected", waiting: "Disconnected" }[name];
  // Screen readers read a live region aloud at every write, so the page writes only changes.
  if (pill.textContent !== word) pill.textContent = word;
  pill.dataset.state = name;
  chat.classList.toggle("stale", !isOpen);

  const lost = find("lost");
  lost.hidden = isOpen || (name === "connecting" && lost.hidden);
  find("hello").disabled = !isOpen;
  find("try-now").disabled = name === "connecting";
  find("lost-text").textContent =
    name === "waiting" ? `${state.why} Reconnecting in ${state.seconds} s…` : "Reconnecting…";

  if (!isOpen) for (const number of [...pending.keys()]) doubt(number);
  for (const button of messages.querySelectorAll(".again")) button.disabled = !isOpen;
  if (isOpen === text.disabled) {
    refocus ||= document.activeElement === text;
    text.disabled = !isOpen;
    if (isOpen && refocus) {
      text.focus();
      refocus = false;
    }
  }
  drawSay();
}

find("try-now").addEventListener("click", () => connection.tryNow());
addEventListener("online", () => connection?.tryNow());

// Lines of the conversation. Pending lines stay below all others, because the others see them in
// that order.

function add(line) {
  messages.insertBefore(line, messages.querySelector('[data-delivery="pending"]'));
  group(line);
  while (messages.childElementCount > MOST_LINES) {
    messages.firstElementChild.remove();
    group(messages.firstElementChild);
  }
  follow();
}

/** Marks this line and the next one, if each continues the line above it. */
function group(line) {
  for (const each of [line, line.nextElementSibling]) {
    const above = each?.previousElementSibling;
    if (!each?.dataset.from) continue;
    const follows =
      above?.dataset.from === each.dataset.from && each.dataset.at - above.dataset.at < SAME_BREATH;
    each.classList.toggle("follows", follows);
    for (const part of each.querySelectorAll(".face, .who")) part.hidden = follows;
  }
}

function addNotice(content, at) {
  add(element("li", "notice", ...[content].flat(), " · ", time(at)));
}

function bubble(said, meta) {
  const words = element("p", "said", said);
  words.dir = "auto";
  return element("div", "bubble", words, element("span", "meta", meta));
}

function face(person) {
  const initial = [...person.name].find(isVisible) ?? "";
  const made = hued(element("span", "face", initial.toUpperCase()), person);
  made.ariaHidden = "true";
  return made;
}

/** Gives each person a colour. The golden angle keeps the colours of successive ids apart. */
function hued(made, person) {
  made.style.setProperty("--hue", Math.round(person.id * 137.508) % 360);
  return made;
}

const shortTime = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const fullTime = new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "medium" });

function time(at) {
  const made = element("time", "", shortTime.format(at));
  made.dateTime = new Date(at).toISOString();
  made.title = fullTime.format(at);
  return made;
}

// Lines that this page sends. A line is pending until the server confirms that it has passed it on.

function say(said) {
  const line = element("li", "own", bubble(said, "sending…"));
  line.dataset.delivery = "pending";
  line.dataset.from = "me";
  line.dataset.at = Date.now();
  messages.append(line);
  group(line);
  isFollowing = true;
  follow();

  const number = nextNumber++;
  pending.set(number, line);
  connection.send({ number, text: said });
}

function settle(number, delivery, meta, at = Date.now()) {
  const line = pending.get(number);
  pending.delete(number);
  line.dataset.delivery = delivery;
  line.dataset.at = at;
  line.querySelector(".meta").replaceChildren(meta);
  group(line);
  follow();
}

/** The connection ended before the answer, so the page cannot know whether others have the line. */
function doubt(number) {
  const line = pending.get(number);
  settle(number, "unknown", "The connection was lost; this may not have been sent.");
  const again = element("button", "again", "Send again");
  again.addEventListener("click", () => {
    line.remove();
    say(line.querySelector(".said").textContent);
  });
  line.append(again);
  follow();
}

function drawSay() {
  const left = LONGEST_TEXT - count(text.value);
  find("left").textContent =
    left < 0
      ? `${-left} ${left === -1 ? "character" : "characters"} too many`
      : left <= NEARLY_FULL
        ? `${left} left`
        : "";
  find("left").classList.toggle("over", left < 0);
  find("send").disabled = !isOpen || left < 0 || ![...text.value].some(isVisible);
}

text.addEventListener("input", () => {
  find("say-problem").textContent = "";
  drawSay();
});

text.addEventListener("keydown", (event) => {
  // Enter also ends the composition of a character, for example in Japanese. It must not send then.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("say").requestSubmit();
});

find("say").addEventListener("submit", (event) => {
  event.preventDefault();
  if (find("send").disabled) return;
  say(text.value);
  text.value = "";
  drawSay();
  text.focus();
});

// The list of people.

function drawPeople() {
  const others = [...people].filter(([id]) => id !== me?.id);
  others.sort(([, a], [, b]) => a.localeCompare(b));
  const all = people.has(me?.id) ? [[me.id, me.name], ...others] : others;
  const lines = all.map(([id, name]) => {
    const line = element("li", "", face({ id, name }), element("bdi", "", name));
    if (id === me.id) line.append(element("span", "quiet", "(you)"));
    return line;
  });
  find("people").replaceChildren(...lines);
  find("show-people").textContent = `${people.size} here`;
  find("people-title").textContent = `Who is here (${people.size})`;
}

find("show-people").addEventListener("click", ({ currentTarget }) => {
  const isUnfolded = find("people-panel").classList.toggle("unfolded");
  currentTarget.ariaExpanded = String(isUnfolded);
});

// The answer comes over the socket. Only an error comes as the response.
find("hello").addEventListener("click", async () => {
  const response = await fetch("hello", { headers: { "X-Socket-Id": socketId } }).catch(() => null);
  if (response && !response.ok) addNotice(await response.text(), Date.now());
});

find("leave").addEventListener("click", leaveRoom);

// The end of the conversation stays visible, unless the user has scrolled up.

let isFollowing = true;
let lastTop = 0;
let unseen = 0;
let unread = 0;

function follow() {
  if (isFollowing) scroller.scrollTop = scroller.scrollHeight;
}

function drawNewer() {
  find("newer").hidden = unseen === 0;
  find("newer").textContent = unseen === 1 ? "1 new message ↓" : `${unseen} new messages ↓`;
}

scroller.addEventListener("scroll", () => {
  const { scrollTop } = scroller;
  const below = scroller.scrollHeight - scroller.clientHeight - scrollTop;
  // Only scrolling up stops following. A window that shrinks moves the end, not the scroll
  // position.
  isFollowing = below < 40 || (isFollowing && scrollTop >= lastTop);
  lastTop = scrollTop;
  if (isFollowing) unseen = 0;
  drawNewer();
});

find("newer").addEventListener("click", () => {
  isFollowing = true;
  follow();
  text.focus();
});

new ResizeObserver(follow).observe(scroller);

function drawTitle() {
  const room = find("title").textContent;
  document.title = unread > 0 ? `(${unread}) ${room} – Chat` : `${room} – Chat`;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !connection) return;
  unread = 0;
  drawTitle();
  connection.tryNow();
});

// The entrance.

const nameInput = find("name");
const roomInput = find("room");

// A browser without storage throws here. The chat works without it.
function remember(name) {
  try {
    localStorage.setItem("name", name);
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem("name") ?? "";
  } catch {
    return "";
  }
}

/** The rule that the trimmed value breaks, or "". */
function problemWith(what, value, longest) {
  if (value === "" || count(value) > longest) return `A ${what} has 1 to ${longest} characters.`;
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value))
    return `A ${what} has no control characters.`;
  if (![...value].some(isVisible)) return `A ${what} has something to see in it.`;
  return "";
}

find("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = nameInput.value.trim();
  const room = roomInput.value.trim();
  const badName = problemWith("name", name, LONGEST_NAME);
  const badRoom = problemWith("room", room, LONGEST_ROOM);
  nameInput.ariaInvalid = String(badName !== "");
  roomInput.ariaInvalid = String(badRoom !== "");
  find("join-problem").textContent = badName || badRoom;
  if (badName) return nameInput.focus();
  if (badRoom) return roomInput.focus();

  remember(name);
  // The address in the address bar then leads others to this room.
  const address = new URL(location.href);
  address.searchParams.set("room", room);
  history.replaceState(null, "", address);
  enterRoom(name, room);
});

nameInput.value = remembered();
roomInput.value = new URLSearchParams(location.search).get("room") ?? "lobby";

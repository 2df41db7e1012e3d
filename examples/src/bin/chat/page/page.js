// The page of the chat. All its data comes over one WebSocket. client.js is generated from the
// contract of the server, which is in socket.rs and messages.rs.

import { onJoin, showEntrance } from "./entrance.js";
import { LONGEST_TEXT, count, isVisible } from "./rules.js";
import { Visit } from "./visit.js";

// When this many characters or fewer are left, the page shows their number.
const NEARLY_FULL = 100;

const find = (id) => document.getElementById(id);
const chat = find("chat");
const text = find("text");

/** The visit to a room, from joining to leaving, or `null`. */
let visit = null;
/** The messages that came while the page was in the background. */
let unread = 0;

onJoin((name, room) => {
  chat.hidden = false;
  find("title").textContent = room;
  visit = new Visit(name, room, {
    onState: drawState,
    onWelcome(room) {
      find("title").textContent = room;
      drawTitle();
    },
    onRefusal: end,
    onNew() {
      if (document.hidden) unread += 1;
      drawTitle();
    },
    onProblem(why) {
      find("say-problem").textContent = why;
      drawSay();
    },
  });
  text.focus();
});

find("leave").addEventListener("click", () => {
  visit.leave();
  end("");
});

function end(why) {
  visit = null;
  unread = 0;
  document.title = "Chat";
  chat.hidden = true;
  showEntrance(why);
}

// The state of the connection.

function drawState(state) {
  const { name } = state;
  const isOpen = name === "open";
  const pill = find("state");
  const lost = navigator.onLine ? "Disconnected" : "Offline";
  const word = { connecting: "Connecting…", open: "Connected", waiting: lost }[name];
  // Screen readers read a live region aloud at every write, so the page writes only changes.
  if (pill.textContent !== word) pill.textContent = word;
  pill.dataset.state = name;
  chat.classList.toggle("stale", !isOpen);

  find("lost").hidden = isOpen || (name === "connecting" && find("lost").hidden);
  find("hello").disabled = !isOpen;
  find("try-now").disabled = name === "connecting";
  find("lost-text").textContent =
    name === "waiting" ? `${state.why} Reconnecting in ${state.seconds} s…` : "Reconnecting…";
  drawSay();
}

find("try-now").addEventListener("click", () => visit.tryNow());

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !visit) return;
  unread = 0;
  drawTitle();
});

function drawTitle() {
  const room = find("title").textContent;
  document.title = unread > 0 ? `(${unread}) ${room} – Chat` : `${room} – Chat`;
}

// The field for messages. It takes words also while the connection is lost.

function drawSay() {
  const { isOpen } = visit;
  const left = LONGEST_TEXT - count(text.value);
  find("left").textContent =
    left < 0
      ? `${-left} ${left === -1 ? "character" : "characters"} too many`
      : left <= NEARLY_FULL
        ? `${left} left`
        : "";
  find("left").classList.toggle("over", left < 0);
  find("send").disabled = !isOpen || left < 0 || ![...text.value].some(isVisible);
  for (const button of document.querySelectorAll(".again")) button.disabled = !isOpen;
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
  visit.say(text.value);
  text.value = "";
  find("say-problem").textContent = "";
  drawSay();
  text.focus();
});

// The answer comes over the socket. Only an error comes as the response.
find("hello").addEventListener("click", async () => {
  const { socketId } = visit;
  const response = await fetch("hello", { headers: { "X-Socket-Id": socketId } }).catch(() => null);
  if (!response?.ok) find("say-problem").textContent = "The server did not greet you.";
});

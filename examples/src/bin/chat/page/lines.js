// Makes the lines of the conversation.

import { linked } from "./links.js";
import { isVisible } from "./rules.js";

/**
 * Makes an element. Only this function turns strings into nodes, as text: the words of people never
 * become HTML.
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** A message of another person. */
export function messageOf(person, text, at) {
  const line = element("li", "", face(person), who(person), bubble(text, time(at)));
  line.dataset.from = `${person.server}/${person.id}`;
  line.dataset.at = at;
  return line;
}

/** A message of this page's user. `meta` tells what became of it. */
export function ownMessage(text, meta) {
  const line = element("li", "own", element("p", "visually-hidden", "You"), bubble(text, meta));
  // A screen reader need not read the time of each message that its user has sent.
  line.querySelector(".meta").ariaLive = "off";
  line.dataset.from = "me";
  line.dataset.at = Date.now();
  return line;
}

/** What happened in the room. */
export function notice(at, ...content) {
  return element("li", "notice", ...content, " · ", time(at));
}

/** A place in the conversation where messages are missing. */
export function gap(at, ...content) {
  const line = notice(at, ...content);
  line.classList.add("gap");
  return line;
}

/** A message of no person. Its frame and its title tell it from notices and from what people say. */
export function announcement(title, text, at) {
  const words = element("p", "said", ...linked(text));
  words.dir = "auto";
  const heading = element("p", "announcement-title", title, " · ", time(at));
  return element("li", "announcement", element("div", "", heading, words));
}

/** The name of a person, which does not change the direction of the text around it. */
export const named = (name) => element("bdi", "", name);

/** The first letter of a person's name, in the person's colour. */
export function face(person) {
  const initial = [...person.name].find(isVisible) ?? "";
  const made = hued(element("span", "face", initial.toUpperCase()), person);
  made.ariaHidden = "true";
  return made;
}

const who = (person) => hued(element("p", "who", named(person.name)), person);

function bubble(said, meta) {
  const words = element("p", "said", ...linked(said));
  words.dir = "auto";
  return element("div", "bubble", words, element("span", "meta", meta));
}

/**
 * Gives each person a colour. The golden angle keeps the colours of successive ids apart. Each server
 * counts its people, so its number turns the wheel.
 */
function hued(made, { server, id }) {
  made.style.setProperty("--hue", Math.round(id * 137.508 + server) % 360);
  return made;
}

const shortTime = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const fullTime = new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "medium" });

export function time(at) {
  const made = element("time", "", shortTime.format(at));
  made.dateTime = new Date(at).toISOString();
  made.title = fullTime.format(at);
  return made;
}

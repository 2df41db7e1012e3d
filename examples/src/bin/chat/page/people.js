// The people in the room.

import { element, face, named } from "./lines.js";

const panel = document.getElementById("people-panel");
const toggle = document.getElementById("show-people");

/**
 * The names of the people in the room by their ids, as the server tells. It knows only those who are
 * connected to it. Of the people at other servers it knows how many they are.
 */
export class People {
  #names = new Map();
  #me = null;
  /** What the server knows of the people at other servers, or `null` without other servers. */
  #elsewhere = null;

  /** Starts anew with the people of a welcome. */
  reset(me, others, elsewhere) {
    this.#me = me;
    this.#names = new Map([me, ...others].map(({ id, name }) => [id, name]));
    this.tellElsewhere(elsewhere);
  }

  /** Takes what the server knows now of the people at other servers. */
  tellElsewhere(elsewhere) {
    this.#elsewhere = elsewhere;
    this.#draw();
  }

  /** Adds a person. Returns `false` if the welcome has listed the person already. */
  enter({ server, id, name }) {
    if (server !== this.#me.server) return true;
    if (this.#names.has(id)) return false;
    this.#names.set(id, name);
    this.#draw();
    return true;
  }

  /** Removes a person. Returns `false` if the person was not there. */
  leave({ server, id }) {
    if (server !== this.#me.server) return true;
    const was = this.#names.delete(id);
    if (was) this.#draw();
    return was;
  }

  /** Whether it is certain that the user is alone in the room. */
  get isOnlyMe() {
    return this.#names.size === 1 && this.#countElsewhere === 0 && this.#isComplete;
  }

  get #countElsewhere() {
    return this.#elsewhere?.people ?? 0;
  }

  get #isComplete() {
    return !this.#elsewhere || (this.#elsewhere.silent === 0 && !this.#elsewhere.cut_off);
  }

  #draw() {
    const others = [...this.#names].filter(([id]) => id !== this.#me.id);
    others.sort(([, a], [, b]) => a.localeCompare(b));
    const { server } = this.#me;
    const lines = [[this.#me.id, this.#me.name], ...others].map(([id, name]) =>
      element("li", "", face({ server, id, name }), named(name)),
    );
    lines[0].append(element("span", "quiet", "(you)"));
    document.getElementById("people").replaceChildren(...lines);
    const all = lines.length + this.#countElsewhere;
    const count = this.#isComplete ? `${all}` : `${all} or more`;
    document.getElementById("people-title").textContent = `Who is here (${count})`;
    toggle.textContent = `${count} here`;
    write(document.getElementById("elsewhere"), sentences(this.#elsewhere));
  }
}

/** What the list does not tell. */
function sentences(elsewhere) {
  if (!elsewhere) return "";
  const { people, silent, cut_off } = elsewhere;
  if (cut_off) {
    return "This server has lost the others. People there do not hear you now, and you do not hear them.";
  }
  const listed = people === 0 ? "" : `${people} more at other servers, without their names here.`;
  const missing = silent === 1 ? "1 server has not answered." : `${silent} servers have not answered.`;
  return silent === 0 ? listed : `${listed} ${missing}`.trim();
}

/** Screen readers read a live region aloud at every write, so the page writes only changes. */
function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

toggle.addEventListener("click", () => {
  toggle.ariaExpanded = String(panel.classList.toggle("unfolded"));
});

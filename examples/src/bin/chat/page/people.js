// The people in the room.

import { element, face, named } from "./lines.js";

const panel = document.getElementById("people-panel");
const toggle = document.getElementById("show-people");

/** The names of the people in the room by their ids, as the server tells. */
export class People {
  #names = new Map();
  #me = null;

  /** Starts anew with the people of a welcome. */
  reset(me, others) {
    this.#me = me;
    this.#names = new Map([me, ...others].map(({ id, name }) => [id, name]));
    this.#draw();
  }

  /** Adds a person. Returns `false` if the welcome has listed the person already. */
  enter({ id, name }) {
    if (this.#names.has(id)) return false;
    this.#names.set(id, name);
    this.#draw();
    return true;
  }

  /** Removes a person. Returns `false` if the person was not there. */
  leave({ id }) {
    const was = this.#names.delete(id);
    if (was) this.#draw();
    return was;
  }

  get isOnlyMe() {
    return this.#names.size === 1;
  }

  #draw() {
    const others = [...this.#names].filter(([id]) => id !== this.#me.id);
    others.sort(([, a], [, b]) => a.localeCompare(b));
    const lines = [[this.#me.id, this.#me.name], ...others].map(([id, name]) =>
      element("li", "", face({ id, name }), named(name)),
    );
    lines[0].append(element("span", "quiet", "(you)"));
    document.getElementById("people").replaceChildren(...lines);
    document.getElementById("people-title").textContent = `Who is here (${lines.length})`;
    toggle.textContent = `${lines.length} here`;
  }
}

toggle.addEventListener("click", () => {
  toggle.ariaExpanded = String(panel.classList.toggle("unfolded"));
});

// The page of the feed. All prices come over one WebSocket. Each is published to the topic of
// its symbol, as a quote of feed.rs.

import { Chart } from "./chart.js";
import { Connection } from "./connection.js";

// The server sends a price every 200 ms. After a silence of this time the network is dead.
// Milliseconds.
const LONGEST_SILENCE = 5_000;

const find = (id) => document.getElementById(id);
const price = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const cards = new Map();
let silence;

const connection = new Connection("feed", {
  onState(state) {
    clearTimeout(silence);
    if (state === "open") listen();
    const lost = navigator.onLine ? "Disconnected, reconnecting…" : "Offline, reconnecting…";
    say(state === "open" ? "Live" : state === "waiting" || cards.size > 0 ? lost : "Connecting…");
    find("cards").classList.toggle("stale", state !== "open");
  },

  onMessage({ data: { symbol, price } }) {
    listen();
    if (!cards.has(symbol)) cards.set(symbol, new Card(symbol));
    cards.get(symbol).add(price);
  },
});

function listen() {
  clearTimeout(silence);
  silence = setTimeout(() => connection.fail(), LONGEST_SILENCE);
}

function say(state) {
  // Screen readers read a live region aloud at every write, so the page writes only changes.
  if (find("state").textContent !== state) find("state").textContent = state;
}

/** A symbol with its last prices. They are no live region: a screen reader would never be silent. */
class Card {
  #last;
  #chart;

  constructor(symbol) {
    const card = find("card").content.cloneNode(true).firstElementChild;
    this.#last = card.querySelector(".price");
    card.querySelector("h2").textContent = symbol;
    card.ariaLabel = symbol;
    const [form, problem] = [card.querySelector("form"), card.querySelector(".problem")];
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.textContent = await publish(symbol, form.querySelector("input").value);
    });
    find("cards").append(card);
    this.#chart = new Chart(card.querySelector("svg"));
  }

  add(last) {
    this.#last.textContent = price.format(last);
    this.#chart.add(last);
  }
}

/** Resolves to an error message or "". The price itself comes back over the socket. */
async function publish(symbol, body) {
  try {
    const response = await fetch(`publish/${symbol}`, { method: "POST", body });
    return response.ok ? "" : await response.text();
  } catch {
    return "The server cannot be reached.";
  }
}

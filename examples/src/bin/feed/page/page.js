// The page of the feed. All prices come over one WebSocket, as the quotes of feed.rs.

// The width and the height of the chart, in its own coordinates.
const POINTS = 120;
const HEIGHT = 40;

// Milliseconds. Half of it is random, so that not all pages of a restarted server come back at
// once.
const DELAY = 2_000;

const find = (id) => document.getElementById(id);
const price = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const cards = new Map();

function connect() {
  const url = new URL("feed", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  socket.addEventListener("open", () => say("Live", false));
  socket.addEventListener("message", ({ data }) => take(JSON.parse(data)));
  socket.addEventListener("close", () => {
    say("Disconnected, reconnecting…", true);
    setTimeout(connect, DELAY * (0.5 + Math.random() / 2));
  });
}

function say(state, isStale) {
  find("state").textContent = state;
  find("cards").classList.toggle("stale", isStale);
}

function take(quote) {
  if (!cards.has(quote.symbol)) cards.set(quote.symbol, new Card(quote.symbol));
  cards.get(quote.symbol).add(quote.price);
}

/** A symbol with its last prices. */
class Card {
  #prices = [];

  constructor(symbol) {
    const card = find("card").content.cloneNode(true).firstElementChild;
    this.output = card.querySelector("output");
    this.line = card.querySelector("polyline");
    card.querySelector("h2").textContent = symbol;
    card.setAttribute("aria-label", symbol);
    const [form, problem] = [card.querySelector("form"), card.querySelector(".problem")];
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.textContent = await publish(symbol, form.querySelector("input").value);
    });
    find("cards").append(card);
  }

  add(last) {
    this.#prices.push(last);
    if (this.#prices.length > POINTS) this.#prices.shift();
    this.output.textContent = price.format(last);
    const low = Math.min(...this.#prices);
    const high = Math.max(...this.#prices);
    const scale = HEIGHT / (high - low || 1);
    const points = this.#prices.map((each, x) => `${x},${(HEIGHT - (each - low) * scale).toFixed(2)}`);
    this.line.setAttribute("points", points.join(" "));
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

connect();

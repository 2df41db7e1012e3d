// Draws the last prices of a symbol as a line, with a scale of prices and one of time.

const SVG = "http://www.w3.org/2000/svg";

// Milliseconds. The line has a gap where no price has come for a while.
const SPAN = 30_000;
const GAP = 2_000;

// Pixels: the room for the labels of the scales, and the least distance between two of them.
const RIGHT = 56;
const BOTTOM = 22;
const TOP = 8;
const BETWEEN_PRICES = 32;
const BETWEEN_TIMES = 72;

// The least difference between two prices.
const CENT = 0.01;

const price = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const shortPrice = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

/** The chart in an `svg` element. It fills the element, whatever its size is. */
export class Chart {
  #svg;
  #line = make("path");
  #scales = make("g");
  #points = [];
  #width = 0;
  #height = 0;

  constructor(svg) {
    this.#svg = svg;
    svg.append(this.#scales, this.#line);
    svg.setAttribute("aria-label", "Too few prices for a chart");
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.#height = contentRect.height;
      svg.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
      this.#draw();
    }).observe(svg);
  }

  add(value) {
    const now = performance.now();
    this.#points.push({ at: now, value });
    while (this.#points[0].at < now - SPAN) this.#points.shift();
    this.#draw();
  }

  #draw() {
    if (this.#points.length < 2 || this.#width <= RIGHT || this.#height <= TOP + BOTTOM) return;
    const values = this.#points.map(({ value }) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    // The line stays off the edges. A price that does not move is drawn in the middle.
    const margin = (high - low) * 0.08 || low * 0.01;
    const [bottom, top] = [Math.max(0, low - margin), high + margin];
    const [first, last] = [this.#points[0].at, this.#points.at(-1).at];
    // The line reaches from edge to edge from the start, so the scale of time grows to its full span.
    const x = scale(first, last, 0, this.#width - RIGHT);
    const y = scale(bottom, top, this.#height - BOTTOM, TOP);

    const steps = this.#points.map(({ at, value }, i) => {
      const follows = i > 0 && at - this.#points[i - 1].at < GAP;
      return `${follows ? "L" : "M"}${x(at)},${y(value)}`;
    });
    this.#line.setAttribute("d", steps.join(""));
    this.#scales.replaceChildren(...this.#prices(bottom, top, y), ...this.#times(first, last, x));
    const seconds = Math.round((last - first) / 1000);
    this.#svg.setAttribute(
      "aria-label",
      `Prices of the last ${seconds} seconds: from ${price.format(low)} to ${price.format(high)}`,
    );
  }

  #prices(low, high, y) {
    const most = Math.max(4, Math.floor((this.#height - BOTTOM) / BETWEEN_PRICES));
    return ticks(low, high, most).flatMap((value) => [
      make("line", { x1: 0, x2: this.#width - RIGHT, y1: y(value), y2: y(value) }),
      label(value < 10_000 ? price.format(value) : shortPrice.format(value), {
        x: this.#width,
        y: y(value) + 4,
        "text-anchor": "end",
      }),
    ]);
  }

  #times(first, last, x) {
    const most = Math.max(2, Math.floor((this.#width - RIGHT) / BETWEEN_TIMES));
    const ago = ticks(0, (last - first) / 1000, most).filter((seconds) => seconds % 1 === 0);
    return ago.map((seconds) => {
      const at = x(last - seconds * 1000);
      return label(seconds === 0 ? "now" : `−${seconds} s`, {
        x: at,
        y: this.#height - 4,
        "text-anchor": seconds === 0 ? "end" : at < BETWEEN_TIMES / 3 ? "start" : "middle",
      });
    });
  }
}

/** Maps a range onto another one. */
function scale(from, to, start, end) {
  const factor = (end - start) / (to - from || 1);
  return (value) => Math.round((start + (value - from) * factor) * 10) / 10;
}

/** Round numbers in a range: at most so many, or one more, and at least half as many. */
function ticks(low, high, most) {
  const rough = Math.max(CENT, (high - low) / most);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 4, 5, 10].find((each) => each * magnitude >= rough) * magnitude;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
  return found;
}

function make(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function label(text, attributes) {
  const made = make("text", attributes);
  made.textContent = text;
  return made;
}

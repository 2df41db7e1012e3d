// A browser window watches prices, and sets one.
//
//     node feed.mjs http://127.0.0.1:8081 <directory for screenshots>

import assert from "node:assert/strict";
import { join } from "node:path";

import { isAccessible } from "./support/access.mjs";
import { PHONE, WIDE, openPage, withBrowser } from "./support/browser.mjs";
import { Network } from "./support/network.mjs";

const [url, screenshots] = process.argv.slice(2);
const SYMBOLS = ["ACME", "GLOBEX", "INITECH"];

async function screenshot(page, name, { colorScheme = "light", viewport = WIDE } = {}) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** The chart fills its place from the start, and its scales say what it shows. */
async function chart(page, symbol) {
  await page.getByRole("article", { name: symbol }).waitFor();
  await page.waitForFunction((symbol) => {
    const svg = document.querySelector(`[aria-label="${symbol}"] svg`);
    const line = svg.querySelector("path");
    // The page draws no line before the second price.
    const steps = line.getAttribute("d") ?? "";
    const [inner, outer] = [line, svg].map((each) => each.getBoundingClientRect());
    const labels = [...svg.querySelectorAll("text")].map(({ textContent }) => textContent);
    return (
      steps.split("L").length > 10 &&
      inner.width > 0.75 * outer.width &&
      inner.height > 0.5 * outer.height &&
      labels.filter((each) => /^[\d,]+\.\d\d$/.test(each)).length >= 2 &&
      labels.includes("now") &&
      labels.some((each) => /^−\d+ s$/.test(each)) &&
      labels.every((each) => /^([\d,]+\.\d\d|now|−\d+ s)$/.test(each)) &&
      /^Prices of the last \d+ seconds: from [\d,.]+ to [\d,.]+$/.test(svg.ariaLabel)
    );
  }, symbol);
  // No label is cut off, or written over another.
  const overlaps = await page.evaluate((symbol) => {
    const svg = document.querySelector(`[aria-label="${symbol}"] svg`);
    const outer = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll("text")].map((each) => [each.textContent, each.getBoundingClientRect()]);
    const isOut = ({ left, right, top, bottom }) =>
      left < outer.left - 1 || right > outer.right + 1 || top < outer.top - 1 || bottom > outer.bottom + 1;
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return boxes
      .filter(([, box], i) => isOut(box) || boxes.some(([, other], j) => i !== j && meet(box, other)))
      .map(([text]) => text);
  }, symbol);
  assert.deepEqual(overlaps, [], symbol);
}

/** A screen reader stays silent while prices change. */
async function nothingIsAnnounced(page) {
  const announced = await page.evaluate(async () => {
    const live = "output, [aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], [role=timer]";
    let changes = 0;
    const observer = new MutationObserver(() => (changes += 1));
    for (const each of document.querySelectorAll(live)) {
      observer.observe(each, { childList: true, characterData: true, subtree: true });
    }
    const price = document.querySelector(".price");
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => new MutationObserver(resolve).observe(price, { childList: true }));
    }
    return changes;
  });
  assert.equal(announced, 0);
}

/** Without a word from the server the page says so, and finds back. */
async function silence(browser) {
  const network = await Network.to(url);
  const { page, complaints } = await openPage(browser, { expected: /^WebSocket connection to/ });
  const is = (state) => page.getByRole("status").filter({ hasText: state }).waitFor();
  await page.goto(network.url);
  await is("Live");
  // The gap is in a line that has begun.
  await chart(page, "ACME");
  network.stall();
  await is("Disconnected");
  await isAccessible(page, "disconnected");
  network.reset();
  await is("Live");
  // The line does not pretend to know the prices of the silence.
  await page.waitForFunction(() => {
    const line = document.querySelector('[aria-label="ACME"] path');
    return (line.getAttribute("d") ?? "").split("M").length >= 3;
  });
  await page.context().setOffline(true);
  await is("Offline");
  await screenshot(page, "feed-offline-light");
  await page.context().setOffline(false);
  await is("Live");
  network.close();
  assert.deepEqual(complaints, []);
}

/** Each attempt waits longer than the one before it, and half of the wait is chance. */
async function backoff(browser) {
  const { page, complaints } = await openPage(browser);
  await page.clock.install();
  await page.goto(url);
  const waits = async (chance) => {
    await page.evaluate(async (chance) => {
      const { Connection } = await import("./connection.js");
      Math.random = () => chance;
      window.WebSocket = class extends EventTarget {
        constructor() {
          super();
          setTimeout(() => this.dispatchEvent(new CloseEvent("close")));
        }
        close() {}
      };
      window.waits = [];
      const onState = (state, wait) => state === "waiting" && window.waits.push(wait / 1000);
      window.connection = new Connection("feed", { onState, onMessage() {} });
    }, chance);
    await page.clock.runFor(200_000);
    return await page.evaluate(() => {
      connection.leave();
      return waits.slice(0, 7);
    });
  };
  assert.deepEqual(await waits(1), [1, 2, 4, 8, 16, 30, 30]);
  assert.deepEqual(await waits(0), [0.5, 1, 2, 4, 8, 15, 15]);
  await page.close();
  assert.deepEqual(complaints, []);
}

await withBrowser(async (browser) => {
  const { page, complaints } = await openPage(browser);
  await page.goto(url);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  for (const symbol of SYMBOLS) await chart(page, symbol);
  await nothingIsAnnounced(page);
  await isAccessible(page, "prices");
  await screenshot(page, "feed-light");

  const globex = page.getByRole("article", { name: "GLOBEX" });
  await globex.getByRole("spinbutton", { name: "New price" }).fill("7750");
  await globex.getByRole("button", { name: "Publish" }).click();
  // The next price already differs, but it continues from the set price.
  await page.waitForFunction(() => {
    const price = document.querySelector('[aria-label="GLOBEX"] .price').textContent;
    return Number(price.replaceAll(",", "")) > 7000;
  });
  await chart(page, "GLOBEX");
  await screenshot(page, "feed-dark", { colorScheme: "dark" });
  await screenshot(page, "feed-dark-phone", { colorScheme: "dark", viewport: PHONE });
  assert.deepEqual(complaints, []);
  await silence(browser);
  await backoff(browser);
});
console.log("passed");

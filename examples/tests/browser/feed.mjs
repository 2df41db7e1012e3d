// A browser window watches prices, and sets one.
//
//     node feed.mjs http://127.0.0.1:8081 <directory for screenshots>

import assert from "node:assert/strict";
import { join } from "node:path";

import { chromium } from "playwright-core";

const [url, screenshots] = process.argv.slice(2);
const SYMBOLS = ["ACME", "GLOBEX", "INITECH"];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 420 } });
  page.setDefaultTimeout(60_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();

  // Each line of the chart grows, and goes up and down.
  for (const symbol of SYMBOLS) {
    await page.getByRole("article", { name: symbol }).waitFor();
    await page.waitForFunction((symbol) => {
      const line = document.querySelector(`[aria-label="${symbol}"] polyline`);
      const { width, height } = line.getBoundingClientRect();
      return line.points.length > 10 && width > 10 && height > 10;
    }, symbol);
  }
  await page.screenshot({ path: join(screenshots, "feed-light.png") });

  const globex = page.getByRole("article", { name: "GLOBEX" });
  await globex.getByLabel("Price").fill("7750");
  await globex.getByRole("button", { name: "Publish" }).click();
  // The next price already differs, but it continues from the set price.
  await page.waitForFunction(() => {
    const price = document.querySelector('[aria-label="GLOBEX"] output').textContent;
    return Number(price.replaceAll(",", "")) > 7000;
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(screenshots, "feed-dark.png") });
  await page.setViewportSize({ width: 390, height: 780 });
  await page.screenshot({ path: join(screenshots, "feed-dark-narrow.png") });
  // Violations of the Content-Security-Policy would be among them.
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
}
console.log("passed");

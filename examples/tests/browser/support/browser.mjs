// The browser of the tests.

import { chromium } from "playwright-core";

export const TIMEOUT = 60_000;
export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 780 };

/** Starts Chromium, and closes it after `use`. */
export async function withBrowser(use) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    timeout: TIMEOUT,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

/** Opens a page, and returns it with the list of errors that it writes to the console. */
export async function openPage(browser, { expected, ...options } = {}) {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // Violations of the Content-Security-Policy are among the errors.
    if (message.type() === "error" && !expected?.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}

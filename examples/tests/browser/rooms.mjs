// The first application of the guide's page on typed modules, in two browser windows.
//
//     node rooms.mjs http://127.0.0.1:8080/

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

const [url] = process.argv.slice(2);

/** A window of a visitor. */
async function visit(browser, name) {
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  page.on("dialog", (dialog) => dialog.accept(name));
  await page.goto(url);
  const input = page.getByPlaceholder("Say something");
  const says = async (text) => {
    await input.fill(text);
    await page.keyboard.press("Enter");
  };
  const sees = (text) => page.locator("pre").filter({ hasText: text }).waitFor();
  return { context, says, sees };
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const ada = await visit(browser, "Ada");
  await ada.sees("Hello, Ada. There are the rooms 1,7.");
  await ada.sees("In room 7: Ada");

  const bob = await visit(browser, "Bob");
  await bob.sees(/In room 7: (Ada,Bob|Bob,Ada)/);
  await ada.sees("Bob has entered.");

  await bob.says("hi");
  await ada.sees("Bob: hi");
  await bob.sees("You, heard by 1: hi");
  await ada.says("x".repeat(2001));
  await ada.sees("Refused: too_long");

  // The client comes back, and joins again.
  await ada.context.setOffline(true);
  await bob.sees("Ada has left.");
  await ada.context.setOffline(false);
  await bob.sees("Ada has entered.");
  await bob.says("welcome back");
  await ada.sees("Bob: welcome back");

  await bob.says("bye");
  await bob.sees("Good bye.");
  await ada.sees("Bob has left.");
} finally {
  await browser.close();
}
console.log("passed");

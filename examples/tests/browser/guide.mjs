// The scripts of the guide, in a browser window.
//
//     node guide.mjs http://127.0.0.1:8080 <folder of the guide>
//
// The server is the chat. The test that runs this script controls it, as for chat.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const [url, guide] = process.argv.slice(2);

/** A response with text that is not the chat: a page of the same origin, without the chat's own policy. */
const somewhere = `${url}/hello`;

const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();

async function server(request) {
  console.log(request);
  const { done } = await answers.next();
  assert(!done, `no answer to ${request}`);
}

/** The first block of code of this language on a page of the guide. */
function block(page, language) {
  const text = readFileSync(join(guide, page), "utf8");
  const [, code] = text.match(new RegExp("^```" + language + "\n(.*?)^```$", "ms"));
  return code;
}

/** The first page that a reader writes. */
async function firstPage(context) {
  const page = await context.newPage();
  page.on("dialog", (dialog) => dialog.accept("Ada"));
  await page.goto(somewhere);
  await page.setContent(block("quick_start.md", "html"));
  const shown = page.locator("pre");
  await shown.filter({ hasText: '"name":"Ada"' }).waitFor();
  await page.getByPlaceholder("Say something").fill("hi");
  await page.keyboard.press("Enter");
  await shown.filter({ hasText: "You: hi" }).waitFor();
  assert.equal(await page.getByPlaceholder("Say something").inputValue(), "");
  await page.close();
}

/** Starts the client that comes back. The page notes its states, and the messages. */
async function start(page, address) {
  const source = `data:text/javascript,${encodeURIComponent(block("clients.md", "js"))}`;
  const run = async ({ source, address }) => {
    const { connect } = await import(source);
    Object.assign(window, { states: [], messages: [], attempts: 0 });
    window.connection = connect(() => ((window.attempts += 1), address), {
      onState: (state, why) => window.states.push(why === undefined ? state : `${state}: ${why}`),
      onMessage: (data) => window.messages.push(JSON.parse(data)),
    });
  };
  await page.evaluate(run, { source, address });
}

/** Waits for a state of that client. */
async function reaches(page, state) {
  await page.waitForFunction((state) => window.states.at(-1) === state, state);
}

/** The client that comes back. */
async function reconnecting(context) {
  const page = await context.newPage();
  await page.goto(somewhere);
  await start(page, "/chat?name=Ada");
  const last = (state) => reaches(page, state);
  const states = () => page.evaluate(() => window.states.splice(0));

  const welcomed = (times) =>
    page.waitForFunction(
      (times) => window.messages.filter(({ data }) => data?.type === "welcome").length === times,
      times,
    );

  await last("open");
  await welcomed(1);
  assert.deepEqual(await states(), ["connecting", "open"]);
  assert.equal(await page.evaluate(() => window.connection.send('{"join":"room/lobby","id":1}')), true);
  await page.waitForFunction(() => window.messages.some(({ id, ok }) => id === 1 && ok.said === 0));

  // It comes back to a server that was killed.
  await server("stop");
  await page.waitForFunction(() => window.states.includes("waiting"));
  assert.equal(await page.evaluate(() => window.connection.send("lost")), false);
  await server("start");
  await last("open");
  await welcomed(2);
  const [first, ...rest] = await states();
  assert.equal(first, "waiting");
  assert.deepEqual(rest.slice(-2), ["connecting", "open"]);

  // It notices at once that the network is gone, and that it is there again.
  await context.setOffline(true);
  await last("waiting");
  await states();
  await context.setOffline(false);
  await last("open");
  await welcomed(3);
  const attempts = await page.evaluate(() => window.attempts);

  // It stays away when it is told to.
  await page.evaluate(() => window.connection.end("done"));
  await page.evaluate(() => dispatchEvent(new Event("online")));
  assert.equal((await states()).at(-1), "ended: done");
  assert.equal(await page.evaluate(() => window.attempts), attempts);
  await page.close();
}

/** The same client, when a network is dead and no event says so. */
async function silent(context) {
  const page = await context.newPage();
  await page.clock.install();
  let heard = 0;
  // A server that answers the first sign of life, and is never heard again.
  await page.routeWebSocket(/silent/, (socket) => {
    socket.onMessage((message) => {
      assert.equal(message, "");
      heard += 1;
      if (heard === 1) socket.send("");
    });
  });
  await page.goto(somewhere);
  await start(page, "/silent");
  await reaches(page, "open");
  await page.clock.runFor(46_000);
  await page.waitForFunction(() => window.states.length === 2);
  await waitUntil(() => heard === 1);
  await page.clock.runFor(46_000);
  await waitUntil(() => heard === 2);
  await page.clock.runFor(11_000);
  await page.waitForFunction(() => window.states.includes("waiting"));
  assert.equal(await page.evaluate(() => window.messages.length), 0);
  await page.close();
}

async function waitUntil(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  await firstPage(context);
  await reconnecting(context);
  await silent(context);
} finally {
  await browser.close();
  // An open stdin would keep this process alive.
  input.close();
}
console.log("passed");

// A generated client in Chromium:
//
//     node chromium.mjs http://127.0.0.1:8080 <the client, in JavaScript>

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { TIMEOUT, withBrowser } from "../browser/support/browser.mjs";
import { Network } from "../browser/support/network.mjs";
import { Server } from "./server.mjs";

const [url, path] = process.argv.slice(2);
const server = new Server();

/** A module as a page can import it. */
const importable = (path) => `data:text/javascript,${encodeURIComponent(readFileSync(path, "utf8"))}`;
const modules = { client: importable(path), scenarios: importable(new URL("scenarios.mjs", import.meta.url)) };

/** A page of the server. Its timers stand still until they are told to run, if `isTimeless` is given. */
async function open(browser, { at = url, isTimeless = false } = {}) {
  const context = await browser.newContext();
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  if (isTimeless) await page.clock.install();
  await page.goto(`${at}/`);
  if (isTimeless) await page.clock.pauseAt(Date.now() + 3_600_000);
  return { context, page };
}

/** All that is tested in Node.js, too. */
async function scenarios(browser) {
  const { context, page } = await open(browser);
  await page.exposeFunction("server", (request) => server.tell(request));
  await page.evaluate(async ({ client, scenarios }) => {
    const errors = [];
    addEventListener("error", (event) => {
      errors.push(event.error.message);
      event.preventDefault();
    });
    const { Scenarios } = await import(scenarios);
    const reported = () => errors.splice(0);
    await new Scenarios(await import(client), "/chat?name=", { server: window.server, reported }).run();
  }, modules);
  await context.close();
}

/** Connects a client, and waits until it is welcome. */
async function connect(page) {
  await page.evaluate(async ({ client }) => {
    const { Chat } = await import(client);
    Object.assign(window, { states: [], losses: [], welcomed: 0, joined: 0 });
    window.chat = new Chat("/chat?name=Ada", {
      on: { welcome: () => (window.welcomed += 1) },
      state(state, { failures, wait, why }) {
        window.states.push(state);
        if (why) window.losses.push({ failures, wait, why });
      },
    });
    window.chat.joinRoom({ id: 7 }, { joined: () => (window.joined += 1) });
  }, modules);
  await page.waitForFunction(() => window.joined === 1);
}

const states = (page) => page.evaluate(() => window.states.splice(0));
const reaches = (page, state) => page.waitForFunction((state) => window.states.at(-1) === state, state);
/** Why the client has lost its last connection. */
async function loss(page) {
  const { failures, wait, why } = await page.evaluate(() => window.losses.at(-1));
  assert.equal(failures, 1);
  assert(wait >= 0 && wait <= 500, `a wait of ${wait} ms`);
  return why;
}

const isBack = (page, times) => page.waitForFunction((times) => window.joined === times, times);

/** Lets the time pass that the client waits between its attempts. */
async function comesBack(page, times) {
  while ((await page.evaluate(() => window.joined)) < times) await page.clock.runFor(100);
}

const turns = (page, visibility) =>
  page.evaluate((visibility) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, value: visibility });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibility);

/** The network is gone, and back: no timer has to end before the client knows. */
async function offline(browser) {
  const { context, page } = await open(browser, { isTimeless: true });
  await connect(page);
  await states(page);
  await context.setOffline(true);
  await reaches(page, "waiting");
  assert.deepEqual(await loss(page), { reason: "offline" });
  await context.setOffline(false);
  await isBack(page, 2);
  assert.deepEqual(await states(page), ["waiting", "connecting", "open"]);
  await context.close();
}

/** The user does not want to wait: no timer has to end, either. */
async function impatient(browser) {
  const { context, page } = await open(browser, { isTimeless: true });
  await connect(page);
  await states(page);
  await server.tell("stop");
  await reaches(page, "waiting");
  assert.deepEqual(await loss(page), { reason: "closed", code: 1006, message: "" });
  await server.tell("start");
  await page.evaluate(() => window.chat.reconnect());
  await isBack(page, 2);
  assert.deepEqual(await states(page), ["waiting", "connecting", "open"]);
  // A connection that is open stays.
  await page.evaluate(() => window.chat.reconnect());
  await page.evaluate(() => window.chat.count());
  await page.clock.runFor(11_000);
  assert.deepEqual(await states(page), []);
  await context.close();
}

/** A page that nobody sees is in no hurry. One that becomes visible connects at once. */
async function hidden(browser) {
  const { context, page } = await open(browser, { isTimeless: true });
  await connect(page);
  await states(page);
  await turns(page, "hidden");
  await server.tell("stop");
  await reaches(page, "waiting");
  await server.tell("start");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  assert.deepEqual(await states(page), ["waiting"]);
  await turns(page, "visible");
  await isBack(page, 2);
  assert.deepEqual(await states(page), ["connecting", "open"]);
  await context.close();
}

/** A dead network: no byte comes through, and no event says so. */
async function silent(browser) {
  const network = await Network.to(url);
  const { context, page } = await open(browser, { at: network.url, isTimeless: true });
  await connect(page);

  // The server gives the sign of life that the client asks for.
  await page.clock.runFor(46_000);
  await page.evaluate(() => window.chat.count());
  await page.clock.runFor(11_000);
  assert.deepEqual(await states(page), ["connecting", "open"]);

  await page.evaluate(() => window.chat.count());
  network.stall();
  await page.clock.runFor(46_000);
  assert.deepEqual(await states(page), []);
  await page.clock.runFor(11_000);
  assert.equal((await states(page))[0], "waiting");
  assert.deepEqual(await page.evaluate(() => window.losses[0].why), { reason: "silent" });
  network.reset();
  await comesBack(page, 2);
  await states(page);

  // It is asked at once when the user is back, such as after the sleep of a laptop. Being asked for more
  // often gives it no more time.
  network.stall();
  await turns(page, "visible");
  await page.clock.runFor(6_000);
  await page.evaluate(() => window.chat.reconnect());
  assert.deepEqual(await states(page), []);
  await page.clock.runFor(5_000);
  assert.equal((await states(page))[0], "waiting");
  network.reset();
  await comesBack(page, 3);
  await context.close();
  network.close();
}

await withBrowser(async (browser) => {
  await scenarios(browser);
  await offline(browser);
  await impatient(browser);
  await hidden(browser);
  await silent(browser);
});
server.close();
console.log("passed");

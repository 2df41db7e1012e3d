// Two people chat, each in a browser window of their own.
//
//     node chat.mjs http://127.0.0.1:8080 <directory for screenshots>
//
// The test that runs this script controls the server. A line "stop" on stdout asks it to kill the
// server, a line "start" to start it again on the same port. Any line on stdin says that this was
// done.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { join } from "node:path";

import { chromium } from "playwright-core";

const [url, screenshots] = process.argv.slice(2);
const TIMEOUT = 60_000;
const WIDE = { width: 1000, height: 700 };
const NARROW = { width: 390, height: 780 };

const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();

async function server(request) {
  console.log(request);
  const { done } = await answers.next();
  assert(!done, `nobody answered to ${request}`);
}

/** A window of the chat, with methods named from its user's view. */
class Visitor {
  static async arrive(browser, name, options = {}) {
    const context = await browser.newContext({ viewport: WIDE, ...options });
    context.setDefaultTimeout(TIMEOUT);
    const page = await context.newPage();
    const visitor = new Visitor(page, name);
    page.on("pageerror", (error) => visitor.complaints.push(String(error)));
    page.on("console", (message) => {
      // A browser reports failed connections and failed admission requests as errors. Some of them
      // are expected. Violations of the Content-Security-Policy are not.
      const isExpected = /^WebSocket connection to|: net::ERR_CONNECTION_REFUSED|status of 503/.test(message.text());
      if (message.type() === "error" && !isExpected) visitor.complaints.push(message.text());
    });
    return visitor;
  }

  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.complaints = [];
    this.messages = page.getByRole("log", { name: "Conversation" });
    this.people = page.getByRole("complementary", { name: "Who is here" });
    this.text = page.getByRole("textbox", { name: "Message" });
    this.send = page.getByRole("button", { name: "Send", exact: true });
  }

  async join(room) {
    await this.page.goto(`${url}/?room=${encodeURIComponent(room)}`);
    assert.equal(await this.page.getByLabel("Room").inputValue(), room);
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Join" }).click();
    await this.is("Connected");
  }

  async is(state) {
    await this.page.getByRole("status").filter({ hasText: state }).waitFor();
  }

  async says(text) {
    await this.text.fill(text);
    await this.text.press("Enter");
    assert.equal(await this.text.inputValue(), "");
    await this.own(text, "sent");
  }

  /** Waits for a line that this visitor has sent. */
  async own(text, delivery) {
    const line = this.messages.locator(`.own[data-delivery="${delivery}"]`).filter({ hasText: text });
    await line.waitFor();
    return line;
  }

  /** Waits for a line that another visitor has sent. */
  async hears(text) {
    const line = this.messages.locator("li:not(.own, .notice)").filter({ hasText: text });
    await line.waitFor();
    return line;
  }

  async notices(text) {
    await this.messages.locator(".notice").filter({ hasText: text }).last().waitFor();
  }

  /** Waits until the page has reconnected this many times, and has the list of people. */
  async isBack(times) {
    const notices = this.messages.locator(".notice").filter({ hasText: "You are back." });
    await notices.nth(times - 1).waitFor();
  }

  /** Waits until exactly these people are listed, this visitor first. */
  async sees(...names) {
    await this.page.waitForFunction(
      (names) => {
        const here = [...document.querySelectorAll("#people bdi")].map((each) => each.textContent);
        return JSON.stringify(here) === JSON.stringify(names);
      },
      names,
    );
    await this.people.getByText(`Who is here (${names.length})`).waitFor();
  }

  async screenshot(name, { colorScheme = "light", viewport = WIDE } = {}) {
    await this.page.emulateMedia({ colorScheme });
    await this.page.setViewportSize(viewport);
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
    await this.page.setViewportSize(WIDE);
  }
}

async function meet(ada, grace) {
  await ada.join("compilers");
  await ada.sees("Ada");
  await grace.join("compilers");
  await ada.notices("Grace entered");
  await ada.sees("Ada", "Grace");
  await grace.sees("Grace", "Ada");
}

async function talk(ada, grace) {
  await ada.says("Good morning! Did the nightly build go through?");
  await grace.hears("Did the nightly build go through?");
  await grace.says("It did, in four minutes. I wrote down what helped:\n\t1. one target directory\n\t2. fewer features");
  await ada.hears("2. fewer features");
  await grace.says("The rest is in the notes.");
  await ada.hears("The rest is in the notes.");
  await ada.says("Lovely, thank you!");
  await grace.hears("Lovely, thank you!");
}

async function greet(ada, grace) {
  await ada.page.getByRole("button", { name: "Ask for a greeting" }).click();
  await ada.notices("Hello from a route!");
  // Only Ada received the greeting, and later messages still arrive.
  await ada.says("Somebody has greeted me.");
  await grace.hears("Somebody has greeted me.");
  assert.equal(await grace.messages.getByText("Hello from a route!").count(), 0);
  const response = await ada.page.request.post(`${url}/announce?room=compilers`, {
    data: "The build machine rests <b>tonight</b>.",
  });
  assert.equal(await response.text(), "2 sockets");
  for (const visitor of [ada, grace]) await visitor.notices("rests <b>tonight</b>.");
}

async function htmlIsText(ada, grace) {
  const html = `<img src=x onerror="window.ran = true"><b>bold</b><script>window.ran = true</script>`;
  await grace.says(html);
  const line = await ada.hears("<b>bold</b>");
  assert.equal(await line.locator(".said").textContent(), html);
  for (const { page, messages } of [ada, grace]) {
    assert.equal(await messages.locator("img, b, script").count(), 0);
    assert.equal(await page.evaluate(() => window.ran), undefined);
  }
}

async function limits(ada, grace) {
  await ada.text.fill("é🎉".repeat(1000) + "!");
  await ada.page.getByText("1 character too many").waitFor();
  assert(await ada.send.isDisabled());
  await ada.text.press("Enter");
  assert.equal(await ada.messages.locator(".own").filter({ hasText: "é🎉" }).count(), 0);
  await ada.says("é🎉".repeat(1000));
  await grace.hears("é🎉é🎉");

  await ada.text.fill("a bell: \u0007");
  await ada.text.press("Enter");
  const refused = await ada.own("a bell", "refused");
  assert.match(await refused.textContent(), /Not sent\. A message has no control characters/);
  await ada.says("no bell");
  await grace.hears("no bell");
  assert.equal(await grace.messages.getByText("a bell").count(), 0);
}

async function reading(ada, grace) {
  for (let i = 0; i < 40; i++) await ada.says(`line ${i}.`);
  await grace.hears("line 39.");
  const isAtEnd = () => {
    const { scrollHeight, clientHeight, scrollTop } = document.querySelector("#scroller");
    return scrollHeight - clientHeight - scrollTop < 2;
  };
  await grace.page.waitForFunction(isAtEnd);

  await grace.messages.evaluate((log) => (log.scrollTop = 10));
  // The page gets the scroll event in the next frame, not at once.
  await grace.page.evaluate(() => new Promise(requestAnimationFrame));
  await grace.page.evaluate(() => new Promise(requestAnimationFrame));
  await ada.says("are you still reading?");
  await grace.hears("are you still reading?");
  const newer = grace.page.getByRole("button", { name: "1 new message" });
  await newer.waitFor();
  assert.equal(await grace.messages.evaluate((log) => log.scrollTop), 10, "a reader is left alone");
  await newer.click();
  await newer.waitFor({ state: "hidden" });
  await grace.page.waitForFunction(isAtEnd);
}

async function restart(ada, grace) {
  await ada.text.fill("half a thou");
  await server("stop");
  for (const visitor of [ada, grace]) {
    await visitor.is("Disconnected");
    await visitor.page.getByText(/Reconnecting in \d+ s…/).waitFor();
    assert(await visitor.text.isDisabled());
    assert(await visitor.send.isDisabled());
  }
  await ada.page.getByRole("button", { name: "Try now" }).click();
  await ada.page.getByText(/The server cannot be reached. Reconnecting in \d+ s…/).waitFor();
  await ada.screenshot("lost-light");
  await ada.screenshot("lost-dark-narrow", { colorScheme: "dark", viewport: NARROW });
  await server("start");

  for (const visitor of [ada, grace]) {
    await visitor.is("Connected");
    await visitor.isBack(1);
  }
  await ada.sees("Ada", "Grace");
  await grace.sees("Grace", "Ada");
  assert.equal(await ada.text.inputValue(), "half a thou");
  await ada.says("half a thought, and the other half");
  await grace.hears("the other half");
  await grace.says("welcome back");
  await ada.hears("welcome back");
}

async function doubt(ada, grace) {
  // A message that is lost on the way to the server has no answer when the connection ends.
  await ada.page.evaluate(() => {
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = () => (WebSocket.prototype.send = send);
  });
  await ada.text.fill("did this arrive?");
  await ada.text.press("Enter");
  await ada.own("did this arrive?", "pending");
  await server("stop");
  await ada.own("this may not have been sent", "unknown");
  await ada.screenshot("doubt-light");
  await server("start");
  // Waits for more than the connection: until the welcome, a page shows the earlier list of people.
  await ada.isBack(2);
  await grace.isBack(2);
  await ada.sees("Ada", "Grace");
  await ada.page.getByRole("button", { name: "Send again" }).click();
  await ada.own("did this arrive?", "sent");
  await grace.hears("did this arrive?");
}

async function part(ada, grace) {
  await grace.page.getByRole("button", { name: "Leave" }).click();
  await ada.notices("Grace left");
  await ada.sees("Ada");
  assert.equal(await grace.page.getByLabel("Your name").inputValue(), "Grace");
  await grace.page.reload();
  assert.equal(await grace.page.getByLabel("Your name").inputValue(), "Grace", "remembered");
  await grace.page.getByLabel("Your name").fill("x".repeat(33));
  await grace.page.getByRole("button", { name: "Join" }).click();
  await grace.page.getByText("A name has 1 to 32 characters.").waitFor();
  await grace.page.getByLabel("Your name").fill("\u200b\u3164");
  await grace.page.getByRole("button", { name: "Join" }).click();
  await grace.page.getByText("A name has something to see in it.").waitFor();
  await grace.screenshot("entrance-dark", { colorScheme: "dark" });
  await grace.screenshot("entrance-light-narrow", { viewport: NARROW });

}

async function crowd(ada, grace) {
  await grace.page.evaluate(async () => {
    window.crowd = Array.from({ length: 100 }, () => new WebSocket("chat?name=Fan&room=stadium"));
    await Promise.all(crowd.map((each) => new Promise((resolve) => (each.onmessage = resolve))));
  });
  await ada.page.goto(`${url}/?room=stadium`);
  await ada.page.getByLabel("Your name").fill("Ada");
  await ada.page.getByRole("button", { name: "Join" }).click();
  await ada.page.getByText("The room is full: 100 people are in it.").waitFor();
  await ada.screenshot("full-light");
  await ada.screenshot("full-dark-narrow", { colorScheme: "dark", viewport: NARROW });
  await grace.page.evaluate(() => crowd.pop().close());
  // The seat becomes free only a moment later.
  for (let isIn = false; !isIn; ) {
    await ada.page.getByRole("button", { name: "Join" }).click();
    await ada.page.locator("#state[data-state=open], #join-problem:not(:empty)").first().waitFor();
    isIn = await ada.text.isVisible();
  }
  await ada.is("Connected");
  await ada.page.getByText("Who is here (100)").waitFor();
  await ada.screenshot("crowd-light");
}

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

const ada = await Visitor.arrive(browser, "Ada");
const grace = await Visitor.arrive(browser, "Grace");
try {
  await meet(ada, grace);
  await talk(ada, grace);
  await greet(ada, grace);
  await htmlIsText(ada, grace);
  await ada.screenshot("chat-light");
  await ada.screenshot("chat-dark", { colorScheme: "dark" });
  await ada.screenshot("chat-light-narrow", { viewport: NARROW });
  await grace.page.getByRole("button", { name: "2 here" }).waitFor({ state: "hidden" });
  await grace.page.setViewportSize(NARROW);
  await grace.page.getByRole("button", { name: "2 here" }).click();
  await grace.screenshot("chat-dark-narrow", { colorScheme: "dark", viewport: NARROW });
  await restart(ada, grace);
  await limits(ada, grace);
  await reading(ada, grace);
  await doubt(ada, grace);
  await part(ada, grace);
  await crowd(ada, grace);
  await ada.page.close();
  assert.deepEqual([...ada.complaints, ...grace.complaints], []);
} catch (error) {
  await ada.screenshot("failure-ada").catch(() => {});
  await grace.screenshot("failure-grace").catch(() => {});
  throw error;
} finally {
  await browser.close();
  // An open stdin would keep this process alive.
  input.close();
}
console.log("passed");

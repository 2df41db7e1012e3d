// Two people chat, each in a browser window of their own.
//
//     node chat.mjs http://127.0.0.1:8080 <directory for screenshots>
//
// The test that runs this script controls the server. A line "stop" on stdout asks it to kill the
// server, a line "start" to start it again on the same port. Any line on stdin says that this was
// done.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";

import { isAccessible } from "./support/access.mjs";
import { PHONE, withBrowser } from "./support/browser.mjs";
import { Visitor } from "./support/visitor.mjs";

const [url, screenshots] = process.argv.slice(2);

const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();

async function server(request) {
  console.log(request);
  const { done } = await answers.next();
  assert(!done, `nobody answered to ${request}`);
}

async function meet(ada, grace) {
  await ada.page.goto(url);
  await isAccessible(ada.page, "the entrance");
  await ada.join("compilers");
  await ada.sees("Ada");
  await invite(ada);
  await grace.join("compilers");
  await ada.notices("Grace entered");
  await ada.sees("Ada", "Grace");
  await grace.sees("Grace", "Ada");
  // A name cannot change the direction of the text around it.
  await ada.messages.locator(".notice bdi").getByText("Grace").waitFor();
  for (const { page } of [ada, grace]) await page.locator("#invite").waitFor({ state: "hidden" });
}

/** A visitor who is alone gets a link for others. */
async function invite(ada) {
  await ada.page.getByRole("heading", { name: "Nobody else is here" }).waitFor();
  await isAccessible(ada.page, "alone");
  await ada.screenshot("alone-light");
  await ada.screenshot("alone-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await ada.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.page.getByRole("button", { name: "Copy link" }).click();
  await ada.page.getByRole("status").filter({ hasText: "Link copied" }).waitFor();
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, `${url}/?room=compilers`);
  assert.equal(await ada.page.getByLabel("Send this link").inputValue(), link);
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
  await readAloud(ada);
}

/** A screen reader reads the author of every message, also of one that continues another. */
async function readAloud(ada) {
  for (const [text, author] of [
    ["It did, in four minutes", "Grace"],
    ["The rest is in the notes", "Grace"],
    ["Lovely, thank you!", "You"],
  ]) {
    const line = ada.messages.getByRole("listitem").filter({ hasText: text });
    assert.match(await line.ariaSnapshot(), new RegExp(`${author}[^]*${text}`));
    if (author !== "You") assert.equal(await line.locator(".who bdi").textContent(), author);
  }
}

async function announce(ada, grace) {
  await ada.page.getByRole("button", { name: "Ask for a greeting" }).click();
  const greeting = await ada.announced("Hello from a route!");
  assert.match(await greeting.textContent(), /^For you alone/);
  // Only Ada received the greeting, and later messages still arrive.
  await ada.says("Somebody has greeted me.");
  await grace.hears("Somebody has greeted me.");
  assert.equal(await grace.messages.getByText("Hello from a route!").count(), 0);

  // An announcement cannot look like a notice, nor like what a person says.
  for (const text of ["Ada left", "The build machine rests <b>tonight</b>: https://example.org/why"]) {
    const response = await ada.page.request.post(`${url}/announce?room=compilers`, { data: text });
    assert.equal(await response.text(), "2 sockets");
    for (const visitor of [ada, grace]) {
      const line = await visitor.announced(text);
      assert.match(await line.textContent(), /^Announcement to the room/);
      assert.equal(await line.locator(".said").textContent(), text);
    }
  }
  await grace.sees("Grace", "Ada");
  assert.equal(await grace.messages.locator(".notice").filter({ hasText: "Ada left" }).count(), 0);
  assert.equal(await grace.heard("Ada left").count(), 0);
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

async function linksAreLinks(ada, grace) {
  await grace.says("See https://example.org/wiki/Rust_(fungus), and (HTTP://EXAMPLE.com/?q=a&b#c).");
  const line = await ada.hears("See https://example.org/wiki");
  const links = await line.getByRole("link").all();
  assert.equal(links.length, 2);
  for (const [i, [text, href]] of [
    ["https://example.org/wiki/Rust_(fungus)", "https://example.org/wiki/Rust_(fungus)"],
    ["HTTP://EXAMPLE.com/?q=a&b#c", "http://example.com/?q=a&b#c"],
  ].entries()) {
    assert.equal(await links[i].textContent(), text);
    assert.equal(await links[i].getAttribute("href"), href);
    assert.match(await links[i].getAttribute("rel"), /noopener noreferrer/);
    assert.equal(await links[i].getAttribute("target"), "_blank");
  }

  /** The links that the page would make of a text, after a check that no character is lost. */
  const linksIn = (text) =>
    grace.page.evaluate(async (text) => {
      const { linked } = await import("./links.js");
      const nodes = linked(text);
      const shown = nodes.map((node) => node.textContent ?? node).join("");
      if (shown !== text) throw new Error(`${text} became ${shown}`);
      const isSafe = (node) => node instanceof HTMLAnchorElement && node.childElementCount === 0;
      if (!nodes.every((node) => typeof node === "string" || isSafe(node))) throw new Error(text);
      return nodes.filter((node) => typeof node !== "string").map(({ href }) => href);
    }, text);
  for (const [text, ...expected] of [
    ["javascript:alert(1)"],
    ["JaVaScRiPt://%0aalert(1)"],
    ["data:text/html,<script>alert(1)</script>"],
    ["file:///etc/passwd ftp://example.org mailto:a@example.org"],
    ["xhttps://example.org"],
    ["http:// https://? http://[ https://%zz/"],
    ["https://bank.example@evil.example/"],
    ["https://user:password@evil.example/"],
    [`https://a.example/"onmouseover="alert(1)`, "https://a.example/"],
    ["https://a.example/<img src=x onerror=alert(1)>", "https://a.example/"],
    ["https://a.example/'onclick='alert(1)'", "https://a.example/'onclick='alert(1)"],
    ["https://a.example/\u202egpj.exe", "https://a.example/"],
    ["https://a.example\u200b.evil.example/", "https://a.example/"],
    ["https://a.example/javascript:alert(1)", "https://a.example/javascript:alert(1)"],
    ["https://аpple.example/", "https://xn--pple-43d.example/"],
    ["https://a.example/。 http://b.example!?", "https://a.example/", "http://b.example/"],
    ["[https://a.example/x]", "https://a.example/x"],
    ["https://a.example/\nhttps://b.example/", "https://a.example/", "https://b.example/"],
    ["https://https://a.example/", "https://https//a.example/"],
    ["no link"],
    [""],
  ]) {
    assert.deepEqual(await linksIn(text), expected, text);
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

async function restart(ada, grace) {
  await ada.text.fill("half a thou");
  await server("stop");
  for (const visitor of [ada, grace]) {
    await visitor.is("Disconnected");
    await visitor.page.getByText(/Reconnecting in \d+ s…/).waitFor();
    assert(await visitor.send.isDisabled());
    assert(await visitor.text.isEnabled(), "a lost connection does not stop a writer");
  }
  await ada.page.getByRole("button", { name: "Try now" }).click();
  await ada.page.getByText(/The server cannot be reached. Reconnecting in \d+ s…/).waitFor();
  await ada.text.press("Enter");
  assert.equal(await ada.text.inputValue(), "half a thou", "nothing is sent while nothing can be");
  await isAccessible(ada.page, "disconnected");
  await ada.screenshot("lost-light");
  await ada.screenshot("lost-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await server("start");

  for (const visitor of [ada, grace]) {
    await visitor.is("Connected");
    await visitor.isBack(1);
    await visitor.notices("You may have missed messages.");
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
  await isAccessible(ada.page, "not confirmed");
  await ada.screenshot("doubt-light");
  await ada.screenshot("doubt-dark-phone", { colorScheme: "dark", viewport: PHONE });
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
  await grace.page.getByLabel("Your name").fill("\u202eadA");
  await grace.page.getByRole("button", { name: "Join" }).click();
  await grace.page.getByText("A name has no control characters.").waitFor();
  await isAccessible(grace.page, "a refused name");
  await grace.screenshot("entrance-dark", { colorScheme: "dark" });
  await grace.screenshot("entrance-light-phone", { viewport: PHONE });
}

await withBrowser(async (browser) => {
  const ada = await Visitor.arrive(browser, "Ada", url, screenshots);
  const grace = await Visitor.arrive(browser, "Grace", url, screenshots);
  try {
    await meet(ada, grace);
    await talk(ada, grace);
    await ada.screenshot("readme", { viewport: { width: 1000, height: 560 } });
    await announce(ada, grace);
    await htmlIsText(ada, grace);
    await linksAreLinks(ada, grace);
    await isAccessible(grace.page, "a talk");
    await ada.screenshot("talk-light");
    await ada.screenshot("talk-dark", { colorScheme: "dark" });
    await ada.screenshot("talk-light-phone", { viewport: PHONE });
    await grace.page.setViewportSize(PHONE);
    await grace.page.getByRole("button", { name: "2 here" }).click();
    await isAccessible(grace.page, "the list of people");
    await grace.screenshot("talk-dark-phone", { colorScheme: "dark", viewport: PHONE });
    await restart(ada, grace);
    await limits(ada, grace);
    await doubt(ada, grace);
    await part(ada, grace);
    assert.deepEqual([...ada.complaints, ...grace.complaints], []);
  } catch (error) {
    await ada.screenshot("failure-ada").catch(() => {});
    await grace.screenshot("failure-grace").catch(() => {});
    throw error;
  }
  // An open stdin would keep this process alive.
}).finally(() => input.close());
console.log("passed");

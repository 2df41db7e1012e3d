// Very many people enter a room in which others talk, and others read.
//
//     node crowd.mjs http://127.0.0.1:8080 <directory for screenshots>

import assert from "node:assert/strict";

import { isAccessible } from "./support/access.mjs";
import { PHONE, WIDE, withBrowser } from "./support/browser.mjs";
import { Visitor } from "./support/visitor.mjs";

const [url, screenshots] = process.argv.slice(2);

/** Sockets of people without a page of their own, in a page that does nothing else. */
class Crowd {
  static async of(browser) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    return new Crowd(page);
  }

  constructor(page) {
    this.page = page;
  }

  /** Enters a room with this many sockets, one after the other. */
  enter(count, room, name = "Fan") {
    return this.page.evaluate(
      async ([count, room, name]) => {
        window.crowd ??= [];
        for (let i = 0; i < count; i++) {
          const socket = new WebSocket(`chat?${new URLSearchParams({ name: `${name} ${i}`, room })}`);
          await new Promise((resolve) => (socket.onopen = resolve));
          socket.send(JSON.stringify({ join: `room/${room}`, id: 1 }));
          await new Promise((resolve) => (socket.onmessage = ({ data }) => JSON.parse(data).id && resolve()));
          crowd.push(socket);
        }
      },
      [count, room, name],
    );
  }

  /** Lets so many leave, the last to enter first. */
  leave(count) {
    return this.page.evaluate(async (count) => {
      for (const socket of crowd.splice(-count)) {
        socket.close();
        await new Promise((resolve) => (socket.onclose = resolve));
      }
    }, count);
  }
}

/** 150 people enter, and the talk is still there to read. */
async function folding(ada, grace, crowd) {
  await ada.says("Where were we?");
  await grace.hears("Where were we?");
  await grace.says("At the second chapter.");
  await crowd.enter(1, "stadium", "Ann");
  await ada.notices("Ann 0 entered");
  await crowd.enter(97, "stadium");
  await ada.notices("Ann 0 and 97 others entered");
  await isAccessible(ada.page, "a crowd");
  await crowd.leave(52);
  // The seat of each becomes free only a moment later.
  await ada.people.getByText("Who is here (48)").waitFor();
  await crowd.enter(52, "stadium");
  await ada.notices(/^Fan \d+ and 51 others left; Ann 0 and 149 others entered/);
  assert.equal(await ada.messages.locator(".notice").filter({ hasText: "entered" }).count(), 3);
  const line = ada.messages.locator(".notice").last();
  assert.equal(await line.getAttribute("aria-live"), "off", "a screen reader is not told 150 times");
  for (const text of ["Where were we?", "At the second chapter."]) {
    assert(await isInView(ada.messages.getByText(text)), `${text} was pushed out`);
  }
  await ada.screenshot("crowd-light");
  await ada.screenshot("crowd-dark-phone", { colorScheme: "dark", viewport: PHONE });

  // After a message, a new line begins.
  await ada.says("So many people!");
  await crowd.leave(1);
  await ada.notices(/^Fan 51 left/);
}

const isInView = (locator) =>
  locator.evaluate((line) => {
    const [inner, outer] = [line, document.querySelector("#scroller")].map((each) => each.getBoundingClientRect());
    return inner.top >= outer.top && inner.bottom <= outer.bottom;
  });

/** A full room refuses visitors, and says why. */
async function full(browser, crowd) {
  const eve = await Visitor.arrive(browser, "Eve", url, screenshots);
  await crowd.enter(1, "stadium");
  await eve.page.goto(`${url}/?room=stadium`);
  await eve.page.getByLabel("Your name").fill("Eve");
  await eve.page.getByRole("button", { name: "Join" }).click();
  await eve.page.getByText("The room is full: 100 people are in it.").waitFor();
  await isAccessible(eve.page, "a full room");
  await eve.screenshot("full-light");
  await eve.screenshot("full-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await crowd.leave(1);
  // The seat becomes free only a moment later.
  for (let isIn = false; !isIn; ) {
    await eve.page.getByRole("button", { name: "Join" }).click();
    await eve.page.locator("#state[data-state=open], #join-problem:not(:empty)").first().waitFor();
    isIn = await eve.text.isVisible();
  }
  await eve.is("Connected");
  await eve.page.getByText("Who is here (100)").waitFor();
  await eve.page.getByRole("button", { name: "Leave" }).click();
  return eve.complaints;
}

const isAtEnd = () => {
  const { scrollHeight, clientHeight, scrollTop } = document.querySelector("#scroller");
  return scrollHeight - clientHeight - scrollTop < 2;
};

/** Nothing moves under a reader who has scrolled up. */
async function reading(ada, grace, crowd) {
  // More than the page keeps for a reader at the end, said as if by a quick talker.
  const talk = (count, start) =>
    crowd.page.evaluate(
      async ([count, start]) => {
        const ask = (socket, frame) =>
          new Promise((resolve) => {
            socket.onmessage = ({ data }) => JSON.parse(data).id && resolve();
            socket.send(JSON.stringify({ ...frame, id: 1 }));
          });
        for (let i = 0; i < count; i += 40) {
          const socket = new WebSocket("chat?name=Tim&room=library");
          await new Promise((resolve) => (socket.onopen = resolve));
          await ask(socket, { join: "room/library" });
          for (let j = i; j < Math.min(count, i + 40); j++) {
            const id = `${start + j}x${crypto.getRandomValues(new Uint32Array(1))[0]}`;
            await ask(socket, { type: "say", data: { id, text: `line ${start + j}.` } });
          }
          socket.close();
        }
      },
      [count, start],
    );

  for (const visitor of [ada, grace]) await visitor.join("library");
  await talk(480, 0);
  await grace.hears("line 479.");
  await grace.page.waitForFunction(isAtEnd);

  await grace.page.mouse.move(400, 400);
  await grace.page.mouse.wheel(0, -1_500);
  await grace.page.getByText("line 450.").waitFor();
  await grace.page.waitForFunction(() => document.querySelector("#scroller").scrollTop > 0);
  await steady(grace);
  const place = () => grace.messages.getByText("line 455.").evaluate((line) => line.getBoundingClientRect().top);
  const before = await place();
  await ada.says("are you still reading?");
  await crowd.enter(20, "library");
  await talk(100, 480);
  await grace.hears("line 579.");
  const newer = grace.page.getByRole("button", { name: "101 new messages" });
  await newer.waitFor();
  assert.equal(await place(), before, "a reader is left alone");
  assert.equal(await grace.messages.getByText("line 0.", { exact: true }).count(), 1, "nothing was trimmed");
  await isAccessible(grace.page, "new messages");
  await grace.page.setViewportSize(WIDE);
  await grace.screenshot("newer-light");
  await grace.screenshot("newer-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await newer.click();
  await newer.waitFor({ state: "hidden" });
  await grace.page.waitForFunction(isAtEnd);
  // Now the page may forget the oldest lines.
  await ada.says("welcome at the end");
  await grace.hears("welcome at the end");
  await grace.page.waitForFunction(() => document.querySelectorAll("#messages > li").length <= 500);
}

/** Waits until a page no longer scrolls. */
async function steady(visitor) {
  await visitor.page.waitForFunction(async () => {
    const scroller = document.querySelector("#scroller");
    const before = scroller.scrollTop;
    for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
    return scroller.scrollTop === before;
  });
}

await withBrowser(async (browser) => {
  const crowd = await Crowd.of(browser);
  const ada = await Visitor.arrive(browser, "Ada", url, screenshots);
  const grace = await Visitor.arrive(browser, "Grace", url, screenshots);
  try {
    for (const visitor of [ada, grace]) await visitor.join("stadium");
    await folding(ada, grace, crowd);
    const complaints = await full(browser, crowd);
    await reading(ada, grace, crowd);
    assert.deepEqual([...complaints, ...ada.complaints, ...grace.complaints], []);
  } catch (error) {
    await ada.screenshot("failure-crowd-ada").catch(() => {});
    await grace.screenshot("failure-crowd-grace").catch(() => {});
    throw error;
  }
});
console.log("passed");

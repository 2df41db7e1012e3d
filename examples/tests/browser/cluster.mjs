// Two people chat whose servers are connected by a broker.
//
//     node cluster.mjs <URL of one server> <URL of the other> <directory for screenshots>
//
// The test that runs this script controls the servers and the broker. A line "broker stop", "broker start",
// "other stop" or "other start" on stdout asks it to do that. Any line on stdin says that it was done.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";

import { isAccessible } from "./support/access.mjs";
import { PHONE, withBrowser } from "./support/browser.mjs";
import { Visitor } from "./support/visitor.mjs";

const [url, otherUrl, screenshots] = process.argv.slice(2);

const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();

async function ask(request) {
  console.log(request);
  const { done } = await answers.next();
  assert(!done, `nobody answered to ${request}`);
}

/** Waits until a visitor's page has these people by name, this number in all, and this sentence. */
async function knows(visitor, names, count, sentence) {
  await visitor.page.waitForFunction(
    ([names, title, sentence]) => {
      const here = [...document.querySelectorAll("#people bdi")].map((each) => each.textContent);
      const text = (id) => document.getElementById(id).textContent;
      return (
        JSON.stringify(here) === JSON.stringify(names) &&
        text("people-title") === title &&
        text("elsewhere").includes(sentence) &&
        (sentence !== "" || text("elsewhere") === "")
      );
    },
    [names, `Who is here (${count})`, sentence],
  );
}

const CUT_OFF = "This server has lost the others.";
const ONE_MORE = "1 more at other servers";

async function meet(ada, grace, edsger) {
  await ada.join("compilers");
  await knows(ada, ["Ada"], "1", "");
  // It is certain that she is alone.
  await ada.page.getByRole("heading", { name: "Nobody else is here" }).waitFor();
  await grace.join("compilers");
  await ada.notices("Grace entered");
  await knows(ada, ["Ada"], "2", ONE_MORE);
  await knows(grace, ["Grace"], "2", ONE_MORE);
  for (const { page } of [ada, grace]) await page.locator("#invite").waitFor({ state: "hidden" });

  // One more at the server of Ada has a name there, and none at the other one.
  await edsger.join("compilers");
  for (const visitor of [ada, grace]) await visitor.notices("Edsger entered");
  await knows(ada, ["Ada", "Edsger"], "3", ONE_MORE);
  await knows(grace, ["Grace"], "3", "2 more at other servers");
  await isAccessible(grace.page, "people at other servers");
  await grace.screenshot("cluster-light");
  await grace.page.setViewportSize(PHONE);
  await grace.page.getByRole("button", { name: "3 here" }).click();
  await isAccessible(grace.page, "the list of people, with other servers");
  await grace.page.setViewportSize(PHONE);
  await grace.screenshot("cluster-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await edsger.page.getByRole("button", { name: "Leave" }).click();
  for (const visitor of [ada, grace]) await visitor.notices("Edsger left");
  await knows(ada, ["Ada"], "2", ONE_MORE);
  await knows(grace, ["Grace"], "2", ONE_MORE);
}

async function talk(ada, grace) {
  await ada.says("Good morning! Which port are you on?");
  await grace.hears("Which port are you on?");
  for (let i = 1; i <= 20; i++) await grace.writes(`line ${i} of 20,`);
  await ada.hears("line 20 of 20,");
  const lines = await ada.messages.locator("li[data-from]:not(.own) .said").allTextContents();
  assert.deepEqual(lines, Array.from({ length: 20 }, (_, i) => `line ${i + 1} of 20,`));
  await ada.page.getByRole("button", { name: "Ask for a greeting" }).click();
  await ada.announced("Hello from a route!");
  const response = await ada.page.request.post(`${url}/announce?room=compilers`, { data: "The tea is ready." });
  assert.equal(await response.text(), "1 sockets of this server");
  for (const visitor of [ada, grace]) await visitor.announced("The tea is ready.");
  assert.equal(await grace.messages.getByText("Hello from a route!").count(), 0);
}

async function withoutBroker(ada, grace) {
  await ask("broker stop");
  for (const [visitor, name] of [[ada, "Ada"], [grace, "Grace"]]) {
    await knows(visitor, [name], "1 or more", CUT_OFF);
    await visitor.is("Connected");
    // It is not certain that anybody is alone.
    assert(await visitor.page.locator("#invite").isHidden());
  }
  await isAccessible(ada.page, "cut off from other servers");
  await ada.screenshot("cluster-cut-off-light");
  await ada.says("Can you hear me?");
  await ask("broker start");
  await grace.hears("Can you hear me?");
  await knows(ada, ["Ada"], "2", ONE_MORE);
  await knows(grace, ["Grace"], "2", ONE_MORE);
  await grace.says("Now I can.");
  await ada.hears("Now I can.");
  assert.equal(await grace.heard("Can you hear me?").count(), 1);
}

async function withoutServer(ada, grace) {
  await ask("other stop");
  await grace.is("Disconnected");
  // The server has died without a word, and ends for the other one with its lease.
  await knows(ada, ["Ada"], "1", "");
  await ada.says("Are you still there?");
  await ask("other start");
  await grace.isBack(1);
  // No server counts what the others have passed on.
  await grace.notices("You are back. You may have missed messages.");
  await ada.notices("Grace entered");
  await knows(ada, ["Ada"], "2", ONE_MORE);
  await knows(grace, ["Grace"], "2", ONE_MORE);
  await ada.says("Welcome back");
  await grace.hears("Welcome back");
}

async function part(ada, grace) {
  await grace.page.getByRole("button", { name: "Leave" }).click();
  await ada.notices("Grace left");
  await knows(ada, ["Ada"], "1", "");
  await ada.page.getByRole("heading", { name: "Nobody else is here" }).waitFor();
}

await withBrowser(async (browser) => {
  const ada = await Visitor.arrive(browser, "Ada", url, screenshots);
  const edsger = await Visitor.arrive(browser, "Edsger", url, screenshots);
  const grace = await Visitor.arrive(browser, "Grace", otherUrl, screenshots);
  const all = [ada, edsger, grace];
  try {
    await meet(ada, grace, edsger);
    await talk(ada, grace);
    await withoutBroker(ada, grace);
    await withoutServer(ada, grace);
    await part(ada, grace);
    assert.deepEqual(all.flatMap(({ complaints }) => complaints), []);
  } catch (error) {
    for (const visitor of all) await visitor.screenshot(`failure-cluster-${visitor.name}`).catch(() => {});
    throw error;
  }
  // An open stdin would keep this process alive.
}).finally(() => input.close());
console.log("passed");

// The network between two visitors of the chat and their server fails in many ways.
//
//     node network.mjs http://127.0.0.1:8080 <directory for screenshots>

import assert from "node:assert/strict";

import { isAccessible } from "./support/access.mjs";
import { PHONE, withBrowser } from "./support/browser.mjs";
import { Network } from "./support/network.mjs";
import { Visitor } from "./support/visitor.mjs";

const [url, screenshots] = process.argv.slice(2);

/** A cable is pulled: no byte comes through, and no end is told. */
async function silence(network, ada, bob, grace) {
  network.stall();
  await ada.writes("into the void");
  await ada.own("into the void", "pending");
  await ada.screenshot("sending-light");
  await ada.own("into the void", "unknown");
  // Bob says nothing, but his page asks the server whether it is there.
  for (const visitor of [ada, bob]) {
    await visitor.is("Disconnected");
    await visitor.page.getByText("The server does not answer. Reconnecting in").waitFor();
  }
  for (let i = 1; i <= 3; i++) await grace.says(`nobody hears this, part ${i}`);
  const said = await grace.page.request.post(`${url}/announce?room=cellar`, { data: "Tea is ready." });
  assert.equal(said.status(), 200);

  network.reset();
  for (const visitor of [ada, bob]) await visitor.isBack(1);
  await bob.notices("You missed 4 messages.");
  await ada.notices("You missed up to 4 messages.");
  await isAccessible(ada.page, "what was missed");
  await ada.screenshot("missed-light");
  await ada.screenshot("missed-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await ada.page.getByRole("button", { name: "Send again" }).click();
  await ada.own("into the void", "sent");
  for (const visitor of [bob, grace]) await visitor.hears("into the void");
  assert.equal(await ada.messages.locator(".own").count(), 1);
}

/** Only the answers are lost. A message that is sent again is not read twice. */
async function lostAnswer(network, ada, bob, grace) {
  network.stall({ up: false });
  await ada.writes("did you get this?");
  await grace.hears("did you get this?");
  await ada.own("did you get this?", "unknown");
  network.reset();
  for (const visitor of [ada, bob]) await visitor.isBack(2);
  await ada.notices("You missed up to 1 message.");
  await ada.page.getByRole("button", { name: "Send again" }).click();
  await ada.own("did you get this?", "sent");
  // Bob's page had lost it.
  await bob.hears("did you get this?");
  await ada.says("now you have");
  await grace.hears("now you have");
  assert.equal(await grace.heard("did you get this?").count(), 1);
  assert.equal(await ada.messages.getByText("did you get this?").count(), 1);
}

/** A message arrives over a connection that the page has given up. */
async function lateMessage(network, ada, bob, grace) {
  network.stall({ down: false, newcomers: false });
  await ada.writes("better late");
  await ada.own("better late", "unknown");
  await ada.isBack(3);
  network.resume();
  await grace.hears("better late");
  await ada.own("better late", "sent");
  assert.equal(await ada.page.getByRole("button", { name: "Send again" }).count(), 0);
  assert.equal(await ada.page.getByText("before your last message was confirmed").count(), 0);
  assert.equal(await ada.heard("better late").count(), 0);
}

/** The device itself tells that it has no network. */
async function offline(ada, grace) {
  await ada.page.context().setOffline(true);
  await ada.is("Offline");
  await ada.page.getByText("This device is offline.").waitFor();
  await isAccessible(ada.page, "offline");
  await ada.screenshot("offline-light");
  await ada.screenshot("offline-dark-phone", { colorScheme: "dark", viewport: PHONE });
  await ada.page.context().setOffline(false);
  await ada.is("Connected");
  await ada.isBack(4);
  await ada.says("here I am again");
  await grace.hears("here I am again");
}

await withBrowser(async (browser) => {
  const network = await Network.to(url);
  const arrive = (name, url) => Visitor.arrive(browser, name, url, screenshots);
  const ada = await arrive("Ada", network.url);
  const bob = await arrive("Bob", network.url);
  const grace = await arrive("Grace", url);
  const all = [ada, bob, grace];
  try {
    for (const visitor of all) await visitor.join("cellar");
    await silence(network, ada, bob, grace);
    await lostAnswer(network, ada, bob, grace);
    await lateMessage(network, ada, bob, grace);
    await offline(ada, grace);
    assert.deepEqual(all.flatMap(({ complaints }) => complaints), []);
  } catch (error) {
    for (const visitor of all) await visitor.screenshot(`failure-network-${visitor.name}`).catch(() => {});
    throw error;
  } finally {
    network.close();
  }
});
console.log("passed");

// A browser window chats over TLS.
//
//     node tls.mjs https://127.0.0.1:8080

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

const [url] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  // A user who ignores the browser's warning of the certificate.
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  page.setDefaultTimeout(60_000);
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(url);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("status").filter({ hasText: "Connected" }).waitFor();
  await page.getByRole("textbox", { name: "Message" }).fill("nobody else reads this");
  await page.getByRole("textbox", { name: "Message" }).press("Enter");
  const line = page.locator(`.own[data-delivery="sent"]`);
  await line.filter({ hasText: "nobody else reads this" }).waitFor();
  assert.equal(sockets.length, 1);
  assert(sockets[0].startsWith(url.replace("https:", "wss:")), sockets[0]);
} finally {
  await browser.close();
}
console.log("passed");

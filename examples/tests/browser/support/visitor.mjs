// A visitor of the chat.

import assert from "node:assert/strict";
import { join } from "node:path";

import { WIDE, openPage } from "./browser.mjs";

// A browser reports failed connections and failed admission requests as errors. Some are expected.
const EXPECTED = /^WebSocket connection to|: net::ERR_|status of 503/;

/** A window of the chat, with methods named from its user's view. */
export class Visitor {
  static async arrive(browser, name, url, screenshots) {
    const { page, complaints } = await openPage(browser, { expected: EXPECTED });
    return new Visitor(page, complaints, name, url, screenshots);
  }

  constructor(page, complaints, name, url, screenshots) {
    Object.assign(this, { page, complaints, name, url, screenshots });
    this.messages = page.getByRole("log", { name: "Conversation" });
    this.people = page.getByRole("complementary", { name: "Who is here" });
    this.text = page.getByRole("textbox", { name: "Message" });
    this.send = page.getByRole("button", { name: "Send", exact: true });
  }

  async join(room) {
    await this.page.goto(`${this.url}/?room=${encodeURIComponent(room)}`);
    assert.equal(await this.page.getByLabel("Room").inputValue(), room);
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Join" }).click();
    await this.is("Connected");
    await this.notices("You entered the room");
  }

  async is(state) {
    await this.page.getByRole("status").filter({ hasText: state }).waitFor();
  }

  async says(text) {
    await this.writes(text);
    await this.own(text, "sent");
  }

  /** Sends a message without waiting for its confirmation. */
  async writes(text) {
    await this.text.fill(text);
    await this.text.press("Enter");
    assert.equal(await this.text.inputValue(), "");
  }

  /** Waits for a line that this visitor has sent. */
  async own(text, delivery) {
    const line = this.messages.locator(`.own[data-delivery="${delivery}"]`).filter({ hasText: text });
    await line.waitFor();
    return line;
  }

  /** The lines that another visitor has sent. */
  heard(text) {
    return this.messages.locator("li[data-from]:not(.own)").filter({ hasText: text });
  }

  /** Waits for a line that another visitor has sent. */
  async hears(text) {
    const line = this.heard(text);
    await line.waitFor();
    return line;
  }

  async notices(text) {
    await this.messages.locator(".notice").filter({ hasText: text }).last().waitFor();
  }

  async announced(text) {
    const line = this.messages.locator(".announcement").filter({ hasText: text }).last();
    await line.waitFor();
    return line;
  }

  /** Waits until the page has reconnected this many times, and has the list of people. */
  async isBack(times) {
    const notices = this.messages.locator(".notice").filter({ hasText: "You are back." });
    await notices.nth(times - 1).waitFor();
  }

  /** Waits until exactly these people are listed, this visitor first. */
  async sees(...names) {
    await this.page.waitForFunction((names) => {
      const here = [...document.querySelectorAll("#people bdi")].map((each) => each.textContent);
      return JSON.stringify(here) === JSON.stringify(names);
    }, names);
    await this.people.getByText(`Who is here (${names.length})`).waitFor();
  }

  async screenshot(name, { colorScheme = "light", viewport = WIDE } = {}) {
    await this.page.emulateMedia({ colorScheme });
    await this.page.setViewportSize(viewport);
    await this.page.screenshot({ path: join(this.screenshots, `${name}.png`) });
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.page.setViewportSize(WIDE);
  }
}

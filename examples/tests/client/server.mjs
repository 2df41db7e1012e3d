// The server, which the test that runs a script stops and starts.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";

export class Server {
  #input = createInterface({ input: process.stdin });
  #answers = this.#input[Symbol.asyncIterator]();

  /** "stop" or "start". */
  async tell(request) {
    console.log(request);
    const { done } = await this.#answers.next();
    assert(!done, `no answer to ${request}`);
  }

  /** An open stdin would keep the process alive. */
  close() {
    this.#input.close();
  }
}

// Loads packages that are installed for the tests in the browser.

import { createRequire } from "node:module";

const require = createRequire(new URL("../browser/", import.meta.url));

export const { chromium } = require("playwright-core");
export const WebSocket = require("ws");

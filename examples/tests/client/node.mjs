// A generated client in Node.js:
//
//     node node.mjs http://127.0.0.1:8080 <the client, in JavaScript>

import { pathToFileURL } from "node:url";

import { WebSocket } from "../interop/packages.mjs";
import { Scenarios } from "./scenarios.mjs";
import { Server } from "./server.mjs";

const [url, path] = process.argv.slice(2);
const client = await import(pathToFileURL(path));

const errors = [];
console.error = (error) => errors.push(error.message);
const reported = () => errors.splice(0);

const server = new Server();
const control = (request) => server.tell(request);
const connect = (url, protocol) => new WebSocket(url, protocol);
await new Scenarios(client, `${url}/chat?name=`, { more: { connect }, server: control, reported }).run();
// Node.js has its own from version 22 on.
if (globalThis.WebSocket) await new Scenarios(client, `${url}/chat?name=`, { server: control, reported }).run();
server.close();
console.log("passed");

// The package `ws` on Node.js. It sets TCP_NODELAY itself.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { WebSocket, WebSocketServer } from "ws";

const { PORT = 8080, TLS_CERT, TLS_KEY, COMPRESSION = "off" } = process.env;
const http = TLS_CERT
  ? createTlsServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
  : createServer();
http.listen(PORT, "127.0.0.1");

const resets = COMPRESSION !== "dedicated";
const perMessageDeflate = COMPRESSION !== "off" && {
  threshold: 0,
  serverNoContextTakeover: resets,
  clientNoContextTakeover: resets,
};
const server = new WebSocketServer({ server: http, perMessageDeflate });
const members = new Set();
const subscribers = new Set();

function broadcast(clients, data) {
  for (const client of clients) {
    if (client.readyState === WebSocket.OPEN) {
      client.send(data, { binary: false });
    }
  }
}

server.on("connection", (ws, request) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  ws.on("error", console.error);
  switch (pathname) {
    case "/ws":
      ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
      break;
    case "/chat": {
      const name = searchParams.get("name");
      members.add(ws);
      ws.on("message", (data) => broadcast(members, `${name}: ${data}`));
      ws.on("close", () => members.delete(ws));
      break;
    }
    case "/feed":
      subscribers.add(ws);
      ws.on("close", () => subscribers.delete(ws));
      ws.send("ready", { compress: false });
      break;
    case "/publish":
      ws.on("message", (data) => broadcast(subscribers, data));
      break;
  }
});

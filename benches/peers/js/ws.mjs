// The package `ws` on Node.js. It sets TCP_NODELAY itself.

import { WebSocket, WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: process.env.PORT ?? 8080 });
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
      ws.send("ready");
      break;
    case "/publish":
      ws.on("message", (data) => broadcast(subscribers, data));
      break;
  }
});

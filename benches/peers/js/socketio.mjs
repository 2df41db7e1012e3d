// Socket.IO on Node.js with its Redis adapter: PORT=8080 BROKER=redis://127.0.0.1:6379. It sets
// TCP_NODELAY itself.
//
// A client enters the namespace as `member` of a room, or as `speaker`, whose messages go to all
// members of its room on all nodes.

import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const { PORT = 8080, BROKER } = process.env;

const publishing = createClient({ url: BROKER });
const subscribing = publishing.duplicate();
await Promise.all([publishing.connect(), subscribing.connect()]);

const http = createServer();
const io = new Server(http, {
  adapter: createAdapter(publishing, subscribing),
  transports: ["websocket"],
  // Longer than a measurement, because the generator would count pings as messages.
  pingInterval: 300_000,
});

io.on("connection", (socket) => {
  const { service, name } = socket.handshake.auth;
  if (service === "member") {
    socket.join(name);
  } else {
    socket.on("message", (text) => io.to(name).emit("message", text));
  }
  socket.emit("message", "ready");
});

http.listen(PORT, "127.0.0.1");

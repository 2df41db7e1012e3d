// Bun's own server, with Bun's publish and subscribe.

const { PORT = 8080, TLS_CERT, TLS_KEY, COMPRESSION = "off" } = process.env;

const compress = COMPRESSION !== "off";
const perMessageDeflate =
  COMPRESSION === "dedicated" ? { compress: "dedicated", decompress: "dedicated" } : compress;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: PORT,
  tls: TLS_CERT ? { cert: Bun.file(TLS_CERT), key: Bun.file(TLS_KEY) } : undefined,
  fetch(request, server) {
    const { pathname, searchParams } = new URL(request.url);
    const data = { pathname, name: searchParams.get("name") };
    if (!server.upgrade(request, { data })) {
      return new Response("a WebSocket handshake was expected", { status: 426 });
    }
  },
  websocket: {
    perMessageDeflate,
    open(ws) {
      if (ws.data.pathname === "/chat") {
        ws.subscribe("room");
      } else if (ws.data.pathname === "/feed") {
        ws.subscribe("feed");
        ws.send("ready");
      }
    },
    message(ws, message) {
      switch (ws.data.pathname) {
        case "/ws":
          ws.send(message, compress);
          break;
        case "/chat":
          server.publish("room", `${ws.data.name}: ${message}`, compress);
          break;
        case "/publish":
          server.publish("feed", message, compress);
          break;
      }
    },
  },
});

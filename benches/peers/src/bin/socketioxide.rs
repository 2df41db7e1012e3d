//! socketioxide on axum, with its rooms. It speaks Socket.IO, which does and costs more than
//! WebSocket.

use std::{io, time::Duration};

use axum::{Router, serve::ListenerExt};
use socketioxide::{
    SocketIo,
    extract::{Data, Extension, SocketRef},
};
use tokio::net::TcpListener;

/// Room for all messages of a round, because messages above the limit are lost.
const PACKETS: usize = 1 << 16;

/// Longer than a measurement, because the generator would count pings as messages.
const PING_INTERVAL: Duration = Duration::from_secs(300);

/// The service that a client asks for when it connects.
#[derive(Clone, serde::Deserialize)]
struct Request {
    service: String,
    name: String,
}

fn main() -> io::Result<()> {
    levante_peers::run(serve)
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let (layer, io) = SocketIo::builder()
        .max_buffer_size(PACKETS)
        .ping_interval(PING_INTERVAL)
        .build_layer();
    io.ns("/", connect);
    let listener = listener.tap_io(|stream| {
        // It fails only if the peer has gone, which a later read or write shows.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().layer(layer)).await
}

async fn connect(socket: SocketRef, Data(request): Data<Request>) {
    match &*request.service {
        "chat" => socket.join("room"),
        "feed" => socket.join("feed"),
        _ => {}
    }
    socket.extensions.insert(request);
    socket.on("message", message);
    // It fails only if the client has gone.
    let _ = socket.emit("message", "ready");
}

async fn message(
    socket: SocketRef,
    io: SocketIo,
    Extension(Request { service, name }): Extension<Request>,
    Data(text): Data<String>,
) {
    let sent = match &*service {
        "chat" => {
            io.to("room")
                .emit("message", &format!("{name}: {text}"))
                .await
        }
        "publish" => io.to("feed").emit("message", &text).await,
        _ => {
            // It fails only if the client has gone.
            let _ = socket.emit("message", &text);
            return;
        }
    };
    if let Err(error) = sent {
        eprintln!("{error}");
    }
}

//! socketioxide with its Redis adapter, on axum: `PORT=8080 BROKER=redis://127.0.0.1:6379`.
//!
//! A client enters the namespace as `member` of a room, or as `speaker`, whose messages go to all
//! members of its room on all nodes.

use std::{env, io, time::Duration};

use axum::{Router, serve::ListenerExt};
use socketioxide::{
    SocketIo,
    adapter::Adapter,
    extract::{Data, Extension, SocketRef},
};
use socketioxide_redis::{
    RedisAdapter, RedisAdapterConfig, RedisAdapterCtr, drivers::redis::redis_client as redis,
};
use tokio::net::TcpListener;

/// Room for all messages in flight, because messages above the limit are lost: for each socket, and
/// for what arrives from Redis.
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
    let broker = env::var("BROKER").map_err(io::Error::other)?;
    let config = RedisAdapterConfig::new().with_stream_buffer(PACKETS);
    let client =
        redis::Client::open(format!("{broker}?protocol=resp3")).map_err(io::Error::other)?;
    let adapter = RedisAdapterCtr::new_with_redis_config(&client, config)
        .await
        .map_err(io::Error::other)?;
    let (layer, io) = SocketIo::builder()
        .max_buffer_size(PACKETS)
        .ping_interval(PING_INTERVAL)
        .with_adapter::<RedisAdapter<_>>(adapter)
        .build_layer();
    io.ns("/", connect).await.map_err(io::Error::other)?;
    let listener = listener.tap_io(|stream| {
        // It fails only if the peer has gone, which a later read or write shows.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().layer(layer)).await
}

async fn connect<A: Adapter>(socket: SocketRef<A>, Data(request): Data<Request>) {
    if request.service == "member" {
        socket.join(request.name.clone());
    }
    socket.extensions.insert(request);
    socket.on("message", message);
    // It fails only if the client has gone.
    let _ = socket.emit("message", "ready");
}

async fn message<A: Adapter>(
    io: SocketIo<A>,
    Extension(Request { name, .. }): Extension<Request>,
    Data(text): Data<String>,
) {
    if let Err(error) = io.to(name).emit("message", &text).await {
        eprintln!("{error}");
    }
}

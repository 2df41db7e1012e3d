//! Answers every message with itself, on `/ws`: `cargo run --bin echo`.

use std::{io, process::ExitCode, time::Duration};

use actix_web::{App, HttpServer};
use levante::prelude::*;

/// Text comes back as text and binary as binary.
// Four of the largest messages may wait for a slow reader, so that each comes back whole.
#[websocket("/ws", backpressure_limit = 64 << 20, idle_timeout = Duration::from_secs(15 * 60))]
mod echo {
    use super::*;

    /// Sends back what arrived.
    fn message(ws: &Ws, message: Incoming<'_>) {
        // It is sent out of the buffer that it was read into, without a copy of its own.
        ws.send(message);
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(serve().await)
}

/// Serves the socket until the process is told to stop.
async fn serve() -> io::Result<()> {
    let listener = levante_examples::listen()?;
    println!("ws://{}/ws", listener.local_addr()?);

    HttpServer::new(|| App::new().service(echo::service()))
        // Without it small answers wait 40 ms for the acknowledgement of the ones before.
        .tcp_nodelay(true)
        // After the closing handshake nothing is left to wait for.
        .client_disconnect_timeout(Duration::ZERO)
        .listen(listener)?
        .run()
        .await
}

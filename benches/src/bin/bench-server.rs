//! levante for the comparison: `PORT=8080 WORKERS=1 DRIVER=body bench-server`.
//!
//! | path | what it does |
//! |---|---|
//! | `/ws` | echo: text as text, binary as binary |
//! | `/chat?name=x` | every member gets `x: text` of every message, the sender too |
//! | `/feed` | subscribes, then sends `ready` |
//! | `/publish` | publishes each message to all sockets on `/feed` |
//! | `/counts` | no socket: the numbers of open sockets and of subscribers |
//! | `/spread` | no socket: how many sockets of `/feed` and `/chat` each worker has opened |
//!
//! With `TLS_CERT` and `TLS_KEY`, paths of PEM files, it speaks TLS, and with `TLS_TICKETS=1` it
//! gives out tickets. `COMPRESSION` is `off`, `shared` or `dedicated`. If it is on, all messages are
//! compressed for clients that support it.
//! All settings are the defaults, except that a member of the chat also gets its own messages.

use std::{env, io, process::ExitCode, sync::OnceLock, time::Duration};

use actix_web::{
    App,
    web::{self, ServiceConfig},
};
use levante::{Incoming, Server, prelude::*};
use levante_benches::{Counts, Environment, Spread, unusable};

/// Set if messages are compressed. Without compression, messages are not marked for it.
static COMPRESSION: OnceLock<Compression> = OnceLock::new();

/// The workers of the sockets that subscribe.
static SPREAD: Spread = Spread::new();

fn compresses() -> bool {
    COMPRESSION.get().is_some()
}

#[websocket("/ws")]
mod echo {
    use super::*;

    fn message(ws: &Ws, message: Incoming<'_>) {
        if compresses() {
            ws.send(Compressed(message));
        } else {
            ws.send(message);
        }
    }
}

#[websocket("/chat", publish_to_self = true)]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    struct Member {
        name: String,
    }

    async fn attach(join: web::Query<Join>) -> Member {
        Member {
            name: join.into_inner().name,
        }
    }

    fn open(ws: &Ws) {
        SPREAD.note();
        ws.subscribe("room");
    }

    fn message(ws: &Ws, text: &str) {
        let message = format!("{}: {text}", ws.data.name);
        if compresses() {
            ws.publish("room", Compressed(message));
        } else {
            ws.publish("room", message);
        }
    }
}

#[websocket("/feed")]
mod feed {
    use super::*;

    fn open(ws: &Ws) {
        SPREAD.note();
        ws.subscribe("feed");
        ws.send("ready");
    }
}

#[websocket("/publish")]
mod publish {
    use super::*;

    fn message(ws: &Ws, text: &str) {
        if compresses() {
            ws.publish("feed", Compressed(text));
        } else {
            ws.publish("feed", text);
        }
    }
}

/// More than any machine has ports for: the load generator alone limits the connections.
const MAX_CONNECTIONS: usize = 1 << 24;

async fn counts() -> String {
    let server = Server::global();
    let counts = Counts {
        connections: server.connections(),
        subscribers: server.subscriber_count("feed"),
    };
    counts.to_string()
}

async fn spread() -> String {
    SPREAD.to_string()
}

fn sockets(app: &mut ServiceConfig) {
    let compression = COMPRESSION.get().copied().unwrap_or_default();
    app.service(echo::service().compression(compression))
        .service(chat::service().compression(compression))
        .service(feed::service().compression(compression))
        .service(publish::service().compression(compression))
        .route("/counts", web::get().to(counts))
        .route("/spread", web::get().to(spread));
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_benches::exit(serve().await)
}

async fn serve() -> io::Result<()> {
    let Environment {
        address,
        workers,
        tls,
    } = Environment::read()?;
    let driver = env::var("DRIVER").unwrap_or_else(|_| "takeover".to_owned());
    if let Some(compression) = compression()? {
        COMPRESSION.get_or_init(|| compression);
    }
    let app = || App::new().configure(sockets);
    match &*driver {
        "takeover" => {
            let server = levante::HttpServer::new(app)
                .workers(workers)
                .max_connections(MAX_CONNECTIONS);
            let server = match tls {
                Some(config) => server.bind_rustls_0_23(address, config)?,
                None => server.bind(address)?,
            };
            server.run().await
        }
        "body" => {
            let server = actix_web::HttpServer::new(app)
                .workers(workers)
                .max_connections(MAX_CONNECTIONS)
                // Without it, small answers wait 40 ms for the acknowledgement of earlier answers.
                .tcp_nodelay(true)
                .client_disconnect_timeout(Duration::ZERO);
            let server = match tls {
                Some(config) => server.bind_rustls_0_23(address, config)?,
                None => server.bind(address)?,
            };
            server.run().await
        }
        other => Err(unusable("DRIVER", other)),
    }
}

/// How messages are compressed; `None`: not at all.
fn compression() -> io::Result<Option<Compression>> {
    let value = env::var("COMPRESSION").unwrap_or_default();
    match &*value {
        "" | "off" => Ok(None),
        "shared" => Ok(Some(Compression::Shared)),
        "dedicated" => Ok(Some(Compression::Dedicated { window_bits: 15 })),
        other => Err(unusable("COMPRESSION", other)),
    }
}

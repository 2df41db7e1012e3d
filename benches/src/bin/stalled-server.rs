//! levante with readers that never read: `PORT=8080 LIMIT=65536 POLICY=latest stalled-server`.
//!
//! | path | what it does |
//! |---|---|
//! | `/feed` | subscribes, then sends `ready` |
//! | `/publish` | publishes each message to all sockets on `/feed` |
//!
//! `LIMIT` is the `backpressure_limit`, 64 KiB unless set. `POLICY` is `drop` (the default) or
//! `latest`. With `latest`, the key of a message is its text before the first space.

use std::{env, io, net::TcpListener, process::ExitCode};

use actix_web::{App, web};
use levante::prelude::*;
use levante_benches::{Environment, unusable, variable};
use rustix::net::sockopt::set_socket_send_buffer_size;

/// The send buffer of each connection. By default it would be some MiB, and a measurement would
/// have to fill all of it first.
const SEND_BUFFER: usize = 64 << 10;

#[derive(Clone, Copy)]
enum Terms {
    Drop,
    Latest,
}

#[websocket("/feed")]
mod feed {
    fn open(ws: &Ws) {
        ws.subscribe("feed");
        ws.send("ready");
    }
}

#[websocket("/publish")]
mod publish {
    use super::*;

    async fn attach(terms: web::Data<Terms>) -> Terms {
        **terms
    }

    fn message(ws: &Ws, text: &str) {
        let key = text.split(' ').next().unwrap_or_default();
        let policy = match ws.data {
            Terms::Drop => Policy::Drop,
            Terms::Latest => Policy::Latest(key),
        };
        ws.publish_with("feed", text, policy);
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_benches::exit(serve().await)
}

async fn serve() -> io::Result<()> {
    let Environment {
        address, workers, ..
    } = Environment::read()?;
    let limit = variable("LIMIT", 64 << 10)?;
    let terms = match env::var("POLICY").as_deref() {
        Err(_) | Ok("drop") => Terms::Drop,
        Ok("latest") => Terms::Latest,
        Ok(other) => return Err(unusable("POLICY", other)),
    };
    let listener = TcpListener::bind(address)?;
    set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
    let app = move || {
        App::new()
            .app_data(web::Data::new(terms))
            .service(feed::service().backpressure_limit(limit))
            .service(publish::service())
    };
    levante::HttpServer::new(app)
        .workers(workers)
        .listen(listener)?
        .run()
        .await
}

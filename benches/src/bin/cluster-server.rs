//! levante as a node of a cluster: `PORT=8080 BROKER=redis://127.0.0.1:6379 cluster-server`.
//!
//! | path | what it does |
//! |---|---|
//! | `/member?name=x` | subscribes to the topic `x`, then sends `ready` |
//! | `/speaker?name=x` | publishes each message to the topic `x` |
//! | `/topics?count=n` | subscribes to `topic/0` to `topic/n-1`, then sends `ready` |
//! | `/spread` | no socket: how many sockets of `/member` each worker has opened |
//! | `/synced` | no socket: answers when the broker knows all topics that have subscribers |
//!
//! `BROKER` is the URL of a Redis or of a NATS server. Without it the node is alone. All settings are
//! the defaults, except that a socket may subscribe to any number of topics.

use std::{env, io, process::ExitCode, sync::OnceLock};

use actix_web::{
    App,
    web::{self, ServiceConfig},
};
use levante::{
    Server,
    cluster::{Cluster, Nats, Redis},
    prelude::*,
};
use levante_benches::{Environment, Spread, unusable};

/// Set if there is a broker.
static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// The workers of the members.
static SPREAD: Spread = Spread::new();

/// The name of a room.
#[derive(serde::Deserialize)]
struct Room {
    name: String,
}

#[websocket("/member")]
mod member {
    use super::*;

    async fn attach(room: web::Query<Room>) -> Room {
        room.into_inner()
    }

    fn open(ws: &Ws) {
        SPREAD.note();
        ws.subscribe(&*ws.data.name);
        ws.send("ready");
    }
}

#[websocket("/speaker")]
mod speaker {
    use super::*;

    async fn attach(room: web::Query<Room>) -> Room {
        room.into_inner()
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish(&*ws.data.name, text);
    }
}

#[websocket("/topics", max_subscriptions = 4_294_967_295)]
mod topics {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Topics {
        count: usize,
    }

    async fn attach(topics: web::Query<Topics>) -> Topics {
        topics.into_inner()
    }

    fn open(ws: &Ws) {
        for number in 0..ws.data.count {
            ws.subscribe(&*format!("topic/{number}"));
        }
        ws.send("ready");
    }
}

async fn spread() -> String {
    SPREAD.to_string()
}

async fn synced() -> &'static str {
    if let Some(cluster) = CLUSTER.get() {
        cluster.synced().await;
    }
    "synced"
}

fn sockets(app: &mut ServiceConfig) {
    app.service(member::service())
        .service(speaker::service())
        .service(topics::service())
        .route("/spread", web::get().to(spread))
        .route("/synced", web::get().to(synced));
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_benches::exit(serve().await)
}

async fn serve() -> io::Result<()> {
    let Environment {
        address, workers, ..
    } = Environment::read()?;
    if let Ok(url) = env::var("BROKER") {
        let cluster = join(&url).await?;
        CLUSTER.get_or_init(|| cluster);
    }
    levante::HttpServer::new(|| App::new().configure(sockets))
        .workers(workers)
        .bind(address)?
        .run()
        .await
}

async fn join(url: &str) -> io::Result<Cluster> {
    let server = Server::global();
    if url.starts_with("redis://") {
        let redis = Redis::new(url).map_err(io::Error::other)?;
        return server.join(redis).await.map_err(io::Error::other);
    }
    if url.starts_with("nats://") {
        let nats = Nats::new(url).map_err(io::Error::other)?;
        return server.join(nats).await.map_err(io::Error::other);
    }
    Err(unusable("BROKER", url))
}

//! A server in this process. It sends and publishes messages as its clients command.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{App, rt::System, web};
use levante::prelude::*;
use tokio::sync::oneshot;

/// The first line of a message lists steps to perform with the rest. Nothing is written before all
/// steps are done.
#[websocket("/obey")]
mod orders {
    use super::*;

    fn message(ws: &Ws, order: Incoming<'_>) {
        let topic = ws.id().to_string();
        let text = str::from_utf8(order.as_bytes()).unwrap();
        let (steps, rest) = text.split_once('\n').unwrap();
        for (number, step) in steps.split(' ').enumerate() {
            let text = format!("{number} {step}\n{rest}");
            let message = match order.as_text() {
                Ok(_) => Message::Text(text.into()),
                Err(_) => Message::Binary(text.into()),
            };
            match step {
                "subscribe" => _ = ws.subscribe(&topic),
                "unsubscribe" => _ = ws.unsubscribe(&topic),
                "send" => _ = ws.send(Compressed(message)),
                "send-plain" => _ = ws.send(message),
                "publish" => _ = ws.server().publish(&topic, Compressed(message)),
                "publish-plain" => _ = ws.server().publish(&topic, message),
                other => panic!("{other} cannot be obeyed"),
            }
        }
    }
}

/// The server. Dropping it ends the server.
pub(super) struct Obeying {
    address: SocketAddr,
    /// The server runs until this is dropped.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Obeying {
    pub(super) fn start(driver: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (running, ended) = oneshot::channel();
        let serving = match driver {
            "takeover" => thread::spawn(move || run(take_over(listener), ended)),
            "body" => thread::spawn(move || run(have_bodies(listener), ended)),
            other => panic!("there is no driver {other}"),
        };
        Self {
            address,
            running: Some(running),
            thread: Some(serving),
        }
    }

    /// The URL of a socket with this compression.
    pub(super) fn url(&self, compression: &str) -> String {
        format!("ws://{}/{compression}/obey", self.address)
    }
}

impl Drop for Obeying {
    fn drop(&mut self) {
        self.running = None;
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

/// Serves until the other end of `ended` is dropped.
fn run(server: impl Future<Output = std::io::Result<()>>, ended: oneshot::Receiver<()>) {
    System::new().block_on(async {
        tokio::select! {
            outcome = server => outcome.unwrap(),
            _ = ended => {}
        }
    });
}

async fn take_over(listener: TcpListener) -> std::io::Result<()> {
    let app = || App::new().configure(sockets);
    levante::HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run()
        .await
}

async fn have_bodies(listener: TcpListener) -> std::io::Result<()> {
    actix_web::HttpServer::new(|| App::new().configure(sockets))
        .workers(1)
        .tcp_nodelay(true)
        .client_disconnect_timeout(Duration::ZERO)
        .disable_signals()
        .listen(listener)?
        .run()
        .await
}

fn sockets(config: &mut web::ServiceConfig) {
    let dedicated = Compression::Dedicated { window_bits: 15 };
    for (path, compression) in [("/shared", Compression::Shared), ("/dedicated", dedicated)] {
        let service = orders::service().compression(compression);
        config.service(web::scope(path).service(service));
    }
}

//! A server in this process that says which one it is and what it knows of its client.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{App, dev::ConnectionInfo, rt::System, web};
use levante::prelude::*;
use tokio::sync::oneshot;

use crate::support::process::PATIENCE;

/// The pings of `/pinged/probe`.
pub(super) const PING_INTERVAL: Duration = Duration::from_millis(500);

/// The name of the server.
struct Name(&'static str);

#[websocket("/probe")]
mod probe {
    use super::*;

    struct Visitor {
        greeting: String,
        closes: Sender<(u16, String)>,
    }

    async fn attach(
        info: ConnectionInfo,
        name: web::Data<Name>,
        closes: web::Data<Sender<(u16, String)>>,
    ) -> Visitor {
        let address = info.realip_remote_addr().unwrap_or_default();
        let (scheme, host) = (info.scheme(), info.host());
        Visitor {
            greeting: format!("{} {address} {scheme} {host}", name.0),
            closes: Sender::clone(&closes),
        }
    }

    fn open(ws: &Ws) {
        ws.send(&*ws.data.greeting);
    }

    /// Closes the socket with the code and the reason in the message.
    fn message(ws: &Ws, text: &str) {
        let (code, reason) = text.split_once(' ').unwrap();
        ws.close_with(code.parse::<u16>().unwrap(), reason);
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let told = (reason.code.into(), reason.reason.to_string());
        // The test may have ended.
        let _ = ws.data.closes.send(told);
    }
}

/// The server. Dropping it ends it at once.
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    closes: Receiver<(u16, String)>,
    /// The server stops gracefully when this is dropped.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upstream {
    pub(super) fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (running, ended) = oneshot::channel();
        let (closes_to, closes) = mpsc::channel();
        let serving =
            thread::spawn(move || System::new().block_on(serve(name, listener, closes_to, ended)));
        Self {
            address,
            closes,
            running: Some(running),
            thread: Some(serving),
        }
    }

    /// Begins a graceful stop.
    pub(super) fn stop(&mut self) {
        self.running = None;
    }

    /// The code and the reason of the next socket that has closed.
    pub(super) fn closed(&self) -> (u16, String) {
        self.closes.recv_timeout(PATIENCE).unwrap()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

async fn serve(
    name: &'static str,
    listener: TcpListener,
    closes: Sender<(u16, String)>,
    ended: oneshot::Receiver<()>,
) {
    let name = web::Data::new(Name(name));
    let app = move || {
        let pinged = probe::service().ping_interval(PING_INTERVAL);
        let silent = probe::service().send_pings(false);
        App::new()
            .app_data(name.clone())
            .app_data(web::Data::new(closes.clone()))
            .service(web::scope("/pinged").service(pinged))
            .service(web::scope("/silent").service(silent))
            .service(probe::service())
    };
    let server = levante::HttpServer::new(app)
        .workers(1)
        .shutdown_signal(async { _ = ended.await })
        .listen(listener)
        .unwrap();
    server.run().await.unwrap();
}

//! Servers in this process, on either driver.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{App, rt::System, web::ServiceConfig};
use tokio::sync::oneshot;

/// Registers the services of the application.
type Services = fn(&mut ServiceConfig);

/// The server. Dropping it ends the server.
pub(crate) struct Serving {
    address: SocketAddr,
    /// The server runs until this is dropped.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    pub(crate) fn start(driver: &str, services: Services) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (running, ended) = oneshot::channel();
        let serving = match driver {
            "takeover" => thread::spawn(move || run(take_over(listener, services), ended)),
            "body" => thread::spawn(move || run(have_bodies(listener, services), ended)),
            other => panic!("there is no driver {other}"),
        };
        Self {
            address,
            running: Some(running),
            thread: Some(serving),
        }
    }

    /// The URL of this path.
    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }
}

impl Drop for Serving {
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

async fn take_over(listener: TcpListener, services: Services) -> std::io::Result<()> {
    levante::HttpServer::new(move || App::new().configure(services))
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run()
        .await
}

async fn have_bodies(listener: TcpListener, services: Services) -> std::io::Result<()> {
    actix_web::HttpServer::new(move || App::new().configure(services))
        .workers(1)
        .tcp_nodelay(true)
        .client_disconnect_timeout(Duration::ZERO)
        .disable_signals()
        .listen(listener)?
        .run()
        .await
}

//! With real servers.

mod names;
mod refusals;
mod sessions;
#[cfg(feature = "nats-tls")]
mod tls;

use std::{fs, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::{
    Driver, Nats,
    connection::{Opened, Publisher, Subscriber},
};
use crate::cluster::{
    broker::{
        BrokerError, Driver as _, Inbound as _, Post, Publisher as _, Received, Subscriber as _,
    },
    broker_process::{BrokerProcess, Folder, free_address, is_missing},
};

/// Longer than any step takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("waited in vain")
}

/// A server with a configuration file.
fn server(config: &str) -> BrokerProcess {
    server_at(free_address(), config)
}

fn server_at(address: std::net::SocketAddr, config: &str) -> BrokerProcess {
    let folder = Folder::new();
    fs::write(folder.path().join("nats.conf"), config).unwrap();
    BrokerProcess::nats_at(address, folder, &["--config", "nats.conf"])
}

fn driver(server: &BrokerProcess, login: &str) -> Driver {
    let url = format!("nats://{login}{}", server.address);
    Nats::new(url).unwrap().into_driver()
}

async fn session(server: &BrokerProcess, login: &str) -> Session {
    let opened = soon(driver(server, login).connect("levante")).await;
    Session::new(opened.unwrap())
}

async fn refused(server: &BrokerProcess, login: &str) -> BrokerError {
    let opened = soon(driver(server, login).connect("levante")).await;
    opened.map(drop).unwrap_err()
}

/// A session whose messages are read all the time, as the engine does.
struct Session {
    publisher: Publisher,
    subscriber: Subscriber,
    received: mpsc::UnboundedReceiver<Result<Received, BrokerError>>,
}

impl Session {
    fn new(opened: Opened) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let mut inbound = opened.inbound;
        actix_rt::spawn(async move {
            while let Some(message) = inbound.next().await {
                let _ = sender.send(message);
            }
        });
        Self {
            publisher: opened.publisher,
            subscriber: opened.subscriber,
            received,
        }
    }

    async fn subscribe(&mut self, subjects: &[&str]) -> Result<(), BrokerError> {
        let subjects: Vec<Box<str>> = subjects.iter().map(|it| (*it).into()).collect();
        soon(self.subscriber.subscribe(&subjects)).await
    }

    /// Publishes a message, and returns the error that the server has for it.
    async fn publish(&mut self, subject: &str, payload: &[u8]) -> Result<(), BrokerError> {
        let refusals = soon(self.publisher.publish(&[Post { subject, payload }])).await?;
        refusals
            .into_iter()
            .next()
            .map_or(Ok(()), |it| Err(it.error))
    }

    async fn message(&mut self) -> Received {
        soon(self.received.recv()).await.unwrap().unwrap()
    }

    async fn error(&mut self) -> BrokerError {
        soon(self.received.recv()).await.unwrap().unwrap_err()
    }
}

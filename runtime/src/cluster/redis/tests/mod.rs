//! With a real server.

mod driver;
mod refusals;
mod strangers;
#[cfg(feature = "redis-tls")]
mod tls;

use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::cluster::broker::{Inbound as _, Post, Publisher as _, Received, Subscriber as _};
use crate::cluster::broker_process::{self, BrokerProcess, Folder, is_missing};

/// Longer than any step takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

type Session = Connection<Publisher, Subscriber, Inbound>;

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("waited in vain")
}

fn url(broker: &BrokerProcess, login: &str) -> String {
    format!("redis://{login}{}", broker.address)
}

async fn connect(url: &str) -> Result<Session, BrokerError> {
    soon(Redis::new(url).unwrap().connect("a node")).await
}

/// Sends commands on a connection of its own.
async fn command(broker: &BrokerProcess, lines: &[&str]) {
    let mut wire = Wire::new(
        transport::tcp(&broker.address.ip().to_string(), broker.address.port())
            .await
            .unwrap(),
    );
    let mut commands = Vec::new();
    for line in lines {
        let parts: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        command::push(&mut commands, &parts);
    }
    let each = |index: usize, reply| {
        if let Reply::Error(text) = reply {
            panic!("{}: {text:?}", lines[index]);
        }
    };
    soon(wire.exchange(&commands, lines.len(), each))
        .await
        .unwrap();
}

fn names(range: std::ops::Range<usize>) -> Vec<Box<str>> {
    range.map(|number| format!("p:t:{number}").into()).collect()
}

impl Session {
    /// Subscribes while the other part reads, as the engine does. No message may come meanwhile.
    async fn subscribe(&mut self, names: &[Box<str>]) -> Result<(), BrokerError> {
        soon(async {
            tokio::select! {
                done = self.subscriber.subscribe(names) => done,
                // The answer may be there, too.
                read = self.inbound.next() => match read {
                    Some(Ok(received)) => panic!("{received:?}"),
                    Some(Err(error)) => Err(error),
                    None => Err(wire::ended()),
                },
            }
        })
        .await
    }

    async fn publish(&mut self, subject: &str, payload: &[u8]) -> Result<(), BrokerError> {
        let refusals = soon(self.publisher.publish(&[Post { subject, payload }])).await?;
        refusals
            .into_iter()
            .next()
            .map_or(Ok(()), |refusal| Err(refusal.error))
    }

    async fn next(&mut self) -> (String, Vec<u8>) {
        let Received { subject, payload } = soon(self.inbound.next()).await.unwrap().unwrap();
        (String::from_utf8(subject.into()).unwrap(), payload.into())
    }
}

use std::time::Duration;

use super::{
    Nats,
    connection::{Inbound, Opened, Options, Publisher, Subscriber, open},
    servers::{Candidate, Servers},
};
use crate::cluster::{
    broker::{self, BrokerError, Kind},
    subject::Style,
};

/// If there are several servers, each has so much time to accept a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes connections to the servers of an address.
#[derive(Debug)]
pub(crate) struct Driver {
    nats: Nats,
    pub(super) servers: Servers,
}

impl Driver {
    pub(super) fn new(nats: Nats) -> Self {
        Self {
            servers: Servers::new(&nats.address),
            nats,
        }
    }

    async fn open(
        &mut self,
        candidate: &Candidate,
        client: &str,
        patience: Option<Duration>,
    ) -> Result<Opened, BrokerError> {
        open(Options {
            host: &candidate.host,
            tls_name: &candidate.tls_name,
            login: &candidate.login,
            client,
            requires_tls: self.nats.address.tls,
            #[cfg(feature = "nats-tls")]
            tls: &mut self.nats.tls,
            patience,
            discovered: &self.servers.discovered(),
        })
        .await
    }
}

impl broker::Driver for Driver {
    type Publisher = Publisher;
    type Subscriber = Subscriber;
    type Inbound = Inbound;

    fn url(&self) -> String {
        self.nats.address.to_string()
    }

    /// The server is told to return no message to its publisher.
    fn style(&self) -> Style {
        Style::Nats
    }

    fn echoes(&self) -> bool {
        false
    }

    async fn connect(&mut self, client: &str) -> Result<Opened, BrokerError> {
        let count = self.servers.count();
        let patience = (count > 1).then_some(PATIENCE);
        let mut errors = Vec::new();
        for _ in 0..count {
            // It moves on before the attempt, because the engine may drop this future.
            let Some(candidate) = self.servers.advance() else {
                break;
            };
            match self.open(&candidate, client, patience).await {
                Ok(opened) => return Ok(opened),
                Err(error) if count == 1 => return Err(error),
                Err(error) => {
                    let text = format!("{}: {error}", candidate.host);
                    errors.push(BrokerError::new(error.kind(), text));
                }
            }
        }
        // The first one of the most telling kind.
        errors.reverse();
        let error = errors.into_iter().max_by_key(|error| weight(error.kind()));
        Err(error.unwrap_or_else(|| BrokerError::new(Kind::Unreachable, "the address has no host")))
    }
}

/// How much an error of this kind tells. A server that refuses the login says more than one that is
/// not there.
fn weight(kind: Kind) -> u8 {
    match kind {
        Kind::Refused => 4,
        Kind::Protocol => 3,
        Kind::Broken => 2,
        Kind::TimedOut => 1,
        Kind::Unreachable => 0,
    }
}

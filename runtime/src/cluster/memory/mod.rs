//! A broker in this process, for tests.
//!
//! [`bus`] is the broker. [`faults`] breaks it on purpose. [`parts`] are the connections to it.

mod bus;
#[cfg(any(test, feature = "test"))]
mod faults;
mod parts;

use std::{fmt, sync::Arc};

use self::bus::Bus;
use super::{
    broker::{BrokerError, Connection, Driver},
    join::Broker,
    subject::Style,
};

/// A broker in this process, for tests: the servers that join it are the nodes of a cluster.
///
/// A clone is another handle of the same broker. It keeps nothing after the process has ended, and
/// no other process can reach it.
///
/// ```
/// use levante::cluster::Memory;
///
/// let broker = Memory::new();
/// let same = broker.clone();
/// # let _ = same;
/// ```
#[derive(Clone)]
pub struct Memory {
    bus: Arc<Bus>,
}

impl Memory {
    /// A broker without connections.
    ///
    /// ```
    /// use levante::cluster::Memory;
    ///
    /// let broker = Memory::new();
    /// # let _ = broker;
    /// ```
    #[expect(
        clippy::new_without_default,
        reason = "two brokers that are made by default would be mistaken for one"
    )]
    pub fn new() -> Self {
        let bus = Arc::default();
        Self { bus }
    }
}

impl Broker for Memory {}

impl Driver for Memory {
    type Publisher = parts::MemoryPublisher;
    type Subscriber = parts::MemorySubscriber;
    type Inbound = parts::MemoryInbound;

    fn url(&self) -> String {
        "memory:".to_owned()
    }

    fn style(&self) -> Style {
        Style::Redis
    }

    fn echoes(&self) -> bool {
        true
    }

    async fn connect(
        &mut self,
        client: &str,
    ) -> Result<Connection<Self::Publisher, Self::Subscriber, Self::Inbound>, BrokerError> {
        parts::connect(&self.bus, client).await
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("connections", &self.bus.connections())
            .finish()
    }
}

#[cfg(test)]
mod tests;

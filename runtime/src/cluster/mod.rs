//! Many processes as one: the same modules, over a broker.

#[cfg(any(feature = "redis", feature = "nats"))]
mod address;
mod backoff;
mod broker;
#[cfg(test)]
#[cfg(any(feature = "redis", feature = "nats"))]
#[path = "../../tests/it/support/broker_process.rs"]
mod broker_process;
mod counted;
mod engine;
pub(crate) mod envelope;
mod error;
mod gate;
mod handle;
mod hold;
mod interest;
mod join;
mod memory;
#[cfg(feature = "nats")]
mod nats;
mod node;
#[cfg(feature = "redis")]
mod redis;
mod registry;
mod sequence;
mod settings;
#[cfg(test)]
mod simulation;
mod state;
mod stats;
mod subject;
#[cfg(any(feature = "redis", feature = "nats"))]
mod transport;
mod url;
mod window;

#[cfg(feature = "nats")]
pub use self::nats::Nats;
#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use self::{
    counted::Counted,
    error::JoinError,
    handle::Cluster,
    join::{Broker, Join},
    memory::Memory,
    node::Node,
    state::State,
    stats::ClusterStats,
    url::UrlError,
};

#[cfg(test)]
#[cfg(feature = "test")]
mod tests;

//! Many processes as one: the same modules, over a broker.

#![allow(dead_code, reason = "the engine that uses it is not here yet")]

#[cfg(any(feature = "redis", feature = "nats"))]
mod address;
mod backoff;
mod broker;
#[cfg(test)]
#[cfg(any(feature = "redis", feature = "nats"))]
#[path = "../../tests/it/support/broker_process.rs"]
mod broker_process;
pub(crate) mod envelope;
mod gate;
mod interest;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "redis")]
mod redis;
mod registry;
mod sequence;
#[cfg(test)]
mod simulation;
mod subject;
#[cfg(any(feature = "redis", feature = "nats"))]
mod transport;
mod url;
mod window;

#[cfg(feature = "nats")]
pub use self::nats::Nats;
#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use self::url::UrlError;

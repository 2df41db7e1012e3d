//! Many processes as one: the same modules, over a broker.

#![allow(dead_code, reason = "the engine that uses it is not here yet")]

#[cfg(any(feature = "redis", feature = "nats"))]
mod address;
mod broker;
mod envelope;
#[cfg(feature = "redis")]
mod redis;
mod subject;
#[cfg(any(feature = "redis", feature = "nats"))]
mod transport;
mod url;

#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use self::url::UrlError;

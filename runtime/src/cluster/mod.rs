//! Many processes as one: the same modules, over a broker.

#![allow(dead_code, reason = "the engine that uses it is not here yet")]

mod broker;
mod envelope;
#[cfg(feature = "nats")]
mod nats;
mod subject;
mod url;

#[cfg(feature = "nats")]
pub use self::nats::Nats;
pub use self::url::UrlError;

//! Many processes as one: the same modules, over a broker.

#![allow(dead_code, reason = "the engine that uses it is not here yet")]

mod backoff;
mod broker;
pub(crate) mod envelope;
mod gate;
mod interest;
mod registry;
mod sequence;
#[cfg(test)]
mod simulation;
mod subject;
mod url;
mod window;

pub use self::url::UrlError;

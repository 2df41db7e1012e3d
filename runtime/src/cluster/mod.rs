//! Many processes as one: the same modules, over a broker.

#![allow(dead_code, reason = "the engine that uses it is not here yet")]

mod broker;
mod envelope;
mod subject;
mod url;

pub use self::url::UrlError;

#![doc = include_str!("../../docs/testing.md")]
//!
//! This module works only in a test with [`#[levante::test]`](macro@crate::test). Elsewhere its
//! functions panic.

mod app;
mod client;
mod clock;
mod deflation;
mod frame;
mod inbound;
mod request;
mod response;
mod run;
mod stillness;
mod stream;

#[doc(hidden)]
pub use self::run::run;
pub use self::{
    app::{TestApp, app},
    client::Client,
    clock::{advance, with_real_time},
    frame::Frame,
    inbound::End,
    request::Request,
    response::Response,
};

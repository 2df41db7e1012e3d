//! Tests of handlers, on the engine of production, over streams in memory and on a clock that stands
//! still: no ports, no sleeps, no timeouts.
//!
//! ```
//! use actix_web::App;
//! use levante::{prelude::*, test};
//!
//! #[websocket("/echo")]
//! mod echo {
//!     use levante::prelude::*;
//!
//!     fn message(ws: &Ws, message: Incoming<'_>) {
//!         ws.send(message);
//!     }
//! }
//!
//! # /*
//! #[levante::test]
//! # */
//! async fn an_echo_is_the_same() {
//!     let app = test::app(|| App::new().service(echo::service())).await;
//!     let mut client = app.connect("/echo").await;
//!     client.send("hi").await;
//!     assert_eq!(client.text().await, "hi");
//!     client.assert_silent().await;
//! }
//! # fn main() { test::run(an_echo_is_the_same()) }
//! ```
//!
//! [The guide](crate::guide::testing) says how tests wait, and has tests of slow readers, timeouts,
//! routes and stops.
//!
//! This module works only in a test with [`#[levante::test]`](macro@crate::test). Elsewhere its
//! functions panic.

mod app;
mod client;
mod clock;
mod cluster;
mod deflation;
mod frame;
mod inbound;
mod request;
mod response;
mod run;
mod stillness;
mod stream;
#[cfg(feature = "json")]
mod typed;

#[doc(hidden)]
pub use self::run::run;
pub use self::{
    app::{TestApp, app},
    client::Client,
    clock::{advance, with_real_time},
    cluster::{ClusterBuilder, TestCluster, cluster},
    frame::Frame,
    inbound::End,
    request::Request,
    response::Response,
};
#[cfg(feature = "json")]
pub use self::{
    client::{Fault, Refusal},
    typed::TypedSocket,
};

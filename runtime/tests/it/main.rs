//! levante over real sockets, with an independent WebSocket client. Every test runs on each driver,
//! except the tests of `levante::HttpServer` itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod suites;
mod support;

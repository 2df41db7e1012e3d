//! levante over real sockets, with a client that is not ours. Every test runs on each driver, but
//! for those of `levante::HttpServer` itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod suites;
mod support;

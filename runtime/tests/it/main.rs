//! levante over real sockets, with a client that is not ours. Every test runs on each driver, but
//! for those of `levante::HttpServer` itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

mod beside_actix_ws;
mod bursts;
mod closing;
mod compression;
mod deflating;
mod dropped;
mod errors;
mod handshake;
mod hostile;
mod logs;
mod messages;
mod model;
mod numbers;
mod origins;
mod panics;
mod pending;
mod probe;
mod publishing;
mod rates;
mod refusals;
mod routes;
mod sending;
mod servers;
mod shutdown;
#[cfg(unix)]
mod signals;
mod slow_consumers;
mod spaces;
mod stress;
mod structure;
mod subscription;
mod suspended;
mod timeouts;
mod topics;
mod upgrading;
mod waiting;

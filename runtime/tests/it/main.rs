//! levante over real sockets, with a client that is not ours. Every test runs on each driver.

mod support;

mod beside_actix_ws;
mod closing;
mod errors;
mod handshake;
mod messages;
mod probe;
mod sending;
mod structure;
mod timeouts;
mod topics;

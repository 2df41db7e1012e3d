//! The examples as people run them: the real binaries, talked to over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod browser;
mod chat;
mod client;
mod echo;
mod feed;
mod http;
mod interop;
mod kit;
mod process;
mod requirements;
mod start;
mod stop;
mod tls;

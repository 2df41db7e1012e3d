//! Tests of the examples as people run them: the real binaries, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod suites;
mod support;

//! The checks of the fuzz targets. Each must pass for every input.
//!
//! The pure rooms of the runtime are included as source, because they are not public API. The other
//! rooms are driven through a hidden feature.

#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the runtime uses what is not used here"
)]
#[path = "../../src/protocol/mod.rs"]
mod protocol;

#[allow(
    dead_code,
    unused_imports,
    reason = "the runtime uses what is not used here"
)]
#[path = "../../src/cluster/nats/protocol/mod.rs"]
mod nats_protocol;

#[allow(dead_code, reason = "the runtime uses what is not used here")]
#[path = "../../src/cluster/redis/reply.rs"]
mod redis_reply;

#[allow(dead_code, reason = "the runtime uses what is not used here")]
#[path = "../../src/topics/mod.rs"]
mod subscriptions;

pub mod compressor;
pub mod connection;
pub mod contract;
pub mod decoder;
pub mod deflater;
pub mod encoder;
pub mod envelope;
pub mod handshake;
pub mod inflater;
pub mod nats;
pub mod negotiation;
pub mod origin;
pub mod outbox;
pub mod redis;
pub mod topics;

mod client;
mod cuts;
mod peer;
mod reference;

use arbitrary::{Arbitrary, Unstructured};

/// A fuzz target. It takes an input as raw bytes, as in a file.
pub type Target = fn(&[u8]);

/// All fuzz targets, by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("compressor", |bytes| read(bytes, compressor::check)),
    ("connection", |bytes| read(bytes, connection::check)),
    ("contract", |bytes| read(bytes, contract::check)),
    ("decoder", |bytes| read(bytes, decoder::check)),
    ("deflater", |bytes| read(bytes, deflater::check)),
    ("encoder", |bytes| read(bytes, encoder::check)),
    ("envelope", |bytes| read(bytes, envelope::check)),
    ("handshake", |bytes| read(bytes, handshake::check)),
    ("inflater", |bytes| read(bytes, inflater::check)),
    ("nats", |bytes| read(bytes, nats::check)),
    ("negotiation", |bytes| read(bytes, negotiation::check)),
    ("origin", |bytes| read(bytes, origin::check)),
    ("outbox", |bytes| read(bytes, outbox::check)),
    ("redis", |bytes| read(bytes, redis::check)),
    ("topics", |bytes| read(bytes, topics::check)),
];

/// Turns raw bytes into a typed input as the fuzzer does.
fn read<'a, I: Arbitrary<'a>>(bytes: &'a [u8], check: fn(I)) {
    if let Ok(input) = I::arbitrary_take_rest(Unstructured::new(bytes)) {
        check(input);
    }
}

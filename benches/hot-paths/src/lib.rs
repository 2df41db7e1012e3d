//! The code that runs for every message, prepared for timing and for counting instructions.
//!
//! The protocol is included as source, because it is not public API.

#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the runtime uses what is not used here"
)]
#[path = "../../../runtime/src/protocol/mod.rs"]
mod protocol;

// The module is private inside the protocol.
#[allow(clippy::duplicate_mod, reason = "it is reached in no other way")]
#[path = "../../../runtime/src/protocol/mask.rs"]
mod mask;

// Also in the comparison of servers, which is a heavy dependency.
#[path = "../../src/drive/json.rs"]
mod json;

mod calls;
mod codec;
mod compressed;
mod connections;
mod flush;
mod hand_over;
mod stream;
mod threads;
mod windows;

use std::fmt;

use levante::Server;

pub use self::{
    threads::{Common, publish_on_threads},
    windows::Exchange,
};

/// Code that runs for every message.
#[derive(Clone, Copy)]
pub struct HotPath {
    /// Its name, in reports and in the baseline.
    pub name: &'static str,
    /// Bytes of payload that one call handles. The call returns this number.
    pub bytes: usize,
    prepare: fn(usize) -> Call,
}

/// A hot path with its buffers. A call returns how many bytes of payload it has handled.
pub type Call = Box<dyn FnMut() -> usize>;

impl HotPath {
    /// Makes the buffers.
    #[must_use]
    pub fn prepare(&self) -> Call {
        (self.prepare)(self.bytes)
    }
}

impl fmt::Debug for HotPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HotPath")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// All hot paths, in groups.
pub const GROUPS: &[(&str, &[HotPath])] = &[
    ("protocol", codec::PATHS),
    ("connection", connections::ECHO),
    ("fan-out", connections::PUBLISH),
    ("flush", flush::PATHS),
    ("hand-over", hand_over::PATHS),
    ("compressed", compressed::PATHS),
    ("calls", calls::CALLS),
    ("typed publishes", calls::TYPED_PUBLISH),
];

/// All hot paths.
pub fn all() -> impl Iterator<Item = &'static HotPath> {
    GROUPS.iter().flat_map(|(_, paths)| *paths)
}

/// Publishes 64 bytes in this space, and delivers them to this many subscribers on this thread.
#[must_use]
pub fn publisher(server: &Server, subscribers: usize) -> Call {
    connections::publisher(server, subscribers)
}

/// A message of a length, compressed in one of several ways. Returns the compressed length.
pub type Squeeze = Box<dyn FnMut(&[u8]) -> usize>;

/// The ways to compress a message: that of levante, and those of zlib, by name.
#[must_use]
pub fn squeezes() -> Vec<(&'static str, Squeeze)> {
    compressed::squeezes()
}

/// Messages of this length to compress, by name.
#[must_use]
pub fn samples(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    compressed::samples(len)
}

/// JSON of this length, compressed and inflated again, with each kind of window, by name.
#[must_use]
pub fn exchanges(len: usize) -> Vec<(&'static str, Exchange)> {
    windows::exchanges(len)
}

const fn path(name: &'static str, bytes: usize, prepare: fn(usize) -> Call) -> HotPath {
    HotPath {
        name,
        bytes,
        prepare,
    }
}

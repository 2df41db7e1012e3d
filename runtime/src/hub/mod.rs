//! One process: every connection of a server, spread over actix's workers.
//!
//! Each worker has a shard of its own: the sockets that it serves and the topics that these
//! subscribe to. A publish is encoded once; the publisher's own worker delivers it on the spot,
//! and each other worker that has subscribers is handed it once. Delivering means giving bytes to
//! outboxes and listing their sockets as dirty, and is put off as long as nobody can tell, so that
//! publishes to the same topic are delivered together. The worker's pump, which runs its
//! connections, writes what is dirty after everybody who had something to read, so that many
//! messages to one socket end up in one write.

mod publish;
mod ready;
mod shutdown;

pub(crate) use self::{
    publish::{except, publish},
    ready::Ready,
    shutdown::{FAREWELL, all, close_all, open, shut_down},
};

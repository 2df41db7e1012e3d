//! What is done with all workers of a pub/sub space: publishing, waiting for them, ending them.
//!
//! Each worker has a shard of its own: the sockets that it serves and the topics that these
//! subscribe to. A publish is encoded once. The publisher's own worker gathers it, and each other
//! worker that has subscribers is handed it once. To deliver is to give bytes to outboxes and to list
//! their sockets as dirty. A worker puts it off until something must come after it, so that publishes
//! to the same topic are delivered together. Its pump writes what is dirty when it has polled every
//! connection that had something to read, so that many messages to one socket end up in one write.

mod publish;
mod ready;
mod shutdown;

pub(crate) use self::{
    publish::{except, publish},
    ready::Ready,
    shutdown::{FAREWELL, all, close_all, open, shut_down},
};

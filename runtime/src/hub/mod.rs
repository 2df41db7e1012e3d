//! Operations on all workers of a pub/sub space: publish, wait, close a topic, shut
//! down.
//!
//! Each worker has a shard of its own: its sockets and their subscriptions. A publish is encoded
//! once. The publisher's own worker gathers it. Each other worker that has subscribers gets it once
//! through its inbox. A delivery gives bytes to outboxes and lists their sockets as dirty. A worker
//! delays it until something must come after it, so that publishes to the same topic are delivered
//! together. The pump writes the dirty outboxes when it has polled every connection that had
//! something to read. So many messages to one socket end up in one write.

mod link;
mod publish;
mod ready;
mod running;
mod shutdown;
mod topic;

#[cfg(test)]
pub(crate) use self::link::close_strangers;
pub(crate) use self::{
    link::{NotJoined, close_here, join, send_here},
    publish::{deliver, wake},
};
pub(crate) use self::{
    link::{close_socket, send_to},
    publish::publish,
    ready::Ready,
    running::Runs,
    shutdown::{FAREWELL, all, close_all, flush, leave, open, shut_down, shut_down_sockets},
    topic::close_topic,
};

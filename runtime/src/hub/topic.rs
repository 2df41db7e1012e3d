//! Operations on all subscribers of a topic.

use crate::{close::CloseReason, topics::Name, worker::Space};

/// Begins to close the sockets that subscribe to a topic, on all workers, and returns their number.
pub(crate) fn close_topic(space: &Space, topic: &str, reason: &CloseReason) -> usize {
    let topic = Name::new(topic);
    let mut workers = Vec::new();
    space.for_each_share(topic, |share| workers.push(share.worker.clone()));
    let closed = workers
        .iter()
        .map(|worker| worker.close_topic(topic, reason));
    closed.sum()
}

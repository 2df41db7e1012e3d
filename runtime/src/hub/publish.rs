//! Publishes a message, and counts the subscribers that it addresses.

use std::sync::Arc;

use crate::{
    frame::Frame,
    message::IntoMessage,
    outbox::Terms,
    policy::Policy,
    published::Published,
    topics::Name,
    worker::{Except, LocalWorker, Publication, SocketId, Space, log_unencodable},
};

/// Publishes a message, and returns how many subscribers were addressed.
pub(crate) fn publish(
    space: &Space,
    topic: &str,
    message: impl IntoMessage,
    policy: Policy<'_>,
    except: Option<Except>,
) -> Published {
    let name = Name::new(topic);
    let terms = Terms::new(policy, topic);
    let published = message.lend(|outgoing| {
        let terms = terms.compressed(outgoing.compress);
        Frame::of(&outgoing, |f| {
            publish_frame(space, name, f, &terms, except.as_ref())
        })
    });
    published.unwrap_or_else(|error| {
        log_unencodable(&error);
        Published::default()
    })
}

/// The socket with this id on any worker, as the one that a publish leaves out; `None` without such
/// a socket.
pub(crate) fn except(space: &Space, id: SocketId) -> Option<Except> {
    space.workers().iter().find_map(|worker| {
        let key = worker.key_of(id)?;
        let worker = worker.clone();
        Some(Except { worker, key, id })
    })
}

fn publish_frame(
    space: &Space,
    topic: Name<'_>,
    frame: Frame<'_>,
    terms: &Terms,
    except: Option<&Except>,
) -> Published {
    let here = LocalWorker::current(space);
    let here = here.as_ref().map(|here| here.worker());
    // Locked before the counting, so that no subscription of this worker changes between the
    // counting and the delivery.
    let shard = here.map(|here| here.lock());
    let mut published = Published::default();
    let mut is_here = false;
    let mut shared = None;
    space.for_each_share(topic, |share| {
        if here.is_some_and(|here| Arc::ptr_eq(here, &share.worker)) {
            published.addressed += share.subscribers;
            is_here = true;
            return;
        }
        let (publish, cost) = shared.get_or_insert_with(|| {
            let publish = Publication::new(topic, frame, terms, except);
            let cost = publish.cost();
            (publish, cost)
        });
        let inbox = share.worker.inbox();
        if inbox.hand_over(publish.clone(), *cost, space.publish_limit()) {
            published.addressed += share.subscribers;
        } else {
            published.refused += share.subscribers;
        }
    });
    // The count of its worker includes the excepted socket.
    let mut excepted = false;
    if let Some(here) = here
        && let Some(shard) = shard.filter(|_| is_here)
    {
        excepted = here.publish(shard, topic, frame, terms, except);
    }
    if let Some(Except { worker, key, id }) = except
        && here.is_none_or(|here| !Arc::ptr_eq(here, worker))
    {
        excepted = worker.is_subscribed(*key, *id, topic);
    }
    if excepted {
        published.leave_one_out();
    }
    published
}

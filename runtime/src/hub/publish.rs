//! Publishes a message, and counts the subscribers that it addresses.

use std::sync::Arc;

use crate::{
    frame::Frame,
    message::IntoMessage,
    outbox::Terms,
    publish::Publish,
    published::Published,
    topics::Name,
    worker::{Except, Excepts, LocalWorker, Publication, SocketId, Space, Worker, log_unencodable},
};

/// Publishes a message, and returns how many subscribers were addressed. `sender` is the publishing
/// socket, if it must not get the message.
pub(crate) fn publish<'k>(
    space: &Space,
    topic: &str,
    message: impl IntoMessage,
    options: impl Into<Publish<'k>>,
    sender: Option<Except>,
) -> Published {
    let options = options.into();
    let name = Name::new(topic);
    let terms = Terms::new(options.policy, topic);
    let named = options
        .except
        .filter(|&id| sender.as_ref().is_none_or(|sender| sender.id != id))
        .and_then(|id| find(space, id));
    let excepts = Excepts::new(sender, named);
    let published = message.lend(|outgoing| {
        let terms = terms.compressed(outgoing.compress);
        Frame::of(&outgoing, |f| {
            space.receivers().offer(topic, f);
            publish_frame(space, name, f, &terms, excepts.as_ref())
        })
    });
    published.unwrap_or_else(|error| {
        log_unencodable(&error);
        space.meter().publish_invalid();
        Published::default()
    })
}

/// The socket with this id on any worker; `None` without such a socket.
fn find(space: &Space, id: SocketId) -> Option<Except> {
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
    excepts: Option<&Excepts>,
) -> Published {
    let here = LocalWorker::current(space);
    let here = here.as_ref().map(|here| here.worker());
    let is_here = |worker: &Arc<Worker>| here.is_some_and(|here| Arc::ptr_eq(here, worker));
    // Locked before the counting, so that no subscription of this worker changes between the
    // counting and the delivery.
    let shard = here.map(|here| here.lock());
    let mut published = Published::default();
    let mut has_subscribers_here = false;
    // For each of `excepts`, whether its worker has refused the message.
    let mut is_refused = [false; 2];
    let mut shared = None;
    space.for_each_share(topic, |share| {
        if is_here(&share.worker) {
            published.addressed += share.subscribers;
            has_subscribers_here = true;
            return;
        }
        let (publication, cost) = shared.get_or_insert_with(|| {
            let publication = Publication::new(topic, frame, terms, excepts);
            let cost = publication.cost();
            (publication, cost)
        });
        let inbox = share.worker.inbox();
        if inbox.hand_over(publication.clone(), *cost, space.publish_limit()) {
            published.addressed += share.subscribers;
        } else {
            published.refused += share.subscribers;
            let excepts = excepts.into_iter().flat_map(Excepts::iter);
            for (except, is_refused) in excepts.zip(&mut is_refused) {
                *is_refused |= Arc::ptr_eq(&except.worker, &share.worker);
            }
        }
    });
    // The counts of the workers include the excepted sockets.
    if let Some(here) = here
        && let Some(shard) = shard.filter(|_| has_subscribers_here)
    {
        let excepted = here.publish(shard, topic, frame, terms, excepts);
        published.addressed = published.addressed.saturating_sub(excepted);
    }
    if let Some(excepts) = excepts {
        for (Except { worker, key, id }, is_refused) in excepts.iter().zip(is_refused) {
            if !is_here(worker) && worker.is_subscribed(*key, *id, topic) {
                published.leave_one_out(is_refused);
            }
        }
    }
    match here {
        Some(here) => here.meter().published(),
        None => space.count_publish(topic),
    }
    if published.refused > 0 {
        space.meter().publishes_refused(published.refused);
    }
    published
}

//! Publishes a message, and counts the subscribers that it addresses.

use std::sync::Arc;

use super::link::queue;
use crate::{
    frame::{Frame, SharedFrame},
    link::{Link, Target, What},
    message::{IntoMessage, Outgoing},
    outbox::Terms,
    policy::Policy,
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
            space.receivers().offer(name, f);
            let published = publish_frame::<FROM_HERE>(space, name, f, &terms, excepts.as_ref());
            if let Some(link) = space.link() {
                offer(space, link, topic, f, outgoing.compress, &options);
            }
            published
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
    if !space.is_of_here(id) {
        return None;
    }
    space.workers().iter().find_map(|worker| {
        let key = worker.key_of(id)?;
        let worker = worker.clone();
        Some(Except { worker, key, id })
    })
}

/// Queues a message for other nodes, unless its publisher keeps it on this one. It comes behind the
/// local delivery, and outside of all locks.
#[cold]
#[inline(never)]
fn offer(
    space: &Space,
    link: &Link,
    topic: &str,
    frame: Frame<'_>,
    compress: bool,
    options: &Publish<'_>,
) {
    if options.local {
        return;
    }
    // A socket of this node is left out here, and is on no other one.
    let except = options.except.filter(|id| id.tag() != link.tag());
    let what = What::Publish {
        frame: SharedFrame::new(frame),
        compress,
        policy: options.policy.into(),
        except: except.map(|id| id.0),
    };
    // The link counts what it refuses.
    queue(space, link, Target::Topic(topic.into()), what);
}

/// Publishes a message of another node to the sockets and receivers of this one. It does not count
/// as a publish of this node. Call [`wake`] behind the last message of a burst: the workers that have
/// subscribers sleep on until then, and each writes all of the burst at once.
pub(crate) fn deliver(
    space: &Space,
    topic: &str,
    message: &Outgoing<'_>,
    policy: Policy<'_>,
    except: Option<SocketId>,
) -> Published {
    let name = Name::new(topic);
    let terms = Terms::new(policy, topic).compressed(message.compress);
    let excepts = Excepts::new(None, except.and_then(|id| find(space, id)));
    Frame::of(message, |frame| {
        space.receivers().offer(name, frame);
        publish_frame::<FROM_ELSEWHERE>(space, name, frame, &terms, excepts.as_ref())
    })
}

/// Wakes the workers that sleep while messages of other nodes wait for them.
pub(crate) fn wake(space: &Space) {
    for worker in space.workers().iter() {
        worker.inbox().wake_for_publishes();
    }
}

/// The message is published on this node, and counts for it.
const FROM_HERE: bool = true;
const FROM_ELSEWHERE: bool = false;

fn publish_frame<const IS_FROM_HERE: bool>(
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
        let (inbox, limit) = (share.worker.inbox(), space.publish_limit());
        let is_taken = match IS_FROM_HERE {
            true => inbox.hand_over(publication.clone(), *cost, limit),
            false => inbox.hand_over_quietly(publication.clone(), *cost, limit),
        };
        if is_taken {
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
        _ if !IS_FROM_HERE => {}
        Some(here) => here.meter().published(),
        None => space.count_publish(topic),
    }
    if published.refused > 0 {
        space.meter().publishes_refused(published.refused);
    }
    published
}

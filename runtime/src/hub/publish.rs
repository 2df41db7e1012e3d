//! A message that is published, and the counting of those that it is for.

use std::{
    mem::size_of,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use super::{Hub, LocalWorker, Worker};
use crate::{
    core::{Core, SocketId, log_unencodable},
    message::IntoMessage,
    outbox::{Frame, SharedFrame},
    policy::{Policy, Terms},
    published::Published,
    topics::{Key, Name, SharedName},
};

/// What a publish that waits takes besides its frame, its topic and its terms: itself, its places in
/// two lists, and what the allocator and reference counts take for each of three allocations.
const OVERHEAD: usize = size_of::<Publish>() + 144;

/// The socket that a publish leaves out: most often its own sender.
#[derive(Clone, Debug)]
pub(crate) struct Except {
    pub(super) worker: Arc<Worker>,
    pub(super) key: Key,
    pub(super) id: SocketId,
}

impl Except {
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            worker: core.worker.clone(),
            key: core.key(),
            id: core.id,
        }
    }
}

/// A message on its way to workers.
#[derive(Debug)]
pub(crate) struct Publish {
    pub(super) topic: SharedName,
    pub(super) frame: SharedFrame,
    pub(super) terms: Terms,
    pub(super) except: Option<Except>,
}

impl Publish {
    pub(super) fn new(
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<&Except>,
    ) -> Arc<Self> {
        Arc::new(Self {
            topic: topic.into(),
            frame: SharedFrame::new(frame),
            terms: terms.clone(),
            except: except.cloned(),
        })
    }

    /// Bytes of memory that it takes while it waits.
    pub(super) fn cost(&self) -> usize {
        let frame = self.frame.as_frame().len();
        // There is a second frame from when it has been compressed.
        let frames = frame * (1 + usize::from(self.terms.deflated.is_some()));
        OVERHEAD + self.topic.as_name().text().len() + frames
    }
}

impl Hub {
    /// Publishes a message, and returns how many subscribers were addressed.
    pub(crate) fn publish(
        &self,
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
                self.publish_frame(name, f, &terms, except.as_ref())
            })
        });
        published.unwrap_or_else(|error| {
            log_unencodable(&error);
            Published::default()
        })
    }

    /// Leaves out the socket of this id, wherever it is; no socket if there is none of this id.
    pub(crate) fn except(&self, id: SocketId) -> Option<Except> {
        self.workers().iter().find_map(|worker| {
            let key = worker.key_of(id)?;
            let worker = worker.clone();
            Some(Except { worker, key, id })
        })
    }

    /// How many bytes of publishes may wait for each worker.
    pub(crate) fn publish_limit(&self) -> usize {
        self.publish_limit.load(Relaxed)
    }

    pub(crate) fn set_publish_limit(&self, limit: usize) {
        self.publish_limit.store(limit, Relaxed);
    }

    fn publish_frame(
        &self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<&Except>,
    ) -> Published {
        let here = LocalWorker::current(self);
        let here = here.as_ref().map(|here| here.worker());
        // Before the counting, so that no subscription of this worker changes between that and the
        // delivery.
        let shard = here.map(|here| here.lock());
        let mut published = Published::default();
        let mut is_here = false;
        let mut shared = None;
        self.directory.for_each(topic, |share| {
            if here.is_some_and(|here| Arc::ptr_eq(here, &share.worker)) {
                published.addressed += share.subscribers;
                is_here = true;
                return;
            }
            let (publish, cost) = shared.get_or_insert_with(|| {
                let publish = Publish::new(topic, frame, terms, except);
                let cost = publish.cost();
                (publish, cost)
            });
            let inbox = share.worker.inbox();
            if inbox.hand_over(publish.clone(), *cost, self.publish_limit()) {
                published.addressed += share.subscribers;
            } else {
                published.refused += share.subscribers;
            }
        });
        // The excepted socket was counted with the others of its worker.
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
}

//! How a worker delivers what is published to its sockets.

use std::sync::{
    MutexGuard,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{Shard, Worker, forms::Forms};
use crate::{
    hub::{Except, Publish, lock},
    outbox::{Copies, Frame, ReadyState},
    policy::{Slow, Terms},
    topics::{Key, Name, Subscriber},
};

impl Worker {
    /// Publishes a frame to the subscribers of this worker, whose own thread this is, behind what
    /// others have handed over before: a route may well have been asked by somebody who has just
    /// published. They get it when the pump has polled everybody, or before anything happens that
    /// would tell. Returns whether `except` is one of them.
    pub(in crate::hub) fn publish(
        &self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<&Except>,
    ) -> bool {
        let mut shard = lock(&self.shard);
        let (late, pump) = self.inbox.take_late();
        self.publish_all(&late, &mut shard);
        let excepted = shard.publish(topic, frame, terms, self.own(except));
        self.unsettled.store(!shard.pending.is_empty(), Relaxed);
        drop(shard);
        drop(late);
        if let Some(pump) = pump {
            pump.wake();
        }
        excepted
    }

    /// Publishes what others have handed over.
    pub(in crate::hub) fn take_over(&self, publishes: &[Publish]) {
        if publishes.is_empty() {
            return;
        }
        let mut shard = lock(&self.shard);
        self.publish_all(publishes, &mut shard);
        self.unsettled.store(!shard.pending.is_empty(), Relaxed);
    }

    pub(super) fn publish_all(&self, publishes: &[Publish], shard: &mut Shard) {
        for Publish {
            topic,
            frame,
            terms,
            except,
        } in publishes
        {
            shard.publish(
                topic.as_name(),
                frame.as_frame(),
                terms,
                self.own(except.as_ref()),
            );
        }
    }

    /// The socket that is left out, if it is one of this worker.
    fn own<'a>(&self, except: Option<&'a Except>) -> Option<&'a Except> {
        except.filter(|except| std::ptr::eq(&*except.worker, self))
    }

    /// Delivers what has been published. To be called before anything that must come after it.
    pub(crate) fn settle(&self) {
        if self.unsettled.load(Relaxed) {
            drop(self.settled());
        }
    }

    /// The shard, with everything published delivered.
    pub(super) fn settled(&self) -> MutexGuard<'_, Shard> {
        let mut shard = lock(&self.shard);
        shard.settle();
        self.unsettled.store(false, Relaxed);
        shard
    }
}

/// So many bytes for one subscriber count as one unit of work.
const WORK_UNIT: usize = 1024;

impl Shard {
    /// Takes a frame for the subscribers of a topic. Returns whether `except`, a socket of this
    /// worker, is one of them.
    fn publish(
        &mut self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<&Except>,
    ) -> bool {
        let except = except
            .filter(|except| self.has(except.key, except.id))
            .filter(|except| self.topics.is_subscribed(except.key, topic))
            .map(|except| except.key);
        if !self.pending.admits(topic, frame.len()) {
            self.settle();
        }
        match (frame, terms) {
            (
                Frame::Shared(_) | Frame::Encoded(_) | Frame::Small(..),
                Terms {
                    slow: Slow::Drop,
                    deflated,
                },
            ) => self.pending.push(topic, frame, deflated.as_ref(), except),
            _ => {
                self.settle();
                self.deliver_alone(topic, frame, terms, except);
            }
        }
        except.is_some()
    }

    /// Delivers what has been published.
    pub(super) fn settle(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let Self {
            topics,
            pending,
            dirty,
            work,
            ..
        } = self;
        let mut copies = Copies::default();
        let subscribers = topics.subscribers(pending.topic());
        count(work, subscribers.len(), pending.len());
        pending.prepare(subscribers.len());
        for Subscriber { key, value: core } in subscribers {
            let form = pending.form_for(|| core.deflated_lengths());
            let mut outbox = core.outbox();
            if outbox.state() == ReadyState::Open {
                pending.runs_for(*key, form, |run| {
                    outbox.deliver(run, &core.config, &mut copies);
                });
                if outbox.schedule() {
                    dirty.push(*key);
                }
            }
        }
        pending.clear();
    }

    fn deliver_alone(
        &mut self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<Key>,
    ) {
        let Self {
            topics,
            dirty,
            work,
            ..
        } = self;
        let mut copies = Copies::default();
        let forms = Forms::new(&frame, terms);
        let subscribers = topics.subscribers(topic);
        count(work, subscribers.len(), frame.len());
        let subscribers = subscribers.iter();
        for subscriber in subscribers.filter(|subscriber| Some(subscriber.key) != except) {
            let core = &subscriber.value;
            let deflated = forms.deflated_for(core);
            let mut outbox = core.outbox();
            if deflated.is_some() {
                outbox.forget_context();
            }
            let delivery = deflated.unwrap_or(forms.plain());
            outbox.deliver_alone(delivery, &core.config, &mut copies);
            if outbox.schedule() {
                dirty.push(subscriber.key);
            }
        }
    }
}

/// Adds a delivery to the work of a worker, of which the shard is locked.
fn count(work: &AtomicUsize, subscribers: usize, bytes: usize) {
    let units = subscribers.saturating_mul(1 + bytes / WORK_UNIT);
    work.store(work.load(Relaxed).wrapping_add(units), Relaxed);
}

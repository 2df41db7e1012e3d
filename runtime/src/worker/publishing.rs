//! Delivers publishes to the sockets of a worker.

use std::{
    mem, ptr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{
    Except, Excepts, LocalWorker, Metered, Publication, Shard, Worker, forms::Forms, lock,
    publication::Excepted, pump::MOST_SPARE_VISITS,
};
use crate::{
    frame::Frame,
    lock::MutexGuard,
    outbox::{Copies, Slow, Terms},
    stats::Traffic,
    topics::{Key, Name, Subscriber},
};

/// The locked shard of a worker, on its own thread.
pub(crate) struct Locked<'a> {
    worker: &'a Worker,
    shard: MutexGuard<'a, Shard>,
}

impl Locked<'_> {
    /// Delivers the gathered publishes.
    pub(super) fn deliver_pending(&mut self) {
        self.shard.deliver_pending();
        self.worker.note_pending(&self.shard);
    }

    /// Appends the dirty sockets to `list`.
    pub(super) fn take_dirty(&mut self, list: &mut Vec<Key>) {
        // Each overdrawn socket is also dirty.
        self.shard.overdrawn.clear();
        let dirty = &mut self.shard.dirty;
        if list.is_empty() {
            // The two lists swap their memory, so that no round allocates a new one.
            mem::swap(dirty, list);
        } else {
            list.append(dirty);
            dirty.shrink_to(MOST_SPARE_VISITS);
        }
    }
}

impl Worker {
    /// Locks the shard, so that subscriptions do not change between the counting and the publishing
    /// of a message.
    pub(crate) fn lock(&self) -> Locked<'_> {
        Locked {
            worker: self,
            shard: lock(&self.shard),
        }
    }

    /// Publishes a frame to the subscribers of this worker. Only for its own thread. The frame
    /// comes behind earlier publishes of other threads: a client that publishes and then calls a
    /// route must see that order. Subscribers get it when the pump has polled every connection, or
    /// earlier if something must come after it. Returns how many of the subscribers are `excepts`.
    pub(crate) fn publish<'a>(
        &'a self,
        locked: Locked<'a>,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        excepts: Option<&Excepts>,
    ) -> usize {
        let mut shard = locked.shard;
        let pump = self.inbox.take_late(&mut shard.late.publishes);
        let excepted = if shard.late.is_empty() {
            let excepted = self.excepted(&shard, topic, excepts);
            shard.publish(topic, frame, terms, &excepted);
            self.note_pending(&shard);
            drop(self.relieve(shard));
            excepted.len()
        } else {
            self.publish_behind(shard, topic, frame, terms, excepts)
        };
        if let Some(pump) = pump {
            pump.wake();
        }
        excepted
    }

    /// Those `excepts` that are sockets of this worker and subscribe to the topic now.
    #[inline]
    pub(super) fn excepted(
        &self,
        shard: &Shard,
        topic: Name<'_>,
        excepts: Option<&Excepts>,
    ) -> Excepted {
        let Some(excepts) = excepts else {
            return Excepted::default();
        };
        let subscribes =
            |it: &&Except| shard.has(it.key, it.id) && shard.topics.is_subscribed(it.key, topic);
        let own = excepts.of(self).filter(subscribes);
        own.map(|except| except.key).collect()
    }

    /// Puts a publish of this thread behind those of other threads. Returns how many of the
    /// subscribers are `excepts`.
    ///
    /// A publish of this thread is not refused if there is no room. Older ones are delivered to
    /// make room, so this thread is no faster than its deliveries.
    #[cold]
    fn publish_behind<'a>(
        &'a self,
        mut shard: MutexGuard<'a, Shard>,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        excepts: Option<&Excepts>,
    ) -> usize {
        let counts = |it: &&Except| shard.has(it.key, it.id) && shard.is_subscribed(it.key, topic);
        let own = excepts.into_iter().flat_map(|excepts| excepts.of(self));
        let excepted = own.filter(counts).count();
        let publish = Publication::new(topic, frame, terms, excepts);
        self.inbox.hold(publish.cost());
        shard.late.publishes.push_back(publish);
        shard.late.own = shard.late.publishes.len();
        let mut done = Vec::new();
        while !shard.late.is_empty() && self.inbox.held() > self.space.publish_limit() {
            let mut some = 0;
            shard = self.catch_up(shard, &mut done, |_| {
                some += 1;
                some <= MADE_ROOM_FOR
            });
        }
        self.note_pending(&shard);
        drop(self.relieve(shard));
        excepted
    }

    /// Delivers the publishes of this thread. To be called before anything that must come after
    /// them.
    #[inline]
    pub(crate) fn deliver_pending(&self) {
        if self.has_pending.load(Relaxed) {
            self.deliver_all_pending();
        }
    }

    /// Delivers the publishes of this thread, and the publishes of other threads that wait before
    /// them. Other threads have no claim to that order.
    #[cold]
    #[inline(never)]
    fn deliver_all_pending(&self) {
        let mut done = Vec::new();
        let mut shard = lock(&self.shard);
        if shard.late.own > 0 && LocalWorker::here(self).is_some() {
            shard = self.catch_up(shard, &mut done, |shard| shard.late.own > 0);
        }
        shard.deliver_pending();
        self.note_pending(&shard);
        drop(self.relieve(shard));
    }

    /// Delivers the gathered publishes, and those that are gathered while the lock is released.
    pub(super) fn deliver_gathered<'a>(
        &'a self,
        mut shard: MutexGuard<'a, Shard>,
    ) -> MutexGuard<'a, Shard> {
        while !shard.pending.is_empty() {
            shard.deliver_pending();
            self.note_pending(&shard);
            shard = self.relieve(shard);
        }
        shard
    }
}

/// How many older publishes are delivered at once if there is no room for a new one.
const MADE_ROOM_FOR: usize = 64;

/// The bytes for one subscriber that count as one unit of work.
const WORK_UNIT: usize = 1024;

impl Shard {
    /// Gathers or delivers a frame for the subscribers of a topic. `excepted` are those subscribers
    /// that do not get it.
    pub(super) fn publish(
        &mut self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        excepted: &[Key],
    ) {
        if !self.pending.admits(topic, frame.len()) {
            self.deliver_pending();
        }
        match (frame, terms) {
            (
                Frame::Shared(_) | Frame::Encoded(_) | Frame::Small(..),
                Terms {
                    slow: Slow::Drop,
                    deflated,
                },
            ) => self.pending.push(topic, frame, deflated.as_ref(), excepted),
            _ => {
                self.deliver_pending();
                self.deliver_alone(topic, frame, terms, excepted);
            }
        }
    }

    /// Delivers the gathered publishes.
    pub(super) fn deliver_pending(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let Self {
            topics,
            pending,
            dirty,
            overdrawn,
            work,
            ..
        } = self;
        let mut copies = Copies::default();
        let subscribers = topics.subscribers(pending.topic());
        count(work, subscribers.len(), pending.len());
        pending.prepare(subscribers.len());
        let Some(first) = subscribers.first() else {
            pending.clear();
            return;
        };
        let mut row = Row::new(&first.value.config, subscribers.len());
        let mut rest = subscribers.iter();
        while let Some(Subscriber { key, value: core }) = rest.next() {
            if !row.is_of(&core.config) {
                let left = rest.len() + 1;
                row.end(left, pending.traffic(), &mut copies);
                row = Row::new(&core.config, left);
            }
            let form = pending.form_for(|| core.deflated_lengths());
            let left_out = pending.left_out(*key);
            if !left_out.is_empty() {
                copies.missed().left_out += pending.traffic_of(left_out);
            }
            let mut outbox = core.delivering();
            let mut is_overdrawn = false;
            pending.runs_but(left_out, form, |run| {
                is_overdrawn = outbox.deliver(run, &core.config, &mut copies);
            });
            if is_overdrawn {
                overdrawn.push(*key);
            }
            if outbox.schedule() {
                dirty.push(*key);
            }
        }
        row.end(0, pending.traffic(), &mut copies);
        pending.clear();
    }

    fn deliver_alone(
        &mut self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        excepted: &[Key],
    ) {
        let Self {
            topics,
            dirty,
            overdrawn,
            work,
            ..
        } = self;
        let mut copies = Copies::default();
        let forms = Forms::new(&frame, terms);
        let subscribers = topics.subscribers(topic);
        count(work, subscribers.len(), frame.len());
        let Some(first) = subscribers.first() else {
            return;
        };
        let each = Traffic::of(frame.payload_len());
        let mut row = Row::new(&first.value.config, subscribers.len());
        let mut rest = subscribers.iter();
        while let Some(Subscriber { key, value: core }) = rest.next() {
            if !row.is_of(&core.config) {
                let left = rest.len() + 1;
                row.end(left, each, &mut copies);
                row = Row::new(&core.config, left);
            }
            if excepted.contains(key) {
                copies.missed().left_out += each;
                continue;
            }
            let deflated = forms.deflated_for(core);
            let mut outbox = core.delivering();
            if deflated.is_some() {
                outbox.forget_context();
            }
            let delivery = deflated.unwrap_or(forms.plain());
            if outbox.deliver_alone(delivery, &core.config, &mut copies) {
                overdrawn.push(*key);
            }
            if outbox.schedule() {
                dirty.push(*key);
            }
        }
        row.end(0, each, &mut copies);
    }
}

/// Subscribers of the same endpoint that come one after the other in a delivery. They are counted
/// together, because counting each one would cost more.
struct Row<'a> {
    endpoint: &'a Metered,
    /// The subscribers that were left when the row began.
    left: usize,
}

impl<'a> Row<'a> {
    fn new(endpoint: &'a Metered, left: usize) -> Self {
        Self { endpoint, left }
    }

    #[inline]
    fn is_of(&self, endpoint: &Metered) -> bool {
        ptr::eq(self.endpoint, endpoint)
    }

    /// Counts the delivery of the messages in `each` to every subscriber of the row. `left`
    /// subscribers come after them.
    #[inline]
    fn end(&self, left: usize, each: Traffic, copies: &mut Copies) {
        let all = each * (self.left - left) as u64;
        let meter = &self.endpoint.meter;
        match copies.take_missed() {
            None => meter.delivered(all),
            Some(missed) => meter.delivered_but(all, &missed),
        }
    }
}

/// Adds a delivery to the work of a worker. The caller holds the lock of its shard.
fn count(work: &AtomicUsize, subscribers: usize, bytes: usize) {
    let units = subscribers.saturating_mul(1 + bytes / WORK_UNIT);
    work.store(work.load(Relaxed).wrapping_add(units), Relaxed);
}

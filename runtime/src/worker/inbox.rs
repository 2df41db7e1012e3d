//! The queue through which other threads, and tasks outside their own connection, hand work to the
//! pump of a worker.
//!
//! If an entry were lost, a connection would wait forever. So this file takes its locks and atomics
//! from `super::sync`, where a test puts those of a model checker. It uses nothing else of the
//! crate.

use std::{collections::VecDeque, mem, sync::PoisonError, task::Waker};

use super::{
    Key,
    sync::{InboxMutex, MutexGuard},
};

/// Work that waits for the pump: publishes, sockets that are to be closed behind those, and
/// connections that are to be visited because they have woken or their outbox has been scheduled.
#[derive(Debug)]
pub(crate) struct Inbox<P, C>(InboxMutex<Waiting<P, C>>);

#[derive(Debug)]
struct Waiting<P, C> {
    /// The waker of the pump while it sleeps.
    pump: Option<Waker>,
    publishes: VecDeque<P>,
    /// The bytes of all publishes that were handed over and are not delivered yet, wherever they
    /// wait.
    held: usize,
    closings: Vec<C>,
    visits: Vec<Key>,
    /// Producers that wait for room, each with its ticket.
    producers: Vec<(Ticket, Waker)>,
    next_ticket: Ticket,
    /// The pump has ended.
    has_ended: bool,
}

/// Identifies a waiting producer.
pub(crate) type Ticket = u64;

impl<P, C> Inbox<P, C> {
    pub(super) fn new() -> Self {
        Self(InboxMutex::new(Waiting {
            pump: None,
            publishes: VecDeque::new(),
            held: 0,
            closings: Vec::new(),
            visits: Vec::new(),
            producers: Vec::new(),
            next_ticket: 0,
            has_ended: false,
        }))
    }

    /// Lists a connection for a visit of the pump.
    pub(super) fn list(&self, key: Key) {
        self.leave(|waiting| waiting.visits.push(key));
    }

    /// Queues a publish that counts as `cost` bytes until it is delivered. Refuses it if more than
    /// `limit` bytes would then be held. An inbox that holds nothing accepts a publish of any size.
    pub(crate) fn hand_over(&self, publish: P, cost: usize, limit: usize) -> bool {
        self.leave(|waiting| waiting.accept(publish, cost, limit))
    }

    /// Queues a publish as [`Self::hand_over`] does, and lets a sleeping pump sleep while at most half
    /// of `limit` is held. More publishes are to follow at once, and the caller must call
    /// [`Self::wake_for_publishes`] behind the last one.
    pub(crate) fn hand_over_quietly(&self, publish: P, cost: usize, limit: usize) -> bool {
        self.change(|waiting| {
            let is_taken = waiting.accept(publish, cost, limit);
            (is_taken, !waiting.has_room(limit))
        })
    }

    /// Wakes the pump if it sleeps while publishes wait.
    pub(crate) fn wake_for_publishes(&self) {
        self.change(|waiting| ((), !waiting.publishes.is_empty()));
    }

    /// Queues a closing, unless a queued one `covers` it.
    pub(super) fn close(&self, closing: C, covers: impl Fn(&C, &C) -> bool) {
        self.leave(|waiting| {
            if !waiting.closings.iter().any(|other| covers(other, &closing)) {
                waiting.closings.push(closing);
            }
        });
    }

    /// Wakes the pump without queueing work.
    pub(super) fn wake(&self) {
        self.leave(|_| {});
    }

    /// Changes the queue, and wakes the pump if it sleeps.
    #[inline]
    fn leave<R>(&self, put: impl FnOnce(&mut Waiting<P, C>) -> R) -> R {
        self.change(|waiting| (put(waiting), true))
    }

    /// Changes the queue. `change` also says whether to wake the pump if it sleeps.
    #[inline]
    fn change<R>(&self, change: impl FnOnce(&mut Waiting<P, C>) -> (R, bool)) -> R {
        let mut waiting = self.lock();
        let (result, wakes) = change(&mut waiting);
        let pump = waiting.pump.take_if(|_| wakes);
        drop(waiting);
        if let Some(pump) = pump {
            pump.wake();
        }
        result
    }

    /// Lets the pump sleep until there is work; `false` if there is work already.
    pub(super) fn rest(&self, pump: &Waker) -> bool {
        let mut waiting = self.lock();
        let rests = waiting.visits.is_empty()
            && waiting.held == 0
            && waiting.closings.is_empty()
            && waiting.producers.is_empty();
        if rests {
            waiting.pump = Some(pump.clone());
        }
        rests
    }

    /// Takes the queued work except publishes. Returns whether publishes are not delivered yet, and
    /// the closings, if there are any, which come behind the publishes. The connections that are to
    /// be visited go to `visits`, which must be empty.
    pub(super) fn take(&self, visits: &mut Vec<Key>) -> (bool, Option<Vec<C>>) {
        let mut waiting = self.lock();
        mem::swap(&mut waiting.visits, visits);
        waiting.pump = None;
        let has_closings = !waiting.closings.is_empty();
        let closings = has_closings.then(|| mem::take(&mut waiting.closings));
        (waiting.held > 0, closings)
    }

    /// Appends the queued publishes to `late`. Returns the waker of the pump if it sleeps: the
    /// caller must wake it once there is work for it.
    pub(super) fn take_late(&self, late: &mut VecDeque<P>) -> Option<Waker> {
        let mut waiting = self.lock();
        waiting.move_publishes(late);
        waiting.pump.take()
    }

    /// Appends the queued publishes to `late`.
    pub(super) fn take_publishes(&self, late: &mut VecDeque<P>) {
        self.lock().move_publishes(late);
    }

    /// Counts a publish that the worker itself keeps behind those that it has taken.
    pub(super) fn hold(&self, cost: usize) {
        self.lock().held += cost;
    }

    /// The bytes of the publishes that are not delivered yet.
    pub(super) fn held(&self) -> usize {
        self.lock().held
    }

    /// Subtracts the cost of publishes that are delivered.
    pub(super) fn release(&self, cost: usize) {
        let mut waiting = self.lock();
        waiting.held = waiting.held.saturating_sub(cost);
    }

    /// Called when the pump has delivered and written. Wakes the producers if at most half of
    /// `limit` is held.
    pub(super) fn end_round(&self, limit: usize) {
        let mut waiting = self.lock();
        if !waiting.producers.is_empty() && waiting.has_room(limit) {
            let producers = mem::take(&mut waiting.producers);
            drop(waiting);
            for (_, producer) in producers {
                producer.wake();
            }
        }
    }

    /// Ends the inbox: the pump delivers nothing from now on, and no producer waits for it any
    /// longer.
    pub(super) fn end(&self) {
        let mut waiting = self.lock();
        let publishes = mem::take(&mut waiting.publishes);
        waiting.held = 0;
        waiting.has_ended = true;
        let producers = mem::take(&mut waiting.producers);
        drop(waiting);
        drop(publishes);
        for (_, producer) in producers {
            producer.wake();
        }
    }

    /// Registers a producer that waits for the end of a round. `None` if it need not wait: the pump
    /// has ended, or at most half of `limit` is held and the producer does not insist on a round.
    pub(crate) fn wait(&self, producer: &Waker, insists: bool, limit: usize) -> Option<Ticket> {
        let mut waiting = self.lock();
        if waiting.has_ended || (!insists && waiting.has_room(limit)) {
            return None;
        }
        let ticket = waiting.next_ticket;
        waiting.next_ticket += 1;
        waiting.producers.push((ticket, producer.clone()));
        let pump = waiting.pump.take();
        drop(waiting);
        if let Some(pump) = pump {
            pump.wake();
        }
        Some(ticket)
    }

    /// Whether a producer still waits. If so, `producer` is the waker that is called from now on.
    pub(crate) fn waits(&self, ticket: Ticket, producer: &Waker) -> bool {
        let mut waiting = self.lock();
        let mut producers = waiting.producers.iter_mut();
        let Some((_, waker)) = producers.find(|(other, _)| *other == ticket) else {
            return false;
        };
        waker.clone_from(producer);
        true
    }

    /// Removes a waiting producer.
    pub(crate) fn forget(&self, ticket: Ticket) {
        let mut waiting = self.lock();
        waiting.producers.retain(|(other, _)| *other != ticket);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<P, C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P, C> Waiting<P, C> {
    /// Queues a publish if there is room.
    #[inline]
    fn accept(&mut self, publish: P, cost: usize, limit: usize) -> bool {
        let has_room = self.held == 0 || self.held.saturating_add(cost) <= limit;
        let is_taken = has_room && !self.has_ended;
        if is_taken {
            self.held += cost;
            self.publishes.push_back(publish);
        }
        is_taken
    }

    /// Whether producers may continue.
    fn has_room(&self, limit: usize) -> bool {
        self.held <= limit / 2
    }

    fn move_publishes(&mut self, late: &mut VecDeque<P>) {
        if late.is_empty() {
            mem::swap(&mut self.publishes, late);
        } else {
            late.append(&mut self.publishes);
        }
    }
}

//! What other threads, and tasks outside their own connection, leave for a worker's pump.
//!
//! Nothing here may be lost, or a connection would wait forever. So this file takes its locks and
//! atomics from `super::sync`, where a test puts those of a model checker, and knows nothing else of
//! the crate.

use std::{collections::VecDeque, mem, sync::PoisonError, task::Waker};

use super::{
    Key,
    sync::{InboxMutex, MutexGuard},
};

/// What waits for the pump: publishes, sockets to be closed behind them, and connections to be
/// visited, because they have woken or their outbox has been scheduled.
#[derive(Debug)]
pub(crate) struct Inbox<P, C>(InboxMutex<Waiting<P, C>>);

#[derive(Debug)]
struct Waiting<P, C> {
    /// The pump's, while it rests.
    pump: Option<Waker>,
    publishes: VecDeque<P>,
    /// Bytes of the publishes that have been left here and not yet been delivered, wherever they
    /// are.
    held: usize,
    closings: Vec<C>,
    visits: Vec<Key>,
    /// Producers that wait for room, each with its ticket.
    producers: Vec<(Ticket, Waker)>,
    next_ticket: Ticket,
    /// There is no pump any more.
    has_ended: bool,
}

/// What a producer waits with.
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

    pub(super) fn visit(&self, key: Key) {
        self.leave(|waiting| waiting.visits.push(key));
    }

    /// Leaves a publish that costs so many bytes until it has been delivered, if no more than
    /// `limit` bytes are then held. An inbox that holds none takes one of any size.
    pub(crate) fn hand_over(&self, publish: P, cost: usize, limit: usize) -> bool {
        self.leave(|waiting| {
            let has_room = waiting.held == 0 || waiting.held.saturating_add(cost) <= limit;
            let is_taken = has_room && !waiting.has_ended;
            if is_taken {
                waiting.held += cost;
                waiting.publishes.push_back(publish);
            }
            is_taken
        })
    }

    /// Leaves a closing, unless there is one that `covers` it.
    pub(super) fn close(&self, closing: C, covers: impl Fn(&C) -> bool) {
        self.leave(|waiting| {
            if !waiting.closings.iter().any(covers) {
                waiting.closings.push(closing);
            }
        });
    }

    /// Has the pump look at what there is to do besides.
    pub(super) fn wake(&self) {
        self.leave(|_| {});
    }

    /// Leaves something for the pump, and wakes it if it rests.
    fn leave<R>(&self, put: impl FnOnce(&mut Waiting<P, C>) -> R) -> R {
        let mut waiting = self.lock();
        let result = put(&mut waiting);
        let pump = waiting.pump.take();
        drop(waiting);
        if let Some(pump) = pump {
            pump.wake();
        }
        result
    }

    /// Lets the pump rest until there is something to do; `false` if there is already.
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

    /// Takes what waits besides publishes: which sockets are to be closed behind those, and into
    /// `visits`, which is empty, which connections are to be visited. Returns besides whether there
    /// are publishes that have not been delivered.
    pub(super) fn take(&self, visits: &mut Vec<Key>) -> (bool, Vec<C>) {
        let mut waiting = self.lock();
        mem::swap(&mut waiting.visits, visits);
        waiting.pump = None;
        (waiting.held > 0, mem::take(&mut waiting.closings))
    }

    /// Moves the publishes behind those in `late`, and returns the waker of the pump if it rests,
    /// which the caller is to wake when there is something to do for it.
    pub(super) fn take_late(&self, late: &mut VecDeque<P>) -> Option<Waker> {
        let mut waiting = self.lock();
        waiting.move_publishes(late);
        waiting.pump.take()
    }

    /// Moves the publishes behind those in `late`.
    pub(super) fn take_publishes(&self, late: &mut VecDeque<P>) {
        self.lock().move_publishes(late);
    }

    /// Counts in a publish that the worker itself holds behind those it has taken.
    pub(super) fn hold(&self, cost: usize) {
        self.lock().held += cost;
    }

    /// Bytes of the publishes that have not been delivered.
    pub(super) fn held(&self) -> usize {
        self.lock().held
    }

    /// Publishes that cost so many bytes have been delivered.
    pub(super) fn release(&self, cost: usize) {
        let mut waiting = self.lock();
        waiting.held = waiting.held.saturating_sub(cost);
    }

    /// The pump has delivered and written: wakes the producers, if no more than half of `limit` is
    /// held.
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

    /// Nothing is delivered any more, and nobody waits for it.
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

    /// Has a producer wait for the end of a round; `None` if it need not, because no more than half
    /// of `limit` is held and it does not insist on a round.
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

    /// Whether a producer still waits, which is then woken by this waker.
    pub(crate) fn waits(&self, ticket: Ticket, producer: &Waker) -> bool {
        let mut waiting = self.lock();
        let mut producers = waiting.producers.iter_mut();
        let Some((_, waker)) = producers.find(|(other, _)| *other == ticket) else {
            return false;
        };
        waker.clone_from(producer);
        true
    }

    /// A producer waits no longer.
    pub(crate) fn forget(&self, ticket: Ticket) {
        let mut waiting = self.lock();
        waiting.producers.retain(|(other, _)| *other != ticket);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<P, C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P, C> Waiting<P, C> {
    /// Whether a producer may go on.
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

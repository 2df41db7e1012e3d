//! What other threads, and tasks outside their own connection, leave for a worker's pump.
//!
//! Nothing here may be lost, or a connection would wait forever. So this file takes its locks and
//! atomics from `super::sync`, where a test puts those of a model checker, and knows nothing else of
//! the crate.

use std::{mem, sync::PoisonError, task::Waker};

use super::{
    Key,
    sync::{
        Mutex, MutexGuard,
        atomic::{
            AtomicBool,
            Ordering::{AcqRel, Relaxed},
        },
    },
};

/// What waits for the pump: publishes, sockets to be closed behind them, and connections to be
/// visited, because they have woken or their outbox has been scheduled.
#[derive(Debug)]
pub(super) struct Inbox<P, C>(Mutex<Waiting<P, C>>);

#[derive(Debug)]
struct Waiting<P, C> {
    /// The pump's, while it rests.
    pump: Option<Waker>,
    publishes: Vec<P>,
    closings: Vec<C>,
    visits: Vec<Key>,
}

impl<P, C> Inbox<P, C> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Waiting {
            pump: None,
            publishes: Vec::new(),
            closings: Vec::new(),
            visits: Vec::new(),
        }))
    }

    pub(super) fn visit(&self, key: Key) {
        self.leave(|waiting| waiting.visits.push(key));
    }

    pub(super) fn hand_over(&self, publish: P) {
        self.leave(|waiting| waiting.publishes.push(publish));
    }

    pub(super) fn close(&self, closing: C) {
        self.leave(|waiting| waiting.closings.push(closing));
    }

    /// Has the pump look at what there is to do besides.
    pub(super) fn wake(&self) {
        self.leave(|_| {});
    }

    /// Leaves something for the pump, and wakes it if it rests.
    fn leave(&self, put: impl FnOnce(&mut Waiting<P, C>)) {
        let mut waiting = self.lock();
        put(&mut waiting);
        let pump = waiting.pump.take();
        drop(waiting);
        if let Some(pump) = pump {
            pump.wake();
        }
    }

    /// Lets the pump rest until there is something to do; `false` if there is already.
    pub(super) fn rest(&self, pump: &Waker) -> bool {
        let mut waiting = self.lock();
        let rests = waiting.visits.is_empty()
            && waiting.publishes.is_empty()
            && waiting.closings.is_empty();
        if rests {
            waiting.pump = Some(pump.clone());
        }
        rests
    }

    /// Takes what waits: publishes, who is to be closed behind them, and into `visits`, which is
    /// empty, who is to be visited.
    pub(super) fn take(&self, visits: &mut Vec<Key>) -> (Vec<P>, Vec<C>) {
        let mut waiting = self.lock();
        mem::swap(&mut waiting.visits, visits);
        waiting.pump = None;
        let publishes = mem::take(&mut waiting.publishes);
        (publishes, mem::take(&mut waiting.closings))
    }

    /// Takes the publishes, and the waker of the pump if it rests, which the caller is to wake when
    /// there is something to do for it.
    pub(super) fn take_late(&self) -> (Vec<P>, Option<Waker>) {
        let mut waiting = self.lock();
        (mem::take(&mut waiting.publishes), waiting.pump.take())
    }

    /// Takes the publishes only.
    pub(super) fn take_publishes(&self) -> Vec<P> {
        mem::take(&mut self.lock().publishes)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<P, C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the pump has been asked to poll a connection and has not done so yet, so that it is
/// listed once however often it wakes.
#[derive(Debug)]
pub(crate) struct Bell(AtomicBool);

impl Bell {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Asks for a poll; `true` if nobody else has, and the caller is to list the connection.
    ///
    /// Whoever answers sees what the caller did before.
    pub(crate) fn ring(&self) -> bool {
        !self.0.swap(true, AcqRel)
    }

    /// Whether somebody has asked since the last call.
    pub(crate) fn answer(&self) -> bool {
        // A plain look first, because most of those who are visited only have something to write.
        // Who rings after it lists the connection again.
        self.0.load(Relaxed) && self.0.swap(false, AcqRel)
    }
}

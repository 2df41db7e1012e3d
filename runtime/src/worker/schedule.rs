//! Which connection the pump of a worker visits, and what it does there.
//!
//! A connection has no task. It is *listed* with its worker when there is something to do for it,
//! and the pump *visits* what is listed. A connection that is not listed although it has work waits
//! for ever, and one that is listed for each message costs a visit for each. So this file alone
//! decides who lists it.
//!
//! There are two machines, because there are two kinds of callers:
//!
//! - A sender has the lock of the queue anyway. Its machine, [`Attendance`], is under that lock, so
//!   that a message costs no further atomic operation.
//! - A waker must take no lock: a stream may wake its connection while it is being written, and that
//!   is under the lock. Its machine is one of the [`Signals`].
//!
//! Each of them lists a connection at most once. If both do, the second visit finds nothing to do.
//!
//! ```text
//! Attendance             ┌────────┐
//!          cork          │        │        schedule, if there is work:
//!      ┌─────────────────┤  Idle  ├─────────────────┐   the caller lists it
//!      │                 │        │                 │
//!      │                 └────────┘                 │
//!      ▼                  ▲  ▲  ▲                   ▼
//! ┌────────┐              │  │  │              ┌────────┐
//! │        │  visit:      │  │  │      visit:  │        │
//! │ Corked ├──────────────┘  │  └──────────────┤ Listed │
//! │        │  only to write  │  only to write  │        │
//! └────┬───┘  or nothing     │     or nothing  └┬───────┘
//!      │                     │ release          │     ▲
//!      │                ┌────┴───┐              │     │ put_off, if others
//!      │  visit: poll   │        │  visit: poll │     │ may yet publish to it:
//!      └───────────────►│ Polled │◄─────────────┘     │ the pump lists it
//!                       │        ├────────────────────┘
//!                       └────────┘
//!
//! Signals::woken           ┌────┐  wake: the caller lists it   ┌────┐
//!                          │ no ├─────────────────────────────►│ yes│
//!                          │    │◄─────────────────────────────┤    │
//!                          └────┘            visit: poll       └────┘
//! ```
//!
//! A connection that was woken is visited in any state, and polled: from `Idle`, too. `Polled` is
//! `PolledLast` once every other connection of the round has been polled. There is no later visit
//! then, so nothing is put off.
//!
//! A lost or doubled visit is the kind of mistake that no test of the whole finds. So this file takes
//! its lock and its atomics from `super::sync`, where a test puts those of a model checker, and
//! knows nothing else of the crate.

use std::{
    ops::{Deref, DerefMut},
    sync::PoisonError,
};

use super::sync::{
    MutexGuard, OutboxMutex,
    atomic::{
        AtomicBool, AtomicU8,
        Ordering::{AcqRel, Relaxed},
    },
};

/// What a connection has still to write, as far as visits depend on it.
pub(crate) trait Queue {
    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool;
    /// Whether the last write found no room. The stream wakes the connection when there is some.
    fn is_stalled(&self) -> bool;
    /// Whether others have published to it since it was last empty, and may yet do so before it is
    /// written.
    fn is_published_to(&self) -> bool;
    /// Whether the connection has something to see to besides writing: its end, say.
    fn calls_for_attention(&self) -> bool;
    /// From now on it calls for attention.
    fn call_for_attention(&mut self);
    /// The connection sees to everything now.
    fn attended(&mut self);
}

/// Who sees to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Attendance {
    /// The pump does not visit it, unless it wakes. There is no work, or it waits until it wakes.
    Idle,
    /// It is on a list of its worker.
    Listed,
    /// A thread sends several messages, and lists it when it is done.
    Corked,
    /// The pump polls it, and may write what is sent meanwhile later in the round.
    Polled,
    /// The pump polls it, and then writes what was sent meanwhile.
    PolledLast,
}

/// When the queue of a connection is written that has been polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// When every other connection has been polled, if others may yet publish to it.
    Later,
    /// At once: every other connection has been polled.
    Now,
}

/// What there is to do for a connection that is visited.
#[derive(Debug)]
pub(crate) enum Todo<W> {
    /// To poll it, which writes as well.
    Poll,
    /// Only to write.
    Write(W),
    Nothing,
}

/// What a visit to a connection leaves to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Nothing until it wakes or is listed.
    Done,
    /// Its queue is to be written when every connection has been polled. The pump lists it.
    WriteLater,
    /// Another poll, when every other connection had one.
    PollAgain,
    /// It is over.
    Over,
}

/// The [`Attendance`] of a connection. Changed only under the lock of its queue, and yet not behind
/// it: there it would take eight bytes, because of the padding.
#[derive(Debug)]
struct State(AtomicU8);

impl State {
    fn new() -> Self {
        Self(AtomicU8::new(Attendance::Idle as u8))
    }

    fn is(&self, attendance: Attendance) -> bool {
        self.0.load(Relaxed) == attendance as u8
    }

    fn set(&self, attendance: Attendance) {
        self.0.store(attendance as u8, Relaxed);
    }

    /// Returns whether it was `from`, and is `to` now.
    fn change(&self, from: Attendance, to: Attendance) -> bool {
        let changes = self.is(from);
        if changes {
            self.set(to);
        }
        changes
    }

    /// Something has changed. `true` if the caller must list the connection.
    fn schedule(&self, has_work: impl FnOnce() -> bool) -> bool {
        let lists = self.is(Attendance::Idle) && has_work();
        if lists {
            self.set(Attendance::Listed);
        }
        lists
    }

    /// `true` if the caller must list the connection when it has sent what it has to send.
    fn cork(&self) -> bool {
        self.change(Attendance::Idle, Attendance::Corked)
    }

    /// The pump visits the connection, and polls it.
    fn poll(&self, write: Write) {
        self.set(match write {
            Write::Later => Attendance::Polled,
            Write::Now => Attendance::PolledLast,
        });
    }

    /// The pump visits the connection, and does no more than write.
    fn pass(&self) {
        self.set(Attendance::Idle);
    }

    /// The poll is done. `true` if the queue is written later, for which the pump lists it.
    fn put_off(&self, is_published_to: bool) -> bool {
        is_published_to && self.change(Attendance::Polled, Attendance::Listed)
    }

    /// The poll is done, and the queue has been written.
    fn release(&self) {
        self.set(Attendance::Idle);
    }
}

/// What is known of a connection without its lock.
#[derive(Debug)]
struct Signals {
    /// It is to be polled, and its waker has listed it.
    woken: Flag,
    /// Its queue calls for attention. Changed only under the lock of the queue, and looked at without
    /// it, so that no connection has to lock its queue between two messages.
    attention: Flag,
    /// No messages of the peer are to be handled.
    paused: Flag,
}

#[derive(Debug)]
struct Flag(AtomicBool);

impl Flag {
    fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Returns whether it was not set before.
    fn set(&self) -> bool {
        !self.0.swap(true, AcqRel)
    }

    /// Returns whether it was set before.
    fn clear(&self) -> bool {
        // A plain look first, because most often it is not set. What is set after that look has its
        // own visit.
        self.is_set() && self.0.swap(false, AcqRel)
    }
}

/// When one connection is visited. It gives access to the queue of the connection.
#[derive(Debug)]
pub(crate) struct Schedule {
    state: State,
    signals: Signals,
}

impl Schedule {
    pub(crate) fn new() -> Self {
        Self {
            state: State::new(),
            signals: Signals {
                woken: Flag::new(),
                attention: Flag::new(),
                paused: Flag::new(),
            },
        }
    }

    /// Asks for a poll. `true` if the caller must list the connection.
    ///
    /// The poll sees what the caller did before.
    #[must_use = "the connection must be listed"]
    pub(crate) fn wake(&self) -> bool {
        self.signals.woken.set()
    }

    /// What there is to do for a connection that was listed. If that is a poll, what is sent is
    /// written by the poll, until [`Guard::release`] or [`Guard::put_off`].
    pub(crate) fn visit<'a, Q: Queue>(
        &'a self,
        queue: &'a OutboxMutex<Q>,
        write: Write,
    ) -> Todo<Guard<'a, Q>> {
        let queue = self.lock(queue);
        if self.signals.woken.clear() || queue.calls_for_attention() {
            self.state.poll(write);
            return Todo::Poll;
        }
        self.state.pass();
        match queue.is_empty() {
            false => Todo::Write(queue),
            true => Todo::Nothing,
        }
    }

    /// Whether the connection has something to see to besides messages of its peer.
    pub(crate) fn calls_for_attention(&self) -> bool {
        self.signals.attention.is_set()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.signals.paused.is_set()
    }

    pub(crate) fn pause(&self) {
        self.signals.paused.set();
    }

    /// The queue must be the one of this connection.
    pub(crate) fn lock<'a, Q: Queue>(&'a self, queue: &'a OutboxMutex<Q>) -> Guard<'a, Q> {
        // A panic cannot leave a queue half changed: no code of the user runs under its lock.
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        Guard {
            queue,
            schedule: self,
        }
    }
}

/// Access to the queue of a connection.
#[derive(Debug)]
pub(crate) struct Guard<'a, Q: Queue> {
    queue: MutexGuard<'a, Q>,
    schedule: &'a Schedule,
}

impl<Q: Queue> Guard<'_, Q> {
    /// To be called after each change of the queue that the caller does not write itself. `true` if
    /// the caller must list the connection.
    #[must_use = "the connection must be listed"]
    pub(crate) fn schedule(&mut self) -> bool {
        let queue = &*self.queue;
        self.schedule
            .state
            .schedule(|| queue.calls_for_attention() || (!queue.is_stalled() && !queue.is_empty()))
    }

    /// Keeps the pump from being asked to write. `true` if the caller must list the connection when
    /// it is done.
    #[must_use = "the connection must be listed afterwards"]
    pub(crate) fn cork(&mut self) -> bool {
        self.schedule.state.cork()
    }

    /// At the end of a poll: leaves the write to a later visit of the same round, if one is enough
    /// for what others may yet publish. Returns whether it does; the queue is to be written now if
    /// not.
    pub(crate) fn put_off(&mut self) -> bool {
        let is_published_to = self.queue.is_published_to();
        self.schedule.state.put_off(is_published_to)
    }

    /// At the end of a poll, when the queue has been written.
    pub(crate) fn release(&mut self) {
        self.schedule.state.release();
    }

    /// The connection sees to everything that the queue has called for.
    pub(crate) fn attended(&mut self) {
        self.queue.attended();
        self.schedule.signals.attention.clear();
    }

    /// Messages of the peer are to be handled again, of which some may wait. [`Self::schedule`] has
    /// the connection look at them.
    pub(crate) fn resume(&mut self) {
        self.schedule.signals.paused.clear();
        self.queue.call_for_attention();
    }
}

impl<Q: Queue> Deref for Guard<'_, Q> {
    type Target = Q;

    fn deref(&self) -> &Q {
        &self.queue
    }
}

impl<Q: Queue> DerefMut for Guard<'_, Q> {
    fn deref_mut(&mut self) -> &mut Q {
        &mut self.queue
    }
}

impl<Q: Queue> Drop for Guard<'_, Q> {
    fn drop(&mut self) {
        let attention = &self.schedule.signals.attention;
        if self.queue.calls_for_attention() && !attention.is_set() {
            attention.set();
        }
    }
}

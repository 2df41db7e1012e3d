//! Decides when the pump of a worker visits a connection, and what the visit does.
//!
//! A connection has no task. A caller *lists* it with its worker when the connection has work, and
//! the pump *visits* the listed connections. A connection that has work and is not listed waits for
//! ever. A connection that is listed for each message costs a visit for each. So only this file
//! decides when a connection is listed, and which caller lists it.
//!
//! There are two machines, because there are two kinds of callers:
//!
//! - A sender holds the lock of the queue anyway. Its machine, [`Attendance`], is under that lock,
//!   so that a message costs no further atomic operation.
//! - A waker must take no lock: a stream may wake its connection during a write, which runs under
//!   the lock. Its machine is one of the [`Signals`].
//!
//! Each machine lists a connection at most once. If both list it, the second visit finds no work.
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
//! The pump visits and polls a woken connection in any state, also in `Idle`. `Polled` becomes
//! `PolledLast` when every other connection of the round has been polled. The round has no later
//! visit then, so no write is put off.
//!
//! A lost or doubled visit shows only if two threads meet, so tests of the whole engine rarely find
//! one. This file therefore takes its lock and its atomics from `super::sync`, where a test puts
//! those of a model checker. It uses nothing else of the crate but [`Queue`].

use std::{
    ops::{Deref, DerefMut},
    sync::PoisonError,
};

use super::{
    queue::Queue,
    sync::{
        MutexGuard, OutboxMutex,
        atomic::{
            AtomicBool, AtomicU8,
            Ordering::{AcqRel, Relaxed},
        },
    },
};

/// How a connection gets its next visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Attendance {
    /// The pump does not visit it, unless it wakes. It has no work, or its work waits for a wake.
    Idle,
    /// It is on a list of its worker.
    Listed,
    /// A thread sends several messages, and lists the connection afterwards.
    Corked,
    /// The pump polls it. Messages sent meanwhile may be written later in the round.
    Polled,
    /// The pump polls it. Messages sent meanwhile are written at the end of this poll.
    PolledLast,
}

/// When the queue of a polled connection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// After the polls of all other connections, if publishers may queue more until then.
    Later,
    /// At the end of the poll: every other connection has been polled.
    Now,
}

/// What a visit has to do.
#[derive(Debug)]
pub(crate) enum Todo<W> {
    /// Poll the connection; the poll writes as well.
    Poll,
    /// Only write its queue.
    Write(W),
    Nothing,
}

/// What remains to be done after a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Nothing, until the connection wakes or is listed.
    Done,
    /// Write its queue when every connection has been polled. The pump lists it.
    WriteLater,
    /// Poll it again when every other connection has been polled.
    PollAgain,
    /// Drop it: the connection is over.
    Over,
}

/// The [`Attendance`] of a connection. It changes only under the lock of the queue, but is stored
/// outside the mutex: inside, padding would make it eight bytes.
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

    /// Changes the state from `from` to `to`. Returns `false` if the state was not `from`.
    fn change(&self, from: Attendance, to: Attendance) -> bool {
        let changes = self.is(from);
        if changes {
            self.set(to);
        }
        changes
    }

    /// Called after a change of the queue. `true` if the caller must list the connection.
    fn schedule(&self, has_work: impl FnOnce() -> bool) -> bool {
        let lists = self.is(Attendance::Idle) && has_work();
        if lists {
            self.set(Attendance::Listed);
        }
        lists
    }

    /// `true` if the caller must list the connection after its last message.
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

    /// The pump visits the connection, and at most writes.
    fn pass(&self) {
        self.set(Attendance::Idle);
    }

    /// Called after a poll. `true` if the queue is written later; the pump then lists the
    /// connection.
    fn put_off(&self, is_published_to: bool) -> bool {
        is_published_to && self.change(Attendance::Polled, Attendance::Listed)
    }

    /// Called after a poll and the write of the queue.
    fn release(&self) {
        self.set(Attendance::Idle);
    }
}

/// State of a connection that is read without its lock.
#[derive(Debug)]
struct Signals {
    /// The connection is to be polled, and its waker has listed it.
    woken: Flag,
    /// The queue calls for attention. The flag changes only under the lock of the queue. It is read
    /// without the lock, so that a connection does not lock its queue between two messages.
    attention: Flag,
    /// Messages of the peer are not handled for now.
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

    /// Sets the flag. Returns `false` if it was set already.
    fn set(&self) -> bool {
        !self.0.swap(true, AcqRel)
    }

    /// Clears the flag. Returns whether it was set.
    fn clear(&self) -> bool {
        // A plain load comes first, because the flag is seldom set. If it is set after the load,
        // the connection gets a visit for that.
        self.is_set() && self.0.swap(false, AcqRel)
    }
}

/// Schedules the visits of one connection, and gives access to its queue.
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
    /// The poll sees everything that the caller did before.
    #[must_use = "the connection must be listed"]
    pub(crate) fn wake(&self) -> bool {
        self.signals.woken.set()
    }

    /// What the visit of a listed connection has to do. After [`Todo::Poll`], the poll writes every
    /// message that is sent until [`Guard::release`] or [`Guard::put_off`].
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

    /// Whether the connection has work besides messages of its peer.
    pub(crate) fn calls_for_attention(&self) -> bool {
        self.signals.attention.is_set()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.signals.paused.is_set()
    }

    pub(crate) fn pause(&self) {
        self.signals.paused.set();
    }

    /// Locks the queue, which must belong to this connection.
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
    /// To be called after each change of the queue, unless the caller writes the queue itself.
    /// `true` if the caller must list the connection.
    #[must_use = "the connection must be listed"]
    pub(crate) fn schedule(&mut self) -> bool {
        let queue = &*self.queue;
        self.schedule
            .state
            .schedule(|| queue.calls_for_attention() || (!queue.is_stalled() && !queue.is_empty()))
    }

    /// Keeps senders from listing the connection. `true` if the caller must list it when it has
    /// sent its messages.
    #[must_use = "the connection must be listed afterwards"]
    pub(crate) fn cork(&mut self) -> bool {
        self.schedule.state.cork()
    }

    /// Called at the end of a poll. Returns `true` if the write waits for a later visit of the same
    /// round, so that it also covers messages that are published until then. If `false`, the caller
    /// writes now.
    pub(crate) fn put_off(&mut self) -> bool {
        let is_published_to = self.queue.is_published_to();
        self.schedule.state.put_off(is_published_to)
    }

    /// Called at the end of a poll, after the write of the queue.
    pub(crate) fn release(&mut self) {
        self.schedule.state.release();
    }

    /// Called when the connection does all the work that the queue has called for.
    pub(crate) fn attended(&mut self) {
        self.queue.attended();
        self.schedule.signals.attention.clear();
    }

    /// Has messages of the peer handled again. Some may wait already, so the queue calls for
    /// attention, and [`Self::schedule`] tells whether the connection must be listed for that.
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

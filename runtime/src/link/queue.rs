//! The queue between the threads that publish and the thread of the broker.
//!
//! If an item or a mark were lost, or the thread of the broker slept although there is one, other
//! nodes would miss messages. So this file takes its lock from `super::sync`, where a test puts that
//! of a model checker. It uses nothing else of the crate.

use std::{
    collections::VecDeque,
    mem,
    sync::PoisonError,
    task::{Poll, Waker},
};

use super::sync::{LinkMutex, MutexGuard};

/// Items in the order in which they were accepted, and a set of marks.
#[derive(Debug)]
pub(super) struct Queue<T, M>(LinkMutex<Waiting<T, M>>);

/// A set of marks.
pub(super) trait Set: Default {
    fn is_empty(&self) -> bool;
}

#[derive(Debug)]
struct Waiting<T, M> {
    /// Items with their cost. They have consecutive sequence numbers.
    items: VecDeque<(usize, T)>,
    levels: Levels,
    marks: M,
    is_closed: bool,
    /// The waker of the task that waits for items.
    taker: Option<Waker>,
    /// The waker of the task that waits for marks.
    marked: Option<Waker>,
}

/// The numbers of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// The sequence number of the last item that was accepted. The first item has 1, so this is
    /// also their number.
    pub(crate) last_sequence: u64,
    /// The items that were not accepted, or not taken until the end.
    pub(crate) refused: u64,
    /// The items that are accepted and not taken yet.
    pub(crate) waiting: usize,
    /// The cost of the items that are accepted and not released yet, wherever they are.
    pub(crate) held: usize,
}

impl<T, M: Set> Queue<T, M> {
    pub(super) fn new() -> Self {
        Self(LinkMutex::new(Waiting {
            items: VecDeque::new(),
            levels: Levels::default(),
            marks: M::default(),
            is_closed: false,
            taker: None,
            marked: None,
        }))
    }

    /// Accepts an item that counts as `cost` bytes until it is released. Refuses it if more than
    /// `limit` bytes would then be held, or if the queue is closed. A queue that holds nothing
    /// accepts an item of any size.
    pub(super) fn offer(&self, item: T, cost: usize, limit: usize) -> bool {
        let mut waiting = self.lock();
        let accepted = waiting.accept(item, cost, limit);
        let taker = waiting.taker.take_if(|_| accepted.is_ok());
        wake(waiting, taker);
        accepted.is_ok()
    }

    /// Accepts an item as [`Self::offer`] does, and lets a sleeping task sleep while few items wait.
    /// More are to follow at once, and the caller must call [`Self::wake_taker`] behind the last one.
    pub(super) fn offer_quietly(&self, item: T, cost: usize, limit: usize) -> bool {
        let mut waiting = self.lock();
        let accepted = waiting.accept(item, cost, limit);
        let is_pressing = waiting.items.len() >= MOST_QUIET || waiting.levels.held > limit / 2;
        let taker = waiting.taker.take_if(|_| is_pressing);
        wake(waiting, taker);
        accepted.is_ok()
    }

    /// Wakes the task that waits for items, if there are some.
    pub(super) fn wake_taker(&self) {
        let mut waiting = self.lock();
        let has_some = !waiting.items.is_empty();
        let taker = waiting.taker.take_if(|_| has_some);
        wake(waiting, taker);
    }

    /// Adds a mark. `insert` returns `false` if the mark is in the set already.
    pub(super) fn mark(&self, insert: impl FnOnce(&mut M) -> bool) {
        let mut waiting = self.lock();
        if insert(&mut waiting.marks) {
            let marked = waiting.marked.take();
            wake(waiting, marked);
        }
    }

    /// Gives items to `put`, oldest first, each with its sequence number. `wants` is asked before
    /// each: with its sequence number, and the cost of all that are taken, this one included.
    pub(super) fn take(&self, wants: impl Fn(u64, usize) -> bool, mut put: impl FnMut(u64, T)) {
        let mut waiting = self.lock();
        waiting.taker = None;
        let mut sequence = waiting.levels.last_sequence - waiting.items.len() as u64;
        let mut taken = 0;
        while let Some((cost, item)) = waiting.items.pop_front() {
            sequence += 1;
            taken = cost.saturating_add(taken);
            if !wants(sequence, taken) {
                waiting.items.push_front((cost, item));
                break;
            }
            put(sequence, item);
        }
        if waiting.items.is_empty() {
            waiting.items.shrink_to(MOST_SPARE);
        }
    }

    /// Takes all marks.
    pub(super) fn take_marks(&self) -> M {
        let mut waiting = self.lock();
        waiting.marked = None;
        mem::take(&mut waiting.marks)
    }

    /// Ready if there is an item. Otherwise the next one calls `waker`.
    pub(super) fn poll_items(&self, waker: &Waker) -> Poll<()> {
        let mut waiting = self.lock();
        let sleeps = waiting.items.is_empty();
        sleep(&mut waiting.taker, waker, sleeps)
    }

    /// Ready if there is a mark. Otherwise the next one calls `waker`.
    pub(super) fn poll_marks(&self, waker: &Waker) -> Poll<()> {
        let mut waiting = self.lock();
        let sleeps = waiting.marks.is_empty();
        sleep(&mut waiting.marked, waker, sleeps)
    }

    /// Subtracts the cost of items that hold no memory any more.
    pub(super) fn release(&self, cost: usize) {
        let mut waiting = self.lock();
        waiting.levels.held = waiting.levels.held.saturating_sub(cost);
    }

    /// Accepts no more items.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Closes the queue, and refuses the items that still wait.
    pub(super) fn end(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        let items = mem::take(&mut waiting.items);
        let cost = items
            .iter()
            .fold(0, |sum: usize, (cost, _)| sum.saturating_add(*cost));
        waiting.levels.held = waiting.levels.held.saturating_sub(cost);
        waiting.levels.refused += items.len() as u64;
        drop(waiting);
        drop(items);
    }

    pub(super) fn levels(&self) -> Levels {
        let waiting = self.lock();
        Levels {
            waiting: waiting.items.len(),
            ..waiting.levels
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T, M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, M> Waiting<T, M> {
    /// Queues an item if there is room. A refused one is counted and returned. The caller drops it
    /// when the queue is unlocked, because its bytes may be the application's, which then runs code.
    fn accept(&mut self, item: T, cost: usize, limit: usize) -> Result<(), T> {
        let Levels { held, .. } = self.levels;
        let sum = held.saturating_add(cost);
        if self.is_closed || (held > 0 && sum > limit) {
            self.levels.refused += 1;
            return Err(item);
        }
        self.levels.held = sum;
        self.levels.last_sequence += 1;
        self.items.push_back((cost, item));
        Ok(())
    }
}

/// So many items wake the task even if more are to follow: it then works while those are made.
const MOST_QUIET: usize = 64;

/// The items whose places an empty queue keeps. After a larger backlog the memory is given back.
const MOST_SPARE: usize = 1024;

/// Unlocks the queue and then wakes a task, if it sleeps. A task of another thread would otherwise
/// run into the lock.
fn wake<G>(waiting: G, sleeper: Option<Waker>) {
    drop(waiting);
    if let Some(sleeper) = sleeper {
        sleeper.wake();
    }
}

fn sleep(sleeper: &mut Option<Waker>, waker: &Waker, sleeps: bool) -> Poll<()> {
    match sleeper {
        _ if !sleeps => return Poll::Ready(()),
        Some(sleeper) => sleeper.clone_from(waker),
        None => *sleeper = Some(waker.clone()),
    }
    Poll::Pending
}

//! The locks of the runtime, and the order in which a thread may hold them.
//!
//! If two threads take two locks in opposite orders, they may wait for each other for ever. A test
//! would notice this only when they happen to meet. So each lock has a [`Rank`], and a thread that
//! holds a lock may only take one of a higher rank. A debug build checks this on each lock and
//! panics, so every test checks it. A release build uses the locks of `std` without a check.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{self, LockResult, PoisonError},
};

/// The position of a lock in the order.
pub(crate) type Rank = u8;

/// A list of spaces: all spaces of the process, or those in which a server has connections.
pub(crate) const SPACES: Rank = 0;
/// The workers of a space.
pub(crate) const WORKERS: Rank = 1;
/// The sockets and topics of a worker.
pub(crate) const SHARD: Rank = 2;
/// A part of a directory. It must not be held together with an outbox.
pub(crate) const STRIPE: Rank = 3;
/// The bytes that a connection has to write. It must not be held together with a stripe.
pub(crate) const OUTBOX: Rank = 4;
/// The messages and commands that other threads send to a worker.
pub(crate) const INBOX: Rank = 5;
/// The receivers of a space in server code.
pub(crate) const RECEIVERS: Rank = 6;
/// The list of the counters of a space.
pub(crate) const LEDGER: Rank = 7;
/// The queue of a space to other nodes of a cluster.
pub(crate) const LINK: Rank = 8;
/// The nodes that a node knows.
pub(crate) const CLUSTER: Rank = 9;
/// A broker in memory.
pub(crate) const BUS: Rank = 10;

/// A mutex with a rank.
#[derive(Default)]
pub(crate) struct Mutex<T, const RANK: Rank>(sync::Mutex<T>);

/// A lock for many readers or one writer, with a rank. A thread must not hold two read guards of
/// it.
#[derive(Default)]
pub(crate) struct RwLock<T, const RANK: Rank>(sync::RwLock<T>);

/// A guard of a ranked lock. It also records that this thread holds the lock.
#[derive(Debug)]
pub(crate) struct Guard<G> {
    // Declared first, so that the lock is released before the record is removed.
    guard: G,
    _held: Held,
}

pub(crate) type MutexGuard<'a, T> = Guard<sync::MutexGuard<'a, T>>;
pub(crate) type ReadGuard<'a, T> = Guard<sync::RwLockReadGuard<'a, T>>;
pub(crate) type WriteGuard<'a, T> = Guard<sync::RwLockWriteGuard<'a, T>>;

impl<T, const RANK: Rank> Mutex<T, RANK> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Like [`sync::Mutex::lock`].
    #[inline]
    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        Guard::take(RANK, || self.0.lock())
    }
}

impl<T, const RANK: Rank> RwLock<T, RANK> {
    /// Like [`sync::RwLock::read`].
    #[inline]
    pub(crate) fn read(&self) -> LockResult<ReadGuard<'_, T>> {
        Guard::take(RANK, || self.0.read())
    }

    /// Like [`sync::RwLock::write`].
    #[inline]
    pub(crate) fn write(&self) -> LockResult<WriteGuard<'_, T>> {
        Guard::take(RANK, || self.0.write())
    }
}

impl<T: fmt::Debug, const RANK: Rank> fmt::Debug for Mutex<T, RANK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Debug, const RANK: Rank> fmt::Debug for RwLock<T, RANK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<G> Guard<G> {
    #[inline]
    fn take(rank: Rank, lock: impl FnOnce() -> LockResult<G>) -> LockResult<Self> {
        // Check before waiting: if the order is wrong, the wait may never end.
        let held = Held::note(rank);
        match lock() {
            Ok(guard) => Ok(Self { guard, _held: held }),
            Err(poisoned) => Err(PoisonError::new(Self {
                guard: poisoned.into_inner(),
                _held: held,
            })),
        }
    }
}

impl<G: Deref> Deref for Guard<G> {
    type Target = G::Target;

    #[inline]
    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Guard<G> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

#[cfg(not(debug_assertions))]
use unchecked::Held;

#[cfg(not(debug_assertions))]
mod unchecked {
    #[derive(Debug)]
    pub(super) struct Held;

    impl Held {
        #[inline]
        pub(super) fn note(_: super::Rank) -> Self {
            Self
        }
    }
}

#[cfg(debug_assertions)]
use checked::Held;
#[cfg(all(test, debug_assertions))]
pub(crate) use checked::taken;

#[cfg(debug_assertions)]
mod checked {
    use std::cell::Cell;

    use super::{OUTBOX, Rank, STRIPE};

    const NAMES: [&str; 11] = [
        "a list of spaces",
        "a list of workers",
        "a shard",
        "a stripe of a directory",
        "an outbox",
        "an inbox",
        "a list of receivers",
        "a ledger",
        "a link",
        "the nodes of a cluster",
        "a broker in memory",
    ];

    thread_local! {
        /// One bit per rank, set while this thread holds a lock of that rank.
        static RANKS: Cell<u16> = const { Cell::new(0) };
        /// One bit per rank, set if this thread has taken a lock of that rank since a test cleared it.
        #[cfg(test)]
        static TAKEN: Cell<u16> = const { Cell::new(0) };
    }

    /// The names of the locks that `work` takes on this thread, in the order of their ranks.
    #[cfg(test)]
    pub(crate) fn taken(work: impl FnOnce()) -> Vec<&'static str> {
        TAKEN.set(0);
        work();
        let taken = TAKEN.get();
        let ranked = NAMES.into_iter().enumerate();
        ranked
            .filter(|(rank, _)| taken >> rank & 1 == 1)
            .map(|(_, name)| name)
            .collect()
    }

    /// Records that this thread holds a lock of this rank.
    #[derive(Debug)]
    pub(super) struct Held(Rank);

    impl Held {
        /// Panics if this thread may not take a lock of this rank after the locks that it holds.
        pub(super) fn note(rank: Rank) -> Self {
            let held = RANKS.get();
            let lowest_barred = match rank {
                OUTBOX => STRIPE,
                _ => rank,
            };
            if held >> lowest_barred != 0 {
                let highest = held.ilog2();
                panic!(
                    "the order of locks is broken: {} is locked under {}",
                    NAMES[usize::from(rank)],
                    NAMES[highest as usize],
                );
            }
            RANKS.set(held | 1 << rank);
            #[cfg(test)]
            TAKEN.set(TAKEN.get() | 1 << rank);
            Self(rank)
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            RANKS.set(RANKS.get() & !(1 << self.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn locked<const RANK: Rank>(lock: &Mutex<u8, RANK>) -> MutexGuard<'_, u8> {
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn locks_may_be_held_in_the_order_of_their_ranks() {
        let spaces = Mutex::<_, SPACES>::default();
        let workers = RwLock::<u8, WORKERS>::default();
        let shard = Mutex::<_, SHARD>::default();
        let stripe = RwLock::<u8, STRIPE>::default();
        let outbox = Mutex::<_, OUTBOX>::default();
        let inbox = Mutex::<_, INBOX>::default();
        for _ in 0..2 {
            let first = locked(&spaces);
            let second = workers.read().unwrap();
            let third = locked(&shard);
            let fourth = stripe.write().unwrap();
            let last = locked(&inbox);
            // Locks may be released in any order. Two outboxes may be locked one after the other.
            drop(fourth);
            drop(last);
            *locked(&outbox) += 1;
            *locked(&outbox) += 1;
            drop((first, second));
            drop(third);
        }
        assert_eq!(*locked(&outbox), 4);
    }

    #[test]
    fn each_thread_has_an_order_of_its_own() {
        let inbox = Mutex::<_, INBOX>::default();
        let shard = Mutex::<_, SHARD>::default();
        let held = locked(&inbox);
        thread::scope(|scope| {
            scope.spawn(|| *locked(&shard) = 1);
        });
        drop(held);
        assert_eq!(*locked(&shard), 1);
    }

    #[test]
    fn a_lock_that_was_poisoned_still_guards_its_value() {
        let shard = Mutex::<u8, SHARD>::default();
        let poison = || {
            let mut value = locked(&shard);
            *value = 1;
            panic!("on purpose");
        };
        thread::scope(|scope| scope.spawn(poison).join().unwrap_err());
        let poisoned = shard.lock().unwrap_err();
        assert_eq!(*poisoned.into_inner(), 1);
        // The failed `lock` left no record that this thread holds the lock.
        assert_eq!(*locked(&shard), 1);
    }

    #[cfg(debug_assertions)]
    mod order {
        use super::*;

        #[test]
        #[should_panic = "a shard is locked under an inbox"]
        fn a_lower_rank_is_refused() {
            let inbox = Mutex::<_, INBOX>::default();
            let _held = locked(&inbox);
            let _ = locked(&Mutex::<u8, SHARD>::default());
        }

        #[test]
        #[should_panic = "an outbox is locked under an outbox"]
        fn the_same_rank_is_refused() {
            let outbox = Mutex::<_, OUTBOX>::default();
            let _held = locked(&outbox);
            let _ = locked(&Mutex::<u8, OUTBOX>::default());
        }

        #[test]
        #[should_panic = "an outbox is locked under a stripe of a directory"]
        fn an_outbox_is_refused_under_a_stripe() {
            let stripe = RwLock::<u8, STRIPE>::default();
            let _held = stripe.read().unwrap();
            let _ = locked(&Mutex::<u8, OUTBOX>::default());
        }

        #[test]
        #[should_panic = "a stripe of a directory is locked under an outbox"]
        fn a_stripe_is_refused_under_an_outbox() {
            let outbox = Mutex::<_, OUTBOX>::default();
            let _held = locked(&outbox);
            let _ = RwLock::<u8, STRIPE>::default().write();
        }

        #[test]
        #[should_panic = "a list of workers is locked under a list of workers"]
        fn reading_twice_is_refused() {
            let workers = RwLock::<u8, WORKERS>::default();
            let _held = workers.read().unwrap();
            let _ = workers.read();
        }
    }

    #[cfg(not(debug_assertions))]
    #[test]
    fn a_release_build_has_the_locks_of_std() {
        use std::mem::size_of;

        assert_eq!(size_of::<Mutex<u8, SHARD>>(), size_of::<sync::Mutex<u8>>());
        assert_eq!(
            size_of::<MutexGuard<'_, u8>>(),
            size_of::<sync::MutexGuard<'_, u8>>()
        );
    }
}

//! One process: every connection of a server, spread over actix's workers.
//!
//! Each worker has a shard of its own: the sockets that it serves and the topics that these
//! subscribe to. A publish is encoded once; the publisher's own worker delivers it on the spot,
//! and each other worker that has subscribers is handed it once. Delivering means giving bytes to
//! outboxes and listing their sockets as dirty, and is put off as long as nobody can tell, so that
//! publishes to the same topic are delivered together. The worker's pump, which runs its
//! connections, writes what is dirty after everybody who had something to read, so that many
//! messages to one socket end up in one write.

mod directory;
mod inbox;
mod pending;
mod publish;
mod pump;
mod ready;
mod shutdown;
mod worker;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, atomic::AtomicUsize,
};

use self::{directory::Directory, shutdown::Shutdown};
pub(crate) use self::{
    pending::Run,
    publish::{Except, Publish},
    pump::{Driven, LocalWorker, Registration},
    ready::Ready,
    shutdown::{FAREWELL, deadline},
    worker::{
        Closing, Worker,
        schedule::{self, Visit},
    },
};
use crate::topics::{Key, Name};

/// What [`inbox`] is made of. A test replaces it with a model checker's.
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard, atomic};
}

/// How many bytes of publishes may wait for each worker, where nothing else is set.
const PUBLISH_LIMIT: usize = 4 << 20;

/// One pub/sub space.
#[derive(Debug)]
pub(crate) struct Hub {
    directory: Directory,
    workers: RwLock<Vec<Arc<Worker>>>,
    shutdown: Shutdown,
    /// How many bytes of publishes may wait for each worker.
    publish_limit: AtomicUsize,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            directory: Directory::default(),
            workers: RwLock::default(),
            shutdown: Shutdown::default(),
            publish_limit: AtomicUsize::new(PUBLISH_LIMIT),
        }
    }
}

impl Hub {
    pub(crate) fn subscriber_count(&self, topic: &str) -> usize {
        self.directory.count(Name::new(topic))
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        self.directory.topics()
    }

    pub(crate) fn workers(&self) -> RwLockReadGuard<'_, Vec<Arc<Worker>>> {
        self.workers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many connections there are, those being closed included.
    pub(crate) fn connections(&self) -> usize {
        let workers = self.workers();
        workers.iter().map(|worker| worker.connections()).sum()
    }

    fn add_worker(&self, worker: Arc<Worker>) {
        self.workers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
    }

    fn remove_worker(&self, worker: &Arc<Worker>) {
        let mut workers = self.workers.write().unwrap_or_else(PoisonError::into_inner);
        workers.retain(|other| !Arc::ptr_eq(other, worker));
        drop(workers);
        self.note_departures();
    }
}

/// No code of the user runs under a lock of the hub, so a panic cannot leave one half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

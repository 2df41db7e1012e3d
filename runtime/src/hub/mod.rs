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
mod pump;
mod shutdown;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use self::{directory::Directory, shutdown::Shutdown};
pub(crate) use self::{
    inbox::Bell,
    pending::Run,
    pump::{Driven, LocalWorker, Registration, Visit},
    shutdown::{FAREWELL, deadline},
    worker::{Closing, Worker},
};
use crate::{
    core::{Core, SocketId, log_unencodable},
    message::IntoMessage,
    outbox::{Frame, SharedFrame},
    policy::{Policy, Terms},
    topics::{Key, Name, SharedName},
};

/// What [`inbox`] is made of. A test replaces it with a model checker's.
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard, atomic};
}

/// One pub/sub space.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    directory: Directory,
    workers: RwLock<Vec<Arc<Worker>>>,
    shutdown: Shutdown,
}

/// The socket that a publish leaves out: most often its own sender.
#[derive(Clone, Debug)]
pub(crate) struct Except {
    worker: Arc<Worker>,
    key: Key,
    id: SocketId,
}

impl Except {
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            worker: core.worker.clone(),
            key: core.key(),
            id: core.id,
        }
    }
}

/// A message on its way to another worker.
#[derive(Clone, Debug)]
pub(crate) struct Publish {
    topic: SharedName,
    frame: SharedFrame,
    terms: Terms,
    except: Option<Except>,
}

impl Hub {
    /// Publishes a message, and returns how many subscribers were addressed.
    pub(crate) fn publish(
        &self,
        topic: &str,
        message: impl IntoMessage,
        policy: Policy<'_>,
        except: Option<Except>,
    ) -> usize {
        let name = Name::new(topic);
        // Only a topic that has subscribers is copied into a name: it may be of any length.
        if matches!(policy, Policy::Latest(_)) && self.directory.count(name) == 0 {
            return 0;
        }
        let terms = Terms::new(policy, topic);
        let published = message.lend(|outgoing| {
            let terms = terms.compressed(outgoing.compress);
            Frame::of(&outgoing, |f| self.publish_frame(name, f, &terms, except))
        });
        published.unwrap_or_else(|error| {
            log_unencodable(&error);
            0
        })
    }

    /// Leaves out the socket of this id, wherever it is; nobody if there is none.
    pub(crate) fn except(&self, id: SocketId) -> Option<Except> {
        self.workers().iter().find_map(|worker| {
            let key = worker.key_of(id)?;
            let worker = worker.clone();
            Some(Except { worker, key, id })
        })
    }

    fn publish_frame(
        &self,
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<Except>,
    ) -> usize {
        let here = LocalWorker::current(self);
        let mut addressed = 0;
        let mut is_here = false;
        let mut shared = None;
        self.directory.for_each(topic, |share| {
            addressed += share.subscribers;
            if here
                .as_ref()
                .is_some_and(|here| Arc::ptr_eq(here, &share.worker))
            {
                is_here = true;
                return;
            }
            let publish = shared.get_or_insert_with(|| Publish {
                topic: topic.into(),
                frame: SharedFrame::new(frame),
                terms: terms.clone(),
                except: except.clone(),
            });
            share.worker.inbox().hand_over(publish.clone());
        });
        // The excepted socket was counted with the others of its worker.
        let mut excepted = false;
        if let Some(here) = here.as_ref().filter(|_| is_here) {
            excepted = here.publish(topic, frame, terms, except.as_ref());
        }
        if let Some(Except { worker, key, id }) = &except
            && here.is_none_or(|here| !Arc::ptr_eq(&here, worker))
        {
            excepted = worker.is_subscribed(*key, *id, topic);
        }
        addressed - usize::from(excepted && addressed > 0)
    }

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

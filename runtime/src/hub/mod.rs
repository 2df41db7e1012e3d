//! One process: every connection of a server, spread over actix's workers.
//!
//! Each worker has a shard of its own: the sockets that it serves and the topics that these
//! subscribe to. A publish is encoded once; the publisher's own worker delivers it on the spot,
//! and each other worker that has subscribers is handed it once. Delivering means appending bytes
//! to outboxes and listing their sockets as dirty, and is put off as long as nobody can tell, so
//! that publishes to the same topic are delivered together. The worker's pump, which runs its connections,
//! writes what is dirty after everybody who had something to read, so that many messages to one
//! socket end up in one write.

mod directory;
mod pending;
mod pump;
mod shutdown;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;

use self::{directory::Directory, shutdown::Shutdown};
pub(crate) use self::{
    pending::Run,
    pump::{Driven, LocalWorker, Registration, Visit},
    shutdown::{FAREWELL, deadline},
    worker::{Closing, Worker},
};
use crate::{
    core::{Core, SocketId, log_unencodable},
    message::IntoMessage,
    outbox::Frame,
    protocol::Header,
    topics::Key,
};

/// One pub/sub space.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    directory: Directory,
    workers: RwLock<Vec<Arc<Worker>>>,
    shutdown: Shutdown,
}

/// The socket that a publish leaves out: its own sender.
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
    topic: Arc<str>,
    frame: SharedFrame,
    except: Option<Except>,
}

/// A frame that many outboxes, on many threads, are given.
#[derive(Clone, Debug)]
enum SharedFrame {
    Encoded(Bytes),
    Large(Header, Bytes),
}

impl SharedFrame {
    fn new(frame: Frame<'_>) -> Self {
        match frame {
            Frame::Encoded(bytes) => Self::Encoded(Bytes::copy_from_slice(bytes)),
            Frame::Large(header, payload) => Self::Large(header, payload.clone()),
            Frame::Small(header, payload) => {
                Self::Encoded([header.as_bytes(), payload].concat().into())
            }
        }
    }

    fn as_frame(&self) -> Frame<'_> {
        match self {
            Self::Encoded(bytes) => Frame::Encoded(bytes),
            Self::Large(header, payload) => Frame::Large(*header, payload),
        }
    }
}

impl Hub {
    /// Publishes a message, and returns how many subscribers were addressed.
    pub(crate) fn publish(
        &self,
        topic: &str,
        message: impl IntoMessage,
        except: Option<Except>,
    ) -> usize {
        let published =
            message.lend(|outgoing| Frame::of(&outgoing, |f| self.publish_frame(topic, f, except)));
        published.unwrap_or_else(|error| {
            log_unencodable(&error);
            0
        })
    }

    fn publish_frame(&self, topic: &str, frame: Frame<'_>, except: Option<Except>) -> usize {
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
                except: except.clone(),
            });
            share.worker.hand_over(publish.clone());
        });
        // The excepted socket was counted with the others of its worker.
        let mut excepted = false;
        if let Some(here) = here.as_ref().filter(|_| is_here) {
            excepted = here.publish(topic, frame, except.as_ref());
        }
        if let Some(Except { worker, key, id }) = &except
            && here.is_none_or(|here| !Arc::ptr_eq(&here, worker))
        {
            excepted = worker.is_subscribed(*key, *id, topic);
        }
        addressed - usize::from(excepted && addressed > 0)
    }

    pub(crate) fn subscriber_count(&self, topic: &str) -> usize {
        self.directory.count(topic)
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

//! The state of the broker: its connections and their subscriptions.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use slab::Slab;
use tokio::{sync::Notify, time::Instant};

use crate::{
    cluster::broker::{BrokerError, Kind, Post, Received, Refusal},
    lock::{BUS, Mutex, MutexGuard},
    worker::lock,
};

/// The bytes that wait for a connection at most. A connection that reads too slowly is ended, as
/// Redis and NATS do.
const MOST_WAITING: usize = 32 << 20;

#[derive(Default)]
pub(super) struct Bus {
    state: Mutex<State, BUS>,
    /// Told of each change of a fault.
    pub(super) changed: Notify,
}

#[derive(Default)]
pub(super) struct State {
    ends: Slab<End>,
    /// The connections that subscribe to a subject.
    subscribers: HashMap<Box<str>, Vec<usize>>,
    /// The number of connections so far.
    connected: u64,
    pub(super) faults: Faults,
}

/// What is wrong with the broker on purpose.
#[derive(Default)]
pub(super) struct Faults {
    /// Nothing is answered.
    pub(super) is_frozen: bool,
    /// No connection can be made.
    pub(super) refusal: Option<BrokerError>,
    /// Subjects with these beginnings cannot be published to or subscribed.
    pub(super) denied: Vec<Box<str>>,
    /// A payload that ends the connection of its sender.
    pub(super) breaking: Option<Box<str>>,
    /// The largest payload.
    pub(super) max_payload: Option<usize>,
    /// How long a message takes from one client to another.
    pub(super) delay: Duration,
    /// The ways to some clients, by their names.
    pub(super) ways: BTreeMap<Box<str>, Way>,
}

/// The way between a client and the broker.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    /// Nothing gets through, in either direction, and no side is told.
    pub(super) is_cut: bool,
    /// How long a message takes in each direction.
    pub(super) delay: Duration,
}

/// The broker's end of a connection.
struct End {
    /// Tells this connection from an earlier one at the same place.
    number: u64,
    client: Box<str>,
    subjects: HashSet<Box<str>>,
    /// What waits for the client, and when it arrives there.
    queue: VecDeque<(Instant, Received)>,
    waiting: usize,
    is_broken: bool,
    arrived: Arc<Notify>,
}

/// The client's end of a connection.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    key: usize,
    number: u64,
    pub(super) client: Box<str>,
    pub(super) arrived: Arc<Notify>,
}

/// What a client has to read next.
pub(super) enum Next {
    Received(Received),
    /// Nothing before something arrives or a fault changes.
    Wait,
    /// Something arrives at this time.
    Due(Instant),
    Ended,
}

impl Bus {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn connections(&self) -> usize {
        let state = self.lock();
        let ends = state.ends.iter();
        ends.filter(|(_, end)| !end.is_broken).count()
    }

    /// Waits until nothing holds up what this client sends.
    pub(super) async fn passable(&self, client: &str) {
        loop {
            let changed = self.changed.notified();
            if !self.lock().faults.holds_up(client) {
                return;
            }
            changed.await;
        }
    }
}

impl Faults {
    pub(super) fn way(&self, client: &str) -> Way {
        self.ways.get(client).copied().unwrap_or_default()
    }

    pub(super) fn holds_up(&self, client: &str) -> bool {
        self.is_frozen || self.way(client).is_cut
    }

    fn breaks(&self, payload: &[u8]) -> bool {
        let breaking = self.breaking.as_ref().map(|it| it.as_bytes());
        breaking.is_some_and(|it| payload.windows(it.len()).any(|part| part == it))
    }

    fn denies(&self, subject: &str) -> Option<BrokerError> {
        let is_denied = self.denied.iter().any(|it| subject.starts_with(&**it));
        is_denied.then(|| BrokerError::new(Kind::Refused, "no permission for this subject"))
    }
}

impl State {
    pub(super) fn connect(&mut self, client: &str) -> Result<Handle, BrokerError> {
        if let Some(refusal) = &self.faults.refusal {
            return Err(refusal.clone());
        }
        self.connected += 1;
        let arrived = Arc::new(Notify::new());
        let key = self.ends.insert(End {
            number: self.connected,
            client: client.into(),
            subjects: HashSet::new(),
            queue: VecDeque::new(),
            waiting: 0,
            is_broken: false,
            arrived: arrived.clone(),
        });
        Ok(Handle {
            key,
            number: self.connected,
            client: client.into(),
            arrived,
        })
    }

    /// Publishes a batch. Nothing of it if the connection is broken.
    pub(super) fn publish(
        &mut self,
        handle: &Handle,
        batch: &[Post<'_>],
        now: Instant,
    ) -> Result<Vec<Refusal>, BrokerError> {
        self.alive(handle)?;
        if batch.iter().any(|post| self.faults.breaks(post.payload)) {
            self.end(handle);
            self.alive(handle)?;
        }
        let mut refusals = Vec::new();
        for (index, post) in batch.iter().enumerate() {
            if let Some(error) = self.faults.denies(post.subject) {
                refusals.push(Refusal { index, error });
                continue;
            }
            let Some(subscribers) = self.subscribers.get(post.subject) else {
                continue;
            };
            let received = Received {
                subject: post.subject.to_owned().into(),
                payload: post.payload.to_vec().into(),
            };
            for &key in subscribers {
                if let Some(end) = self.ends.get_mut(key) {
                    let between = match end.client == handle.client {
                        true => Duration::ZERO,
                        false => self.faults.delay,
                    };
                    let due = now + self.faults.way(&end.client).delay + between;
                    end.push(due, received.clone());
                }
            }
        }
        self.unsubscribe_broken();
        Ok(refusals)
    }

    pub(super) fn subscribe(
        &mut self,
        handle: &Handle,
        subjects: &[Box<str>],
    ) -> Result<(), BrokerError> {
        self.alive(handle)?;
        for subject in subjects {
            if let Some(error) = self.faults.denies(subject) {
                return Err(error);
            }
            let Some(end) = self.ends.get_mut(handle.key) else {
                continue;
            };
            if end.subjects.insert(subject.clone()) {
                let keys = self.subscribers.entry(subject.clone()).or_default();
                keys.push(handle.key);
            }
        }
        Ok(())
    }

    pub(super) fn unsubscribe(
        &mut self,
        handle: &Handle,
        subjects: &[Box<str>],
    ) -> Result<(), BrokerError> {
        self.alive(handle)?;
        for subject in subjects {
            if let Some(end) = self.ends.get_mut(handle.key)
                && end.subjects.remove(subject)
            {
                self.forget(handle.key, subject);
            }
        }
        Ok(())
    }

    pub(super) fn next(&mut self, handle: &Handle, now: Instant) -> Next {
        if self.faults.holds_up(&handle.client) {
            return Next::Wait;
        }
        let end = self.ends.get_mut(handle.key);
        let Some(end) = end.filter(|end| end.number == handle.number) else {
            return Next::Ended;
        };
        match end.queue.front() {
            Some((due, _)) if *due > now => Next::Due(*due),
            Some(_) => match end.queue.pop_front() {
                Some((_, received)) => {
                    end.waiting -= received.payload.len();
                    Next::Received(received)
                }
                None => Next::Wait,
            },
            None if end.is_broken => Next::Ended,
            None => Next::Wait,
        }
    }

    #[cfg(any(test, feature = "test"))]
    /// Ends connections. If `keeps`, each client can still read what waits for it.
    pub(super) fn break_all(&mut self, client: Option<&str>, keeps: bool) {
        for (_, end) in &mut self.ends {
            if client.is_none_or(|client| *end.client == *client) {
                end.is_broken = true;
                if !keeps {
                    end.queue.clear();
                    end.waiting = 0;
                }
            }
        }
        self.unsubscribe_broken();
    }

    #[cfg(any(test, feature = "test"))]
    /// Has each client look again.
    pub(super) fn wake_all(&self) {
        self.ends
            .iter()
            .for_each(|(_, end)| end.arrived.notify_one());
    }

    /// The client has dropped its connection.
    pub(super) fn disconnect(&mut self, handle: &Handle) {
        let end = self.ends.get_mut(handle.key);
        if let Some(end) = end.filter(|end| end.number == handle.number) {
            end.is_broken = true;
            self.unsubscribe_broken();
            self.ends.remove(handle.key);
        }
    }

    /// The number of connections that subscribe to a subject.
    #[cfg(test)]
    pub(super) fn subscribers_of(&self, subject: &str) -> usize {
        self.subscribers.get(subject).map_or(0, Vec::len)
    }

    fn end(&mut self, handle: &Handle) {
        if let Some(end) = self.ends.get_mut(handle.key) {
            end.is_broken = true;
            end.arrived.notify_one();
        }
        self.unsubscribe_broken();
    }

    fn alive(&self, handle: &Handle) -> Result<(), BrokerError> {
        match self.ends.get(handle.key) {
            Some(end) if end.number == handle.number && !end.is_broken => Ok(()),
            _ => Err(BrokerError::new(Kind::Broken, "the connection has ended")),
        }
    }

    /// Ends the subscriptions of broken connections.
    fn unsubscribe_broken(&mut self) {
        let broken = self.ends.iter_mut().filter(|(_, end)| end.is_broken);
        let broken = broken.map(|(key, end)| (key, std::mem::take(&mut end.subjects)));
        for (key, subjects) in broken.collect::<Vec<_>>() {
            for subject in subjects {
                self.forget(key, &subject);
            }
        }
    }

    fn forget(&mut self, key: usize, subject: &str) {
        if let Some(keys) = self.subscribers.get_mut(subject) {
            keys.retain(|it| *it != key);
            if keys.is_empty() {
                self.subscribers.remove(subject);
            }
        }
    }
}

impl End {
    fn push(&mut self, due: Instant, received: Received) {
        self.waiting += received.payload.len();
        if self.waiting > MOST_WAITING {
            self.is_broken = true;
            self.waiting = 0;
            self.queue.clear();
        } else {
            // A shorter delay must not let a message overtake another one.
            let due = self.queue.back().map_or(due, |(last, _)| due.max(*last));
            self.queue.push_back((due, received));
        }
        self.arrived.notify_one();
    }
}

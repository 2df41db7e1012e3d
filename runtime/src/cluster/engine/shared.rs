//! The part of a node that its handles and its engine share.

use std::sync::{Arc, Weak};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use crate::{
    cluster::{
        envelope::Versions,
        node::Node,
        registry::Registry,
        settings::Settings,
        state::State,
        stats::{ClusterStats, Counters},
    },
    guard::Panic,
    link::Link,
    lock::{CLUSTER, Mutex, MutexGuard},
    log::{Quoted, limited},
    worker::{Space, lock},
};

/// The most requests that wait for the engine. A handle waits for room.
const MOST_REQUESTS: usize = 256;

pub(crate) struct Shared {
    pub(in crate::cluster) link: Arc<Link>,
    pub(in crate::cluster) space: Weak<Space>,
    pub(in crate::cluster) state: watch::Sender<State>,
    pub(in crate::cluster) requests: mpsc::Sender<Request>,
    pub(super) settings: Settings,
    /// The address of the broker, without its password.
    pub(super) url: Box<str>,
    pub(super) counters: Counters,
    registry: Mutex<Registry, CLUSTER>,
}

/// What a handle wants from the engine.
pub(crate) enum Request {
    /// The subscribers of a topic on other nodes.
    Count {
        topic: Box<str>,
        reply: oneshot::Sender<Others>,
    },
    /// A reply when all topics that were marked before are subscribed.
    Sync { reply: oneshot::Sender<()> },
}

/// What other nodes have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Others {
    /// Whether the node was connected, so that it knows the others.
    pub(crate) is_connected: bool,
    pub(crate) subscribers: usize,
    pub(crate) nodes: usize,
    pub(crate) missing: usize,
}

impl Shared {
    pub(super) fn new(
        link: Arc<Link>,
        space: &Arc<Space>,
        settings: Settings,
        url: String,
        now: Instant,
    ) -> (Self, mpsc::Receiver<Request>) {
        let (requests, receiver) = mpsc::channel(MOST_REQUESTS);
        let node = link.node();
        let registry = Registry::new(node, &settings.application, Versions::OURS, settings.lease);
        let state = State::Joining {
            since: now,
            attempts: 0,
            error: None,
        };
        let shared = Self {
            link,
            space: Arc::downgrade(space),
            state: watch::Sender::new(state),
            requests,
            settings,
            url: url.into(),
            counters: Counters::default(),
            registry: Mutex::new(registry),
        };
        (shared, receiver)
    }

    /// The name under which the broker shows this node.
    pub(in crate::cluster) fn client(&self) -> String {
        format!("levante-{:08x}", self.link.tag())
    }

    /// To be held for a moment, and not together with any other lock.
    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        lock(&self.registry)
    }

    pub(in crate::cluster) fn count_here(&self, topic: &str) -> usize {
        let space = self.space.upgrade();
        space.map_or(0, |space| space.subscriber_count(topic))
    }

    pub(in crate::cluster) fn nodes(&self, now: Instant) -> Vec<Node> {
        let own = Node {
            id: self.link.node(),
            tag: self.link.tag(),
            application: self.settings.application.clone(),
            name: self.settings.name.clone(),
            is_self: true,
            age: std::time::Duration::ZERO,
        };
        let registry = self.registry();
        let others = registry.peers().map(|peer| Node {
            id: peer.id,
            tag: peer.id as u32,
            application: peer.application.to_string(),
            name: peer.name.to_string(),
            is_self: false,
            age: now.saturating_duration_since(peer.heard),
        });
        [own].into_iter().chain(others).collect()
    }

    pub(in crate::cluster) fn stats(&self) -> ClusterStats {
        let counters = &self.counters;
        // Read before the levels: a message is accepted before it is acknowledged.
        let (acknowledged, lost) = (counters.acknowledged.get(), counters.lost.get());
        let levels = self.link.levels();
        let lost = lost + levels.refused;
        let published = levels.last_sequence + levels.refused;
        ClusterStats {
            published,
            acknowledged,
            lost,
            waiting: published.saturating_sub(acknowledged + lost),
            waiting_bytes: levels.held,
            received: counters.received.get(),
            duplicates: counters.duplicates.get(),
            refused: counters.refused.get(),
            unreadable: counters.unreadable.get(),
            other_version: counters.other_version.get(),
            reconnects: counters.reconnects.get(),
            topics: counters.topics.get() as usize,
        }
    }

    /// Notes that the engine has ended. What it has taken and the broker has not acknowledged is
    /// lost.
    pub(super) fn leave(&self) {
        let levels = self.link.levels();
        let taken = levels.last_sequence - levels.waiting as u64;
        let settled = self.counters.acknowledged.get() + self.counters.lost.get();
        self.counters.lost.add(taken.saturating_sub(settled));
        self.counters.topics.set(0);
        self.state.send_if_modified(|state| {
            let has_failed = matches!(state, State::Failed { .. });
            if !has_failed {
                *state = State::Left;
            }
            !has_failed
        });
        // A stop waits for it, and looks at the state then.
        self.link.left();
    }

    pub(super) fn fail(&self, panic: Panic) {
        let error = panic.into_message();
        limited!(
            ERROR,
            panic = %Quoted(&error),
            "the node has left its cluster, because a part of levante has panicked"
        );
        let error = error.into();
        self.state.send_replace(State::Failed { error });
    }
}

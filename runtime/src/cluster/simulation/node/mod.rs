//! A node that uses the parts as the engine does.

mod acting;
mod reading;
mod session;

use std::{collections::BTreeSet, rc::Rc, time::Duration};

use tokio::time::Instant;

use self::session::{Session, Stage};
use super::broker::{Broker, Id, Message};
use crate::{
    cluster::{
        envelope::Versions, gate::Gate, hold::Hold, interest::Interest, registry::Registry,
        sequence::Sequences, window::Window,
    },
    topics::Name,
};

pub(super) const LEASE: Duration = Duration::from_secs(10);
const LINGER: Duration = Duration::from_secs(2);
const MAX_AGE: Duration = Duration::from_secs(20);

/// A message, shared by the window and by the list of all messages.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) sequence: u64,
    pub(super) topic: &'static str,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) window: Window<Rc<Item>>,
    pub(super) interest: Interest,
    pub(super) gate: Gate,
    hold: Hold<Message>,
    registry: Registry,
    sequences: Sequences,
    session: Option<Session>,
    sessions: u64,
    /// All messages that were ever published here.
    pub(super) published: Vec<Rc<Item>>,
    pub(super) acknowledged: BTreeSet<u64>,
    /// The number of messages that are counted as lost.
    pub(super) lost: u64,
    /// The other nodes' messages, in the order in which they arrived.
    pub(super) received: Vec<(u64, u64)>,
    /// The nodes whose leases have ended here.
    pub(super) given_up: BTreeSet<u64>,
}

impl Node {
    pub(super) fn new(id: u64, now: Instant) -> Self {
        Self {
            id,
            window: Window::new(MAX_AGE),
            interest: Interest::new(LINGER, now),
            gate: Gate::default(),
            hold: Hold::default(),
            registry: Registry::new(id, "shop", Versions::OURS, LEASE),
            sequences: Sequences::default(),
            session: None,
            sessions: 0,
            published: Vec::new(),
            acknowledged: BTreeSet::new(),
            lost: 0,
            received: Vec::new(),
            given_up: BTreeSet::new(),
        }
    }

    pub(super) fn mark(&mut self, topic: &str, wanted: bool, now: Instant) {
        self.interest.mark(Name::new(topic), wanted, now);
    }

    pub(super) fn publish(&mut self, topic: &'static str, now: Instant) {
        let sequence = self.published.len() as u64 + 1;
        let item = Rc::new(Item { sequence, topic });
        self.window.push(item.clone(), 10, now);
        self.published.push(item);
    }

    /// The messages that are gone and were never acknowledged.
    pub(super) fn missing(&self) -> BTreeSet<u64> {
        let gone = self
            .published
            .iter()
            .filter(|item| Rc::strong_count(item) == 1);
        let gone = gone.map(|item| item.sequence);
        gone.filter(|sequence| !self.acknowledged.contains(sequence))
            .collect()
    }

    pub(super) fn is_ready(&self) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|session| session.stage == Stage::Ready)
    }

    pub(super) fn peers(&self) -> usize {
        self.registry.peers().count()
    }

    /// Time has passed: leases end, messages become too old, and a heartbeat is due.
    pub(super) fn tick(&mut self, broker: &mut Broker, now: Instant) {
        let mut ended = Vec::new();
        self.registry.expire(now, |peer| ended.push(peer.id));
        for node in ended {
            self.gate.gone(node);
            self.given_up.insert(node);
            self.release(broker, node, now);
        }
        self.lost += self.window.expire(now).messages;
        self.hello(broker, false);
    }

    /// A connection is cut. The last commands do not arrive.
    pub(super) fn cut(&mut self, broker: &mut Broker, publisher: bool, lost: usize, now: Instant) {
        let Some(session) = &self.session else { return };
        let id = match publisher {
            true => session.publisher,
            false => session.subscriber,
        };
        if let Some(id) = id {
            broker.leave(id, lost);
            broker.cut(id);
            self.step(broker, 0, false, now);
        }
    }

    /// The broker has not answered for too long. It may read later what it has got.
    pub(super) fn give_up(&mut self, broker: &mut Broker, now: Instant) {
        self.disconnected(broker, now);
    }

    /// The connection that publishes.
    pub(super) fn publisher(&self) -> Option<Id> {
        self.session.as_ref()?.publisher
    }

    /// Connects, or reads up to `amount` answers and does what is to do.
    pub(super) fn step(
        &mut self,
        broker: &mut Broker,
        amount: usize,
        publisher_first: bool,
        now: Instant,
    ) {
        if !self.connect(broker, publisher_first, now) {
            return;
        }
        if self.read(broker, amount, now).is_err() {
            self.disconnected(broker, now);
        } else {
            self.act(broker, now);
        }
    }
}

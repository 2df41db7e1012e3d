//! A node that uses the parts as the engine does.

use std::{
    collections::{BTreeSet, VecDeque},
    rc::Rc,
    time::Duration,
};

use tokio::time::Instant;

use super::broker::{Answer, Broker, CONTROL, Command, Id, Message};
use crate::{
    cluster::{
        envelope::{Hello, Sessions, Versions},
        gate::Gate,
        hold::Hold,
        interest::{Batch, Change, Interest},
        registry::Registry,
        sequence::Sequences,
        window::{Limits, Window},
    },
    topics::Name,
};

pub(super) const LEASE: Duration = Duration::from_secs(10);
const LINGER: Duration = Duration::from_secs(2);
const MAX_AGE: Duration = Duration::from_secs(20);
const LIMITS: Limits = Limits {
    messages: 3,
    bytes: 1000,
};

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

/// Two connections, as with Redis.
#[derive(Debug, Default)]
struct Session {
    publisher: Option<Id>,
    subscriber: Option<Id>,
    /// The number of answers that each batch still needs, and its messages.
    flights: VecDeque<(usize, Vec<u64>)>,
    /// The changes of subscriptions without an answer. `None` is the one to the control subject.
    changes: VecDeque<Option<Batch>>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
enum Stage {
    #[default]
    Subscribing,
    /// The control subject is subscribed, and the probe is on its way.
    Probing,
    /// The probe has come back: both connections are to the same process of the broker.
    Probed,
    Ready,
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

    /// Makes one connection. Returns whether there are both.
    fn connect(&mut self, broker: &mut Broker, publisher_first: bool, now: Instant) -> bool {
        let session = self.session.get_or_insert_default();
        let has_subscriber = session.subscriber.is_some();
        if session.publisher.is_some() && has_subscriber {
            return true;
        }
        if session.publisher.is_none() && (publisher_first || has_subscriber) {
            session.publisher = broker.connect();
        } else if let Some(subscriber) = broker.connect() {
            session.subscriber = Some(subscriber);
            session.changes.push_back(None);
            let control = Command::Subscribe(vec![CONTROL.to_owned()]);
            broker.send(subscriber, control);
        }
        if session.publisher.is_some() && session.subscriber.is_some() {
            self.sessions += 1;
            self.interest.connected();
            self.registry.connected(now);
            self.gate.close(self.registry.peers().map(|peer| peer.id));
            return true;
        }
        false
    }

    fn read(&mut self, broker: &mut Broker, amount: usize, now: Instant) -> Result<(), ()> {
        let session = self.session.as_mut().ok_or(())?;
        let (Some(publisher), Some(subscriber)) = (session.publisher, session.subscriber) else {
            return Ok(());
        };
        for _ in 0..=amount {
            match broker.receive(publisher)? {
                Some(Answer::Published) => self.acknowledged(),
                Some(_) => unreachable!("a publisher gets answers only"),
                None => break,
            }
        }
        for _ in 0..=amount {
            let Some(answer) = broker.receive(subscriber)? else {
                break;
            };
            self.heard(broker, answer, now);
        }
        Ok(())
    }

    fn acknowledged(&mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        let Some((missing, _)) = session.flights.front_mut() else {
            unreachable!("an answer without a batch");
        };
        *missing -= 1;
        if *missing > 0 {
            return;
        }
        let Some((_, sequences)) = session.flights.pop_front() else {
            return;
        };
        let result = self.window.acknowledged(&[]);
        assert_eq!(result.messages, sequences.len() as u64);
        self.acknowledged.extend(sequences);
    }

    fn heard(&mut self, broker: &mut Broker, answer: Answer, now: Instant) {
        let Some(session) = &mut self.session else {
            return;
        };
        match answer {
            Answer::Published => unreachable!("a subscriber does not publish"),
            Answer::Changed => match session.changes.pop_front() {
                Some(Some(batch)) => self.interest.done(batch, now),
                Some(None) => {
                    session.stage = Stage::Probing;
                    let (node, session) = (self.id, self.sessions);
                    self.say(broker, Message::Probe { node, session });
                }
                None => unreachable!("an answer without a change"),
            },
            Answer::Message(Message::Probe {
                node,
                session: number,
            }) => {
                if node == self.id && number == self.sessions && session.stage == Stage::Probing {
                    session.stage = Stage::Probed;
                    self.hello(broker, true);
                }
            }
            Answer::Message(Message::Item { node, .. }) if node == self.id => {}
            Answer::Message(item @ Message::Item { node, .. }) if self.hold.holds(node) => {
                assert!(self.hold.keep(node, 10, item));
            }
            Answer::Message(Message::Item {
                node,
                sequence,
                session,
            }) => {
                if self.sequences.is_new(node, 0, session, sequence) {
                    self.received.push((node, sequence));
                }
            }
            Answer::Message(Message::Hello {
                node,
                ready,
                asks,
                highest,
                session,
                heard,
            }) => {
                if node == self.id {
                    return;
                }
                let hello = Hello {
                    versions: Versions::OURS,
                    ready,
                    asks,
                    application: "shop",
                    name: "",
                    sessions: Some(Sessions {
                        own: session,
                        heard: &heard,
                    }),
                };
                let noticed = self.registry.heard(node, &hello, now);
                let said = self.registry.said(&hello);
                self.gate.heard(node, said);
                if let Some(session) = said.present()
                    && self.hold.holds(node)
                {
                    self.sequences.since(node, 0, session);
                    self.release(broker, node, now);
                }
                self.sequences.heartbeat(node, 0, highest);
                if asks || noticed.is_new_session {
                    self.hello(broker, false);
                }
            }
        }
    }

    /// Handles the messages of a node that were kept.
    fn release(&mut self, broker: &mut Broker, node: u64, now: Instant) {
        for message in self.hold.release(node) {
            self.heard(broker, Answer::Message(message), now);
        }
    }

    /// What has arrived is read first. The rest of the session is gone.
    fn disconnected(&mut self, broker: &mut Broker, now: Instant) {
        let session = self.session.as_ref();
        let subscriber = session.and_then(|session| session.subscriber);
        while let Some(id) = subscriber
            && let Ok(Some(answer)) = broker.receive(id)
        {
            self.heard(broker, answer, now);
        }
        if let Some(session) = self.session.take() {
            for id in [session.publisher, session.subscriber]
                .into_iter()
                .flatten()
            {
                broker.leave(id, 0);
            }
        }
        // The fate of a message that has broken so many connections is not known: it counts as lost
        // even if the broker has acknowledged it once.
        let acknowledged = &mut self.acknowledged;
        let poison = |item: Rc<Item>| _ = acknowledged.remove(&item.sequence);
        self.lost += self.window.disconnected(poison).messages;
        self.interest.disconnected();
        self.registry.disconnected();
        self.hold.close(self.registry.numbering());
    }

    fn act(&mut self, broker: &mut Broker, now: Instant) {
        let Some(session) = &mut self.session else {
            return;
        };
        let (Some(publisher), Some(subscriber)) = (session.publisher, session.subscriber) else {
            return;
        };
        while let Some(batch) = self.interest.next(now) {
            let names = self.interest.names(&batch).map(str::to_owned).collect();
            let command = match batch.change {
                Change::Subscribe => Command::Subscribe(names),
                Change::Unsubscribe => Command::Unsubscribe(names),
            };
            broker.send(subscriber, command);
            session.changes.push_back(Some(batch));
        }
        let is_free = session.flights.iter().all(|(_, items)| items.is_empty());
        if self.gate.is_open() && is_free && session.stage >= Stage::Probed {
            let mut items = Vec::new();
            let batch = self.window.batch(LIMITS, |item| {
                items.push(item.clone());
                Ok(10)
            });
            if batch.is_some_and(|batch| batch.messages > 0) {
                let node = self.id;
                let number = self.registry.session();
                for item in &items {
                    let sequence = item.sequence;
                    let message = Message::Item {
                        node,
                        sequence,
                        session: number,
                    };
                    broker.send(publisher, Command::Publish(item.topic.to_owned(), message));
                }
                let sequences = items.iter().map(|item| item.sequence).collect();
                session.flights.push_back((items.len(), sequences));
            }
        }
        if session.stage == Stage::Probed && self.interest.is_synced() {
            session.stage = Stage::Ready;
            self.hello(broker, false);
        }
    }

    /// Publishes a heartbeat.
    fn hello(&mut self, broker: &mut Broker, asks: bool) {
        let session = self.session.as_ref();
        if session.is_none_or(|session| session.stage == Stage::Subscribing) {
            return;
        }
        let message = Message::Hello {
            node: self.id,
            ready: self.is_ready(),
            asks,
            highest: self.published.len() as u64,
            session: self.registry.session(),
            heard: self.registry.name_heard(),
        };
        self.say(broker, message);
    }

    fn say(&mut self, broker: &mut Broker, message: Message) {
        let Some(session) = &mut self.session else {
            return;
        };
        let Some(publisher) = session.publisher else {
            return;
        };
        if session.stage > Stage::Subscribing {
            broker.send(publisher, Command::Publish(CONTROL.to_owned(), message));
            session.flights.push_back((1, Vec::new()));
            self.window.empty_batch();
        }
    }
}

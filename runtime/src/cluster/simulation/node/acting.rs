//! What a node sends to the broker.

use tokio::time::Instant;

use super::{Node, Stage};
use crate::cluster::{
    interest::Change,
    simulation::broker::{Broker, CONTROL, Command, Message},
    window::Limits,
};

const LIMITS: Limits = Limits {
    messages: 3,
    bytes: 1000,
};

impl Node {
    pub(super) fn act(&mut self, broker: &mut Broker, now: Instant) {
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
    pub(super) fn hello(&mut self, broker: &mut Broker, asks: bool) {
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

    pub(super) fn say(&mut self, broker: &mut Broker, message: Message) {
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

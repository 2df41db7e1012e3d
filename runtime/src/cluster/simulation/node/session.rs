//! The connections of a node, from their begin to their end.

use std::{collections::VecDeque, rc::Rc};

use tokio::time::Instant;

use super::{Item, Node};
use crate::cluster::{
    interest::Batch,
    simulation::broker::{Broker, CONTROL, Command, Id},
};

/// Two connections, as with Redis.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) publisher: Option<Id>,
    pub(super) subscriber: Option<Id>,
    /// The number of answers that each batch still needs, and its messages.
    pub(super) flights: VecDeque<(usize, Vec<u64>)>,
    /// The changes of subscriptions without an answer. `None` is the one to the control subject.
    pub(super) changes: VecDeque<Option<Batch>>,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
pub(super) enum Stage {
    #[default]
    Subscribing,
    /// The control subject is subscribed, and the probe is on its way.
    Probing,
    /// The probe has come back: both connections are to the same process of the broker.
    Probed,
    Ready,
}

impl Node {
    /// Makes one connection. Returns whether there are both.
    pub(super) fn connect(
        &mut self,
        broker: &mut Broker,
        publisher_first: bool,
        now: Instant,
    ) -> bool {
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

    /// What has arrived is read first. The rest of the session is gone.
    pub(super) fn disconnected(&mut self, broker: &mut Broker, now: Instant) {
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
}

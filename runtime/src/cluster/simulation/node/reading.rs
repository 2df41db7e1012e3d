//! What a node does with an answer of the broker.

use tokio::time::Instant;

use super::{Node, Stage};
use crate::cluster::{
    envelope::{Hello, Sessions, Versions},
    simulation::broker::{Answer, Broker, Message},
};

impl Node {
    pub(super) fn read(
        &mut self,
        broker: &mut Broker,
        amount: usize,
        now: Instant,
    ) -> Result<(), ()> {
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

    pub(super) fn heard(&mut self, broker: &mut Broker, answer: Answer, now: Instant) {
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
    pub(super) fn release(&mut self, broker: &mut Broker, node: u64, now: Instant) {
        for message in self.hold.release(node) {
            self.heard(broker, Answer::Message(message), now);
        }
    }
}

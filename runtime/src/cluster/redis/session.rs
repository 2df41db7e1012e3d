//! The parts of a session: a connection for publishes, and one for subscriptions, which takes no
//! other commands in the second version of the protocol.

use std::{cell::RefCell, future::poll_fn, rc::Rc, task::ready};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncWriteExt, ReadHalf, WriteHalf},
    sync::oneshot,
};

use super::{
    command,
    refusal::{self, Asked},
    reply::{self, Reply},
    wire::{self, Wire},
};
use crate::cluster::{
    broker::{self, BrokerError, Kind, Post, Reads, Received, Refusal},
    transport::{self, Stream},
};

/// Publishes.
pub(crate) struct Publisher {
    wire: Wire,
    /// The commands of a batch.
    commands: Vec<u8>,
}

impl Publisher {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire,
            commands: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

/// The room for commands that is kept from one batch to the next, in bytes.
const KEPT: usize = 1 << 20;

impl broker::Publisher for Publisher {
    async fn publish(&mut self, batch: &[Post<'_>]) -> Result<Vec<Refusal>, BrokerError> {
        self.commands.clear();
        self.commands.shrink_to(KEPT);
        for Post { subject, payload } in batch {
            command::push(
                &mut self.commands,
                &[b"PUBLISH", subject.as_bytes(), payload],
            );
        }
        let mut refusals = Vec::new();
        let mut strange = None;
        let each = |index, reply| match reply {
            // The number of subscribers.
            Reply::Number(_) => {}
            Reply::Error(text) => refusals.push(Refusal {
                index,
                error: refusal::explain(&text, Asked::Publish),
            }),
            reply => strange = Some(wire::unasked(&reply)),
        };
        self.wire
            .exchange(&self.commands, batch.len(), each)
            .await?;
        strange.map_or(Ok(refusals), Err)
    }

    fn max_payload(&self) -> usize {
        reply::MAX_BYTES
    }

    async fn close(mut self) {
        // All that was sent is answered, so an error means that the connection has ended already.
        let _ = self.wire.stream.shutdown().await;
    }
}

/// What [`Subscriber`] waits for, and [`Inbound`] reads.
#[derive(Default)]
struct Answers {
    expected: Option<Expected>,
    /// The connection has ended, so that nothing is answered any more.
    ended: bool,
}

/// A command that is not answered.
struct Expected {
    /// The first value of each confirmation.
    word: &'static [u8],
    /// The server confirms each name of a command, or refuses all of them with one error.
    missing: usize,
    done: oneshot::Sender<Result<(), BrokerError>>,
}

/// Changes subscriptions.
pub(crate) struct Subscriber {
    half: WriteHalf<Stream>,
    answers: Rc<RefCell<Answers>>,
}

/// Receives.
pub(crate) struct Inbound {
    half: ReadHalf<Stream>,
    input: BytesMut,
    answers: Rc<RefCell<Answers>>,
    state: State,
    reads: Reads,
}

/// Splits a connection for subscriptions.
pub(super) fn split(wire: Wire) -> (Subscriber, Inbound) {
    let (read, write) = tokio::io::split(wire.stream);
    let answers = Rc::<RefCell<Answers>>::default();
    let subscriber = Subscriber {
        half: write,
        answers: Rc::clone(&answers),
    };
    let inbound = Inbound {
        half: read,
        input: wire.input,
        answers,
        state: State::Open,
        reads: Reads::default(),
    };
    (subscriber, inbound)
}

impl Subscriber {
    async fn change(
        &mut self,
        command: &str,
        confirmation: &'static [u8],
        names: &[Box<str>],
    ) -> Result<(), BrokerError> {
        // Without a name, UNSUBSCRIBE would mean all.
        if names.is_empty() {
            return Ok(());
        }
        let (done, answered) = oneshot::channel();
        {
            let mut answers = self.answers.borrow_mut();
            if answers.ended {
                return Err(closed());
            }
            answers.expected = Some(Expected {
                word: confirmation,
                missing: names.len(),
                done,
            });
        }
        let mut commands = Vec::new();
        command::push_names(&mut commands, command, names);
        self.half
            .write_all(&commands)
            .await
            .map_err(transport::broken)?;
        self.half.flush().await.map_err(transport::broken)?;
        answered.await.unwrap_or_else(|_| Err(closed()))
    }
}

impl broker::Subscriber for Subscriber {
    async fn subscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError> {
        self.change("SUBSCRIBE", b"subscribe", subjects).await
    }

    async fn unsubscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError> {
        self.change("UNSUBSCRIBE", b"unsubscribe", subjects).await
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The end is read, or an error is told.
    Ended,
}

impl broker::Inbound for Inbound {
    async fn next(&mut self) -> Option<Result<Received, BrokerError>> {
        poll_fn(|cx| {
            loop {
                if self.state == State::Ended {
                    return None.into();
                }
                // What has arrived is taken to its end, also after the connection has broken.
                let failure = match self.take() {
                    Ok(Some(received)) => return Some(Ok(received)).into(),
                    Ok(None) => {
                        match ready!(wire::poll_fill(&mut self.half, &mut self.input, cx)) {
                            Ok(true) => {
                                self.reads.add();
                                continue;
                            }
                            Ok(false) => None,
                            Err(error) => Some(transport::broken(error)),
                        }
                    }
                    Err(error) => Some(error),
                };
                self.end();
                return failure.map(Err).into();
            }
        })
        .await
    }

    fn reads(&self) -> Reads {
        self.reads.clone()
    }
}

impl Inbound {
    /// Takes the next message, and the answers before it.
    fn take(&mut self) -> Result<Option<Received>, BrokerError> {
        while let Some(reply) = wire::take(&mut self.input)? {
            let list = match reply {
                Reply::Message { subject, payload } => {
                    return Ok(Some(Received { subject, payload }));
                }
                Reply::List(Some(list)) => list,
                Reply::Error(text) => {
                    self.refused(&text)?;
                    continue;
                }
                other => return Err(wire::unasked(&other)),
            };
            match <[Reply; 3]>::try_from(list) {
                Ok([Reply::Bytes(Some(word)), _, Reply::Number(_)]) => self.confirmed(&word)?,
                _ => {
                    let text = "the server sends what is neither a message nor a confirmation";
                    return Err(BrokerError::new(Kind::Protocol, text));
                }
            }
        }
        Ok(None)
    }

    /// One name of a command is confirmed.
    fn confirmed(&mut self, word: &Bytes) -> Result<(), BrokerError> {
        let mut answers = self.answers.borrow_mut();
        let expected = answers.expected.as_mut().filter(|it| it.word == word);
        let Some(expected) = expected else {
            let text = "the server confirms a subscription that was not asked for";
            return Err(BrokerError::new(Kind::Protocol, text));
        };
        expected.missing -= 1;
        if expected.missing == 0
            && let Some(expected) = answers.expected.take()
        {
            // The other side is gone if the session ends: then there is no news for it.
            let _ = expected.done.send(Ok(()));
        }
        Ok(())
    }

    /// The server refuses a command, or says why it will close the connection.
    fn refused(&mut self, text: &[u8]) -> Result<(), BrokerError> {
        let error = refusal::explain(text, Asked::Subscribe);
        match self.answers.borrow_mut().expected.take() {
            Some(expected) => {
                let _ = expected.done.send(Err(error));
                Ok(())
            }
            None => Err(error),
        }
    }

    fn end(&mut self) {
        self.state = State::Ended;
        let mut answers = self.answers.borrow_mut();
        answers.ended = true;
        answers.expected = None;
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        self.end();
    }
}

/// The connection for subscriptions has ended.
fn closed() -> BrokerError {
    BrokerError::new(
        Kind::Broken,
        "the server closed the connection for subscriptions: it was stopped, or its \
         `client-output-buffer-limit pubsub` is too low",
    )
}

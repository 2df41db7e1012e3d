use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
};

use super::{sid::Names, source::ended, writer::Order};
use crate::cluster::{
    broker::{self, BrokerError, Kind, Post, Refusal},
    nats::{
        protocol::{self, PING, is_subject},
        refusal,
    },
};

/// The length of a command without its subject and its payload, about.
const COMMAND: usize = 40;

/// The part of a connection that publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(super) outbound: Outbound,
    pub(super) max_payload: Arc<AtomicUsize>,
}

/// The part of a connection that subscribes.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(super) outbound: Outbound,
    pub(super) names: Names,
}

/// Hands commands to the task that writes.
#[derive(Clone, Debug)]
pub(super) struct Outbound {
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) _task: Arc<Task>,
}

/// Stops the task when the last part is dropped, also while it waits for a server that does not read.
#[derive(Debug)]
pub(super) struct Task(pub(super) AbortHandle);

impl broker::Publisher for Publisher {
    async fn publish(&mut self, batch: &[Post<'_>]) -> Result<Vec<Refusal>, BrokerError> {
        let len = |post: &Post<'_>| COMMAND + post.subject.len() + post.payload.len();
        let mut bytes = Vec::with_capacity(COMMAND + batch.iter().map(len).sum::<usize>());
        let mut refusals = Vec::new();
        for (index, post) in batch.iter().enumerate() {
            match is_subject(post.subject) {
                true => protocol::publish(&mut bytes, post.subject, post.payload),
                false => refusals.push(Refusal {
                    index,
                    error: not_a_subject(),
                }),
            }
        }
        for text in self.outbound.send(bytes).await? {
            let Some(subject) = refusal::refused_subject(&text) else {
                return Err(refusal::meaning(&text));
            };
            let refused = |post: &Post<'_>| post.subject == subject;
            let is_known = |index| refusals.iter().any(|it| it.index == index);
            // The server answers for each message, so each answer is for the next one.
            let next = (0..batch.len()).find(|at| refused(&batch[*at]) && !is_known(*at));
            let index = next.ok_or_else(|| refusal::meaning(&text))?;
            let error = refusal::meaning(&text);
            refusals.push(Refusal { index, error });
        }
        Ok(refusals)
    }

    fn max_payload(&self) -> usize {
        self.max_payload.load(Relaxed)
    }

    async fn close(self) {
        let (done, closed) = oneshot::channel();
        if self
            .outbound
            .orders
            .send(Order::Close { done })
            .await
            .is_ok()
        {
            // The task may have ended already.
            let _ = closed.await;
        }
    }
}

impl broker::Subscriber for Subscriber {
    async fn subscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError> {
        let mut bytes = Vec::new();
        for subject in subjects {
            if !is_subject(subject) {
                return Err(not_a_subject());
            }
            protocol::subscribe(&mut bytes, subject, &self.names.of(subject));
        }
        self.outbound.confirm(bytes).await
    }

    async fn unsubscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError> {
        let mut bytes = Vec::new();
        for subject in subjects {
            protocol::unsubscribe(&mut bytes, &self.names.of(subject));
        }
        self.outbound.confirm(bytes).await
    }
}

impl Outbound {
    /// Writes commands, and waits until the server has handled them. Returns the texts of its errors.
    async fn send(&self, mut bytes: Vec<u8>) -> Result<Vec<Box<str>>, BrokerError> {
        bytes.extend_from_slice(PING);
        let (answer, answered) = oneshot::channel();
        let order = Order::Batch { bytes, answer };
        self.orders.send(order).await.map_err(|_| ended())?;
        answered.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Like [`Self::send`], but an error of the server is an error.
    async fn confirm(&self, bytes: Vec<u8>) -> Result<(), BrokerError> {
        match self.send(bytes).await?.first() {
            Some(text) => Err(refusal::meaning(text)),
            None => Ok(()),
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn not_a_subject() -> BrokerError {
    BrokerError::new(
        Kind::Refused,
        "a subject of NATS has no space and no control character",
    )
}

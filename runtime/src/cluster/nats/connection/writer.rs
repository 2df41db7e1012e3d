use std::sync::Arc;

use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    select,
    sync::{Notify, mpsc, oneshot},
};

use crate::cluster::{broker::BrokerError, nats::protocol::PONG};

/// The texts of the `-ERR` that came before the `PONG` of a batch, or the error that ended the
/// connection before it.
pub(super) type Answer = oneshot::Sender<Result<Vec<Box<str>>, BrokerError>>;

/// What the task does.
pub(super) enum Order {
    /// Writes commands of which the last is a `PING`.
    Batch { bytes: Vec<u8>, answer: Answer },
    /// Ends the connection.
    Close { done: oneshot::Sender<()> },
}

/// The task that writes.
pub(super) struct Writer<W> {
    pub(super) stream: W,
    pub(super) orders: mpsc::Receiver<Order>,
    /// The batches that are on the way, oldest first.
    pub(super) waiting: mpsc::UnboundedSender<Answer>,
    /// The server wants a `PONG`. One is enough for several `PING`s.
    pub(super) pong: Arc<Notify>,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Writes until there are no more orders, or the stream is broken. Then the reader sees that,
    /// too.
    pub(super) async fn run(mut self) {
        loop {
            let order = select! {
                biased;
                () = self.pong.notified() => None,
                order = self.orders.recv() => match order {
                    Some(order) => Some(order),
                    None => break,
                },
            };
            let is_written = match order {
                None => self.write(PONG).await,
                Some(Order::Batch { bytes, answer }) => {
                    // Before the bytes are out, so that no `PONG` is faster. If the reader is gone,
                    // the answer is dropped, and that ends the wait for it.
                    let _ = self.waiting.send(answer);
                    self.write(&bytes).await
                }
                Some(Order::Close { done }) => {
                    let _ = self.stream.shutdown().await;
                    let _ = done.send(());
                    break;
                }
            };
            if !is_written {
                break;
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }
}

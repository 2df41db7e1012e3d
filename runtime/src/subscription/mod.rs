//! Receivers in server code: streams of what is published to a topic.

mod receivers;

use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) use self::receivers::Receivers;
use self::receivers::{Budget, cost};
use crate::{
    guard::Guarded,
    message::Message,
    wire::{Anything, Carried},
};

/// A receiver in server code: the stream of all messages that are published to a topic, on this process
/// or on another node of its cluster. [`Server::subscribe`](crate::Server::subscribe) makes one.
///
/// It gets each message that a socket or a [`Server`](crate::Server) of the space publishes from the
/// moment at which `subscribe` has returned. Messages that one thread publishes arrive in that order.
/// It gets them whether or not sockets subscribe to the topic, and also those that a publish
/// withholds from some sockets. A [`Compressed(m)`](crate::Compressed) arrives as `m`.
///
/// It is no subscriber: [`subscriber_count`](crate::Server::subscriber_count),
/// [`subscribers`](crate::Server::subscribers), [`topics`](crate::Server::topics) and
/// [`Published`](crate::Published) do not count it. So a bridge to another system makes no user look
/// online. But it gets what its own task publishes to the topic: a bridge in both directions must not
/// send back what it has brought.
///
/// In a cluster a receiver on each node gets each message. So a bridge that runs on each node forwards
/// each message once for each node: run it on one node, or let the other system drop what it has had.
///
/// # Limit
///
/// Messages wait in a queue of 1 MiB, which [`Self::backpressure_limit`] changes. A message that
/// does not fit is missed, and [`Self::missed`] counts it; an empty queue accepts a message of any
/// size. A [`Policy`](crate::Policy) applies to sockets only: here no message replaces an older one,
/// and a slow receiver is not ended.
///
/// # End
///
/// The stream ends after [`Server::shutdown`](crate::Server::shutdown) or [`serve`](crate::serve())
/// has closed the last socket of the space, behind what the `close` handlers have published. It also
/// ends if nothing refers to the space any more. The stop of an [`HttpServer`](crate::HttpServer)
/// alone does not end it, because other servers may use the space.
///
/// Any task on any executor may read it, and it may be dropped at any time.
///
/// # Typed topics
///
/// A subscription to a topic with `#[topic]` yields values of the type that the topic carries:
/// `K` is [`Only<T>`](crate::Only) then, see [`Carried`]. The limit counts their JSON. A message that
/// is published under the same name as a string is skipped. For the JSON itself, subscribe to the name
/// of the topic.
///
/// ```
/// use levante::{Server, Subscription};
///
/// /// A bridge to another message bus.
/// async fn forward(mut prices: Subscription, bus: impl Fn(&[u8])) {
///     let mut missed = 0;
///     while let Some(message) = prices.next().await {
///         bus(message.as_bytes());
///         if prices.missed() > missed {
///             missed = prices.missed();
///             eprintln!("the bus is too slow: it has missed {missed} messages");
///         }
///     }
/// }
///
/// # async fn run() {
/// let prices = Server::global().subscribe("prices").backpressure_limit(16 << 20);
/// actix_web::rt::spawn(forward(prices, |message| println!("{}", message.escape_ascii())));
/// # }
/// # let _ = run;
/// ```
#[must_use = "messages are queued until the subscription is dropped"]
pub struct Subscription<K = Anything> {
    topic: Arc<str>,
    messages: UnboundedReceiver<Guarded<Message>>,
    budget: Arc<Budget>,
    /// Not a strong reference: the end of the space ends the stream.
    receivers: Weak<Receivers>,
    carries: PhantomData<fn() -> K>,
}

impl<K> Subscription<K> {
    /// Sets how many bytes of messages may wait. Default: 1 MiB.
    ///
    /// Each message counts with its payload and 128 bytes of bookkeeping. Messages that wait already
    /// stay, also if they are beyond a lower limit.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let mut all = Server::new().subscribe("prices").backpressure_limit(64 << 20);
    /// assert_eq!(all.missed(), 0);
    /// # all.topic();
    /// ```
    pub fn backpressure_limit(self, bytes: usize) -> Self {
        self.budget.set_limit(bytes);
        self
    }

    /// The next message; `None` at the end. It is `StreamExt::next` without an import of that trait.
    /// A future that is dropped loses no message.
    ///
    /// ```
    /// use levante::{Message, Server};
    ///
    /// # #[actix_web::main]
    /// # async fn main() {
    /// let server = Server::new();
    /// let mut news = server.subscribe("news");
    /// server.publish("news", "hello");
    /// assert_eq!(news.next().await, Some(Message::Text("hello".into())));
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<K::Message>
    where
        K: Carried,
    {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// How many messages this receiver has missed so far, because its queue was full.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let server = Server::new();
    /// let news = server.subscribe("news").backpressure_limit(1);
    /// server.publish("news", "an empty queue accepts any size");
    /// server.publish("news", "this one does not fit");
    /// assert_eq!(news.missed(), 1);
    /// ```
    pub fn missed(&self) -> u64 {
        self.budget.missed()
    }

    /// The topic: the name that [`Server::subscribe`](crate::Server::subscribe) was given.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let news = Server::new().subscribe("news");
    /// assert_eq!(news.topic(), "news");
    /// ```
    pub fn topic(&self) -> &str {
        &self.topic
    }
}

impl<K: Carried> Stream for Subscription<K> {
    type Item = K::Message;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<K::Message>> {
        // Messages that are skipped count for tokio's budget of a task, so that the loop ends.
        loop {
            let received = ready!(self.messages.poll_recv(cx));
            let Some(message) = received.and_then(Guarded::into_inner) else {
                return Poll::Ready(None);
            };
            self.budget.release(cost(message.as_bytes().len()));
            if let Some(message) = K::receive(&self.topic, message) {
                return Poll::Ready(Some(message));
            }
        }
    }
}

impl<K> Drop for Subscription<K> {
    fn drop(&mut self) {
        if let Some(receivers) = self.receivers.upgrade() {
            receivers.remove(&self.topic, &self.budget);
        }
    }
}

impl<K> fmt::Debug for Subscription<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("topic", &self.topic)
            .field("missed", &self.missed())
            .finish_non_exhaustive()
    }
}

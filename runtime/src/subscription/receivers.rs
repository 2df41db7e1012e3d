//! The receivers of a space, and their bounded queues.

// The hash map of the standard library, because its hasher resists chosen topics.
use std::{
    collections::HashMap,
    fmt,
    marker::PhantomData,
    mem,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::Subscription;
use crate::{
    frame::Frame,
    guard::{self, Guarded},
    link::{Link, Slot},
    lock::{RECEIVERS, ReadGuard, RwLock, WriteGuard},
    message::Message,
    topics::Name,
};

/// The bytes of messages that may wait for a receiver, by default.
const LIMIT: usize = 1 << 20;

/// What a waiting message takes besides its payload: its place in the queue, and the bookkeeping of
/// the allocator.
const OVERHEAD: usize = 128;

/// The bytes of memory that a waiting message takes.
pub(super) fn cost(payload_len: usize) -> usize {
    OVERHEAD.saturating_add(payload_len)
}

/// The number of tables over which topics are spread, so that publishes to other topics than those
/// with receivers seldom take a lock.
const STRIPES: usize = 16;

/// The receivers of a space, by topic.
#[derive(Default)]
pub(crate) struct Receivers {
    stripes: [Stripe; STRIPES],
    /// The link to other nodes. It is read under the lock of a table, when a topic gets its first
    /// receiver or loses its last one.
    link: Slot,
}

/// The receivers of some topics.
#[derive(Default)]
struct Stripe {
    /// The number of receivers. It is read first, so that publishes to topics of a table without
    /// receivers cost nothing else. A publisher that knows of a receiver, because `subscribe` has
    /// returned before, also sees it counted.
    count: AtomicUsize,
    table: RwLock<Table, RECEIVERS>,
}

#[derive(Default)]
struct Table {
    topics: HashMap<Arc<str>, Vec<Arc<Sender>>>,
    /// The space has shut down.
    has_ended: bool,
}

/// The end of a receiver's queue that publishers use. When the last reference is dropped, the
/// stream ends.
struct Sender {
    /// Guarded, because its drop wakes a task of the application.
    messages: Guarded<UnboundedSender<Guarded<Message>>>,
    budget: Arc<Budget>,
}

/// The bytes that wait for a receiver, and their limit.
pub(super) struct Budget {
    held: AtomicUsize,
    limit: AtomicUsize,
    missed: AtomicU64,
}

impl Receivers {
    /// Adds a receiver. If the space has shut down, the stream is at its end.
    pub(crate) fn subscribe<K>(self: &Arc<Self>, topic: &str) -> Subscription<K> {
        let stripe = self.stripe(Name::new(topic));
        let (sender, messages) = unbounded_channel();
        let budget = Arc::new(Budget::default());
        let topic: Arc<str> = topic.into();
        let sender = Arc::new(Sender {
            messages: Guarded::new(sender, None),
            budget: budget.clone(),
        });
        let mut table = stripe.write();
        if !table.has_ended {
            let senders = table.topics.entry(topic.clone()).or_insert_with(|| {
                self.mark(&topic);
                Vec::new()
            });
            senders.push(sender.clone());
            stripe.count.fetch_add(1, Relaxed);
        }
        drop(table);
        Subscription {
            topic,
            messages,
            budget,
            receivers: Arc::downgrade(self),
            carries: PhantomData,
        }
    }

    /// Removes the receiver with this budget.
    pub(super) fn remove(&self, topic: &str, budget: &Arc<Budget>) {
        let stripe = self.stripe(Name::new(topic));
        let mut table = stripe.write();
        let Some(senders) = table.topics.get_mut(topic) else {
            return;
        };
        let is_it = |sender: &Arc<Sender>| Arc::ptr_eq(&sender.budget, budget);
        let Some(at) = senders.iter().position(is_it) else {
            return;
        };
        let removed = senders.swap_remove(at);
        if senders.is_empty() {
            table.topics.remove(topic);
            self.mark(topic);
            let (len, capacity) = (table.topics.len(), table.topics.capacity());
            if capacity > 64 && len < capacity / 8 {
                table.topics.shrink_to(2 * len);
            }
        }
        stripe.count.fetch_sub(1, Relaxed);
        // Without the lock, because this may wake a task of the application.
        drop(table);
        drop(removed);
    }

    /// Gives a published message to the receivers of its topic. This wakes tasks of the
    /// application, so the caller must hold no lock.
    #[inline]
    pub(crate) fn offer(&self, topic: Name<'_>, frame: Frame<'_>) {
        let stripe = self.stripe(topic);
        if stripe.count.load(Relaxed) > 0 {
            stripe.offer_to_all(topic.text(), frame);
        }
    }

    /// Ends all streams, because the space has shut down. The caller must hold no lock.
    pub(crate) fn end(&self) {
        self.stripes.iter().for_each(Stripe::end);
    }

    /// Whether a topic has receivers.
    pub(crate) fn has(&self, topic: Name<'_>) -> bool {
        let table = self.stripe(topic).read();
        table.topics.contains_key(topic.text())
    }

    /// Sets the link, and marks the topic of every receiver. Topics that get their first receiver or
    /// lose their last one from now on are marked by that.
    pub(crate) fn set_link(&self, link: Arc<Link>) {
        self.link.set(link);
        for stripe in &self.stripes {
            let table = stripe.read();
            table.topics.keys().for_each(|topic| self.mark(topic));
        }
    }

    /// Marks a topic for other nodes. To be called under the lock of its table.
    fn mark(&self, topic: &str) {
        if let Some(link) = self.link.get() {
            link.mark(Name::new(topic));
        }
    }

    fn stripe(&self, topic: Name<'_>) -> &Stripe {
        &self.stripes[topic.hash() as usize % STRIPES]
    }
}

impl Stripe {
    #[cold]
    fn offer_to_all(&self, topic: &str, frame: Frame<'_>) {
        let table = self.read();
        let senders = table.topics.get(topic).cloned().unwrap_or_default();
        drop(table);
        let Some((_, payload)) = frame.message() else {
            return;
        };
        let cost = cost(payload.len());
        // One copy for all receivers, and none if nobody has room.
        let mut message = None;
        for sender in senders.iter().filter(|sender| sender.budget.take(cost)) {
            if message.is_none() {
                message = frame.to_message();
            }
            message.iter().for_each(|message| sender.send(message));
        }
    }

    fn end(&self) {
        let mut table = self.write();
        table.has_ended = true;
        self.count.store(0, Relaxed);
        let topics = mem::take(&mut table.topics);
        drop(table);
        drop(topics);
    }

    fn read(&self) -> ReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> WriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sender {
    fn send(&self, message: &Message) {
        let Some(messages) = self.messages.get() else {
            return;
        };
        let message = Guarded::new(message.clone(), None);
        // A receiver that is being dropped does not take the message.
        if let Err(panic) = guard::call(|| drop(messages.send(message))) {
            panic.log(&None, "a waker panicked");
        }
    }
}

impl Budget {
    /// Takes room for a message of this cost. Without room the message is missed. An empty queue
    /// has room for a message of any size.
    fn take(&self, cost: usize) -> bool {
        let limit = self.limit.load(Relaxed);
        let add = |held: usize| {
            let sum = held.saturating_add(cost);
            (held == 0 || sum <= limit).then_some(sum)
        };
        let has_room = self.held.fetch_update(Relaxed, Relaxed, add).is_ok();
        if !has_room {
            self.missed.fetch_add(1, Relaxed);
        }
        has_room
    }

    /// Gives back the room of a message that was received.
    pub(super) fn release(&self, cost: usize) {
        self.held.fetch_sub(cost, Relaxed);
    }

    pub(super) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Relaxed);
    }

    pub(super) fn missed(&self) -> u64 {
        self.missed.load(Relaxed)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            held: AtomicUsize::new(0),
            limit: AtomicUsize::new(LIMIT),
            missed: AtomicU64::new(0),
        }
    }
}

impl fmt::Debug for Receivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.stripes.iter().map(|it| it.count.load(Relaxed));
        f.debug_struct("Receivers")
            .field("count", &counts.sum::<usize>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        sync::atomic::AtomicBool,
        task::{Context, Poll, Wake, Waker},
    };

    use bytes::Bytes;
    use futures_core::Stream;

    use super::*;

    fn offer(receivers: &Receivers, topic: &str, payload: &[u8]) {
        let mut frame = Vec::new();
        let kind = crate::message::Kind::Binary;
        crate::protocol::append_frame(&mut frame, kind.into(), false, payload);
        receivers.offer(Name::new(topic), Frame::Encoded(&frame));
    }

    fn count(receivers: &Receivers) -> usize {
        let stripes = receivers.stripes.iter();
        stripes.map(|it| it.count.load(Relaxed)).sum()
    }

    fn subscribe(receivers: &Arc<Receivers>, topic: &str) -> Subscription {
        receivers.subscribe(topic)
    }

    fn poll(subscription: &mut Subscription, waker: &Waker) -> Poll<Option<Message>> {
        Pin::new(subscription).poll_next(&mut Context::from_waker(waker))
    }

    /// The lengths of the messages that wait, and whether the stream has ended.
    fn received(subscription: &mut Subscription) -> (Vec<usize>, bool) {
        let mut lens = Vec::new();
        loop {
            match poll(subscription, Waker::noop()) {
                Poll::Ready(Some(message)) => lens.push(message.as_bytes().len()),
                Poll::Ready(None) => return (lens, true),
                Poll::Pending => return (lens, false),
            }
        }
    }

    #[test]
    fn the_limit_is_exact() {
        let receivers = Arc::<Receivers>::default();
        for (more, taken) in [(0, true), (1, false)] {
            let subscription = subscribe(&receivers, "t");
            let mut subscription = subscription.backpressure_limit(1000);
            offer(&receivers, "t", &[0; 300]);
            offer(&receivers, "t", &vec![0; 1000 - 300 - 2 * OVERHEAD + more]);
            assert_eq!(received(&mut subscription).0.len(), 1 + usize::from(taken));
            assert_eq!(subscription.missed(), u64::from(!taken));
            // What was received makes room. An empty queue takes a message of any size.
            offer(&receivers, "t", &[0; 5000]);
            offer(&receivers, "t", &[]);
            assert_eq!(received(&mut subscription).0, [5000]);
            assert_eq!(subscription.missed(), 1 + u64::from(!taken));
        }
    }

    #[test]
    fn a_receiver_gets_its_topic_only_until_it_is_dropped() {
        let receivers = Arc::<Receivers>::default();
        offer(&receivers, "a", b"1");
        let (mut a, mut b) = (subscribe(&receivers, "a"), subscribe(&receivers, "b"));
        let also_a = subscribe(&receivers, "a");
        offer(&receivers, "a", b"22");
        drop(also_a);
        offer(&receivers, "a", b"333");
        offer(&receivers, "b", b"4444");
        assert_eq!(received(&mut a), (vec![2, 3], false));
        assert_eq!(received(&mut b), (vec![4], false));
        drop((a, b));
        assert_eq!(count(&receivers), 0);
        assert!(
            receivers
                .stripes
                .iter()
                .all(|it| it.read().topics.is_empty())
        );
    }

    #[test]
    fn each_of_many_topics_has_its_receiver_until_the_end() {
        let receivers = Arc::<Receivers>::default();
        let names: Vec<_> = (0..10 * STRIPES).map(|number| number.to_string()).collect();
        let mut all: Vec<_> = names
            .iter()
            .map(|name| subscribe(&receivers, name))
            .collect();
        assert_eq!(count(&receivers), names.len());
        for (len, name) in names.iter().enumerate() {
            assert!(receivers.has(Name::new(name)));
            offer(&receivers, name, &vec![0; len]);
        }
        receivers.end();
        for (len, subscription) in all.iter_mut().enumerate() {
            assert_eq!(received(subscription), (vec![len], true));
        }
        let late = names.iter().map(|name| subscribe(&receivers, name));
        for mut subscription in late {
            assert_eq!(received(&mut subscription), (vec![], true));
        }
        assert_eq!(count(&receivers), 0);
    }

    #[test]
    fn the_end_comes_behind_what_waits() {
        let receivers = Arc::<Receivers>::default();
        let mut early = subscribe(&receivers, "t");
        let mut unread = subscribe(&receivers, "t");
        offer(&receivers, "t", b"1");
        receivers.end();
        offer(&receivers, "t", b"22");
        assert_eq!(received(&mut early), (vec![1], true));
        assert_eq!(received(&mut subscribe(&receivers, "t")), (vec![], true));
        drop(early);
        assert_eq!(count(&receivers), 0);
        // Without the space there is an end, too.
        drop(receivers);
        assert_eq!(received(&mut unread), (vec![1], true));
        let receivers = Arc::<Receivers>::default();
        let mut orphan = subscribe(&receivers, "t");
        drop(receivers);
        assert_eq!(received(&mut orphan), (vec![], true));
    }

    #[derive(Default)]
    struct Panics(AtomicBool);

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Relaxed);
            panic!("on purpose");
        }
    }

    #[test]
    fn a_waker_that_panics_hurts_nobody_else() {
        let receivers = Arc::<Receivers>::default();
        for ends in [false, true] {
            let mut first = subscribe(&receivers, "t");
            let mut second = subscribe(&receivers, "t");
            let panics = Arc::<Panics>::default();
            assert!(poll(&mut first, &panics.clone().into()).is_pending());
            match ends {
                true => receivers.end(),
                false => offer(&receivers, "t", b"1"),
            }
            assert!(panics.0.load(Relaxed));
            let expected = if ends { vec![] } else { vec![1] };
            assert_eq!(received(&mut first), (expected.clone(), ends));
            assert_eq!(received(&mut second), (expected, ends));
        }
    }

    struct Owner;

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &[0; 10_000]
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[test]
    fn waiting_messages_are_dropped_one_by_one() {
        let receivers = Arc::<Receivers>::default();
        let subscription = subscribe(&receivers, "t");
        for _ in 0..2 {
            let payload = Bytes::from_owner(Owner);
            let kind = crate::message::Kind::Binary;
            let header = crate::protocol::Header::new(kind.into(), false, payload.len());
            receivers.offer(Name::new("t"), Frame::Large(header, &payload));
            guard::discard(payload, &None);
        }
        drop(subscription);
        assert_eq!(count(&receivers), 0);
    }

    #[test]
    fn the_next_message_may_be_awaited() {
        let receivers = Arc::<Receivers>::default();
        let mut subscription = subscribe(&receivers, "t");
        let cx = &mut Context::from_waker(Waker::noop());
        // A future that is dropped loses nothing.
        assert!(pin!(subscription.next()).poll(cx).is_pending());
        offer(&receivers, "t", b"1");
        let Poll::Ready(Some(message)) = pin!(subscription.next()).poll(cx) else {
            panic!("it has come");
        };
        assert_eq!(message.as_bytes(), b"1");
    }
}

//! Nodes over the broker in memory, in virtual time.

mod counting;
mod faults;
mod flow;
mod former;
mod joining;
mod losses;
mod rules;
mod sockets;
mod stopping;
mod strangers;

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{Cluster, Join, JoinError, Memory};
use crate::{
    server::Server,
    subscription::Subscription,
    test::{self, advance},
    worker::Asleep,
};

const SECOND: Duration = Duration::from_secs(1);

/// A server that has joined.
struct Member {
    server: Server,
    cluster: Cluster,
}

impl Member {
    async fn join(broker: &Memory) -> Self {
        Self::with(broker, |join| join).await.unwrap()
    }

    async fn with(
        broker: &Memory,
        settings: impl FnOnce(Join<Memory>) -> Join<Memory>,
    ) -> Result<Self, JoinError> {
        let server = Server::new();
        let cluster = settings(server.join(broker.clone())).await?;
        rest().await;
        Ok(Self { server, cluster })
    }

    /// Subscribes, and waits until the node hears the topic.
    async fn hear(&self, topic: &str) -> Subscription {
        let subscription = self.server.subscribe(topic).backpressure_limit(usize::MAX);
        self.cluster.synced().await;
        subscription
    }

    /// A subscriber on another thread, which sleeps. Waits until the node hears the topic.
    async fn hear_asleep(&self, topic: &str) -> Asleep {
        let asleep = Asleep::subscribed(self.server.space(), topic);
        self.cluster.synced().await;
        asleep
    }

    fn publish(&self, topic: &str, messages: impl IntoIterator<Item = u32>) {
        for message in messages {
            self.server.publish(topic, message.to_string());
        }
    }

    fn client(&self) -> String {
        self.cluster.client()
    }
}

/// Nodes that know each other.
async fn members<const N: usize>(broker: &Memory) -> [Member; N] {
    let mut members = Vec::new();
    for _ in 0..N {
        members.push(Member::join(broker).await);
    }
    let members = <[Member; N]>::try_from(members).ok().unwrap();
    for member in &members {
        assert_eq!(member.cluster.nodes().len(), N);
        assert!(member.cluster.state().is_connected());
    }
    members
}

/// Waits until nothing happens any more without the clock.
async fn rest() {
    advance(Duration::ZERO).await;
}

fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// The numbers that have arrived so far.
async fn heard(subscription: &mut Subscription) -> Vec<u32> {
    rest().await;
    heard_so_far(subscription)
}

/// The numbers that have arrived, without a wait for others.
fn heard_so_far(subscription: &mut Subscription) -> Vec<u32> {
    let mut numbers = Vec::new();
    // tokio lets a task take only so much at once.
    while let Some(Some(message)) = now(tokio::task::unconstrained(subscription.next())) {
        numbers.push(message.as_text().unwrap().parse().unwrap());
    }
    numbers
}

fn numbers(range: std::ops::Range<u32>) -> Vec<u32> {
    range.collect()
}

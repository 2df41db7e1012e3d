//! The broker in memory behaves as a real one does, also when it is broken.

use std::{future::Future, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    Memory,
    parts::{MemoryInbound, MemoryPublisher, MemorySubscriber},
};
use crate::{
    clock,
    cluster::broker::{
        BrokerError, Connection, Driver, Inbound, Kind, Post, Publisher, Subscriber,
    },
};

type Parts = Connection<MemoryPublisher, MemorySubscriber, MemoryInbound>;

const SECOND: Duration = Duration::from_secs(1);

async fn connect(broker: &Memory, client: &str) -> Parts {
    broker.clone().connect(client).await.unwrap()
}

async fn subscribed(broker: &Memory, client: &str) -> Parts {
    let mut parts = connect(broker, client).await;
    parts.subscriber.subscribe(&["s".into()]).await.unwrap();
    parts
}

async fn publish(parts: &mut Parts, payload: &str) -> Result<(), BrokerError> {
    let batch = [Post {
        subject: "s",
        payload: payload.as_bytes(),
    }];
    parts.publisher.publish(&batch).await.map(drop)
}

async fn next(parts: &mut Parts) -> Option<String> {
    let received = parts.inbound.next().await?.unwrap();
    Some(String::from_utf8(received.payload.to_vec()).unwrap())
}

/// Whether the future is not ready after a long time.
async fn hangs(future: impl Future) -> bool {
    timeout(100 * SECOND, future).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn subscribers_get_what_is_published_and_no_others() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    let mut two = connect(&broker, "two").await;
    publish(&mut two, "a").await.unwrap();
    publish(&mut one, "b").await.unwrap();
    assert_eq!(next(&mut one).await.unwrap(), "a");
    assert_eq!(next(&mut one).await.unwrap(), "b");
    assert!(hangs(next(&mut two)).await);
    one.subscriber.subscribe(&["s".into()]).await.unwrap();
    assert_eq!(broker.subscribers_of("s"), 1);
    one.subscriber.unsubscribe(&["s".into()]).await.unwrap();
    assert_eq!(broker.subscribers_of("s"), 0);
    publish(&mut two, "c").await.unwrap();
    assert!(hangs(next(&mut one)).await);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_connection_is_forgotten() {
    let broker = Memory::new();
    let parts = subscribed(&broker, "one").await;
    assert_eq!(broker.bus.connections(), 1);
    drop(parts);
    assert_eq!(broker.bus.connections(), 0);
    assert_eq!(broker.subscribers_of("s"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_closed_connection_ends() {
    let broker = Memory::new();
    let mut parts = subscribed(&broker, "one").await;
    publish(&mut parts, "a").await.unwrap();
    parts.publisher.close().await;
    assert_eq!(broker.bus.connections(), 0);
    assert!(parts.inbound.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_cut_off_hears_nothing_until_it_is_healed() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    let mut two = subscribed(&broker, "two").await;
    broker.cut("one");
    publish(&mut two, "a").await.unwrap();
    assert!(hangs(next(&mut one)).await);
    assert!(hangs(publish(&mut one, "b")).await);
    assert!(hangs(broker.clone().connect("one")).await);
    assert_eq!(next(&mut two).await.unwrap(), "a");
    let healing = async {
        sleep(SECOND).await;
        broker.heal("one");
    };
    let (published, ()) = tokio::join!(publish(&mut one, "c"), healing);
    published.unwrap();
    assert_eq!(next(&mut one).await.unwrap(), "a");
    assert_eq!(next(&mut one).await.unwrap(), "c");
    assert_eq!(next(&mut two).await.unwrap(), "c");
}

#[tokio::test(start_paused = true)]
async fn a_delay_keeps_the_order() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    let mut two = subscribed(&broker, "two").await;
    broker.delay("one", SECOND);
    let before = clock::now();
    publish(&mut two, "a").await.unwrap();
    broker.delay("one", Duration::ZERO);
    publish(&mut two, "b").await.unwrap();
    assert_eq!(clock::now(), before);
    assert_eq!(next(&mut one).await.unwrap(), "a");
    assert_eq!(next(&mut one).await.unwrap(), "b");
    assert_eq!(clock::now() - before, SECOND);
    broker.delay("two", SECOND);
    publish(&mut two, "c").await.unwrap();
    assert_eq!(clock::now() - before, 3 * SECOND);
    assert_eq!(next(&mut one).await.unwrap(), "c");
}

#[tokio::test(start_paused = true)]
async fn a_frozen_broker_answers_nothing_until_it_thaws() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    broker.freeze();
    assert!(hangs(publish(&mut one, "a")).await);
    assert!(hangs(one.subscriber.subscribe(&["t".into()])).await);
    assert!(hangs(connect(&broker, "two")).await);
    broker.thaw();
    publish(&mut one, "b").await.unwrap();
    assert_eq!(next(&mut one).await.unwrap(), "b");
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_can_be_read_to_its_end() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    let mut two = subscribed(&broker, "two").await;
    publish(&mut two, "a").await.unwrap();
    broker.reset("one");
    assert_eq!(
        publish(&mut one, "b").await.unwrap_err().kind(),
        Kind::Broken
    );
    let subscribed = one.subscriber.subscribe(&["t".into()]).await;
    assert_eq!(subscribed.unwrap_err().kind(), Kind::Broken);
    assert_eq!(next(&mut one).await.unwrap(), "a");
    assert_eq!(next(&mut one).await, None);
    assert_eq!(broker.subscribers_of("s"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_broker_has_forgotten_everything() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    publish(&mut one, "a").await.unwrap();
    broker.stop();
    assert_eq!(next(&mut one).await, None);
    let error = broker.clone().connect("one").await.err().unwrap();
    assert_eq!(error.kind(), Kind::Unreachable);
    broker.start();
    let mut again = connect(&broker, "one").await;
    assert_eq!(broker.subscribers_of("s"), 0);
    // The old connection stays broken, though another one may have its place.
    assert!(publish(&mut one, "b").await.is_err());
    drop(one);
    publish(&mut again, "b").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_subject_can_be_denied() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    broker.deny("t");
    let post = |subject| Post {
        subject,
        payload: b"a",
    };
    let batch = [post("s"), post("t"), post("s")];
    let refusals = one.publisher.publish(&batch).await.unwrap();
    let refused: Vec<_> = refusals.iter().map(|it| it.index).collect();
    assert_eq!(refused, [1]);
    let subscribed = one.subscriber.subscribe(&["t".into()]).await;
    assert_eq!(subscribed.unwrap_err().kind(), Kind::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut_off() {
    let broker = Memory::new();
    let mut one = subscribed(&broker, "one").await;
    let mut two = connect(&broker, "two").await;
    let large = "a".repeat(16 << 20);
    publish(&mut two, &large).await.unwrap();
    publish(&mut two, &large).await.unwrap();
    assert_eq!(broker.bus.connections(), 2);
    publish(&mut two, "a").await.unwrap();
    assert_eq!(broker.bus.connections(), 1);
    assert_eq!(next(&mut one).await, None);
}

//! The rules of the engine, each broken on purpose by the broker or by another node.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use tokio::{sync::mpsc, time::Instant};

use super::{strangers::envelope, *};
use crate::{
    cluster::{
        broker::{
            BrokerError, Connection, Driver, Inbound, Post, Publisher, Reads, Received, Refusal,
        },
        envelope::{Body, Hello, Versions},
        join::Broker,
        subject::Style,
    },
    hub,
};

/// A broker that is restarted while a node connects: the part of the connection that publishes still
/// leads to the old process.
struct Restarting {
    old: Memory,
    new: Memory,
    /// Whether the next connection is such a one.
    is_next: Arc<AtomicBool>,
}

impl Broker for Restarting {}

impl Driver for Restarting {
    type Publisher = <Memory as Driver>::Publisher;
    type Subscriber = <Memory as Driver>::Subscriber;
    type Inbound = <Memory as Driver>::Inbound;

    fn url(&self) -> String {
        self.new.url()
    }

    fn style(&self) -> Style {
        self.new.style()
    }

    fn echoes(&self) -> bool {
        true
    }

    async fn connect(
        &mut self,
        client: &str,
    ) -> Result<Connection<Self::Publisher, Self::Subscriber, Self::Inbound>, BrokerError> {
        let mut connection = self.new.connect(client).await?;
        if self.is_next.swap(false, Relaxed) {
            connection.publisher = self.old.connect(client).await?.publisher;
        }
        Ok(connection)
    }
}

#[levante::test]
async fn nothing_is_sent_before_the_probe_has_come_back() {
    let broker = Memory::new();
    let is_next = Arc::new(AtomicBool::new(false));
    let restarting = Restarting {
        old: Memory::new(),
        new: broker.clone(),
        is_next: is_next.clone(),
    };
    let server = Server::new();
    let cluster = server.join(restarting).await.unwrap();
    rest().await;
    let two = Member::join(&broker).await;
    let mut news = two.hear("news").await;
    advance(SECOND).await;
    is_next.store(true, Relaxed);
    broker.reset(&cluster.client());
    rest().await;
    for message in 0..10 {
        server.publish("news", message.to_string());
    }
    // The other node's heartbeats arrive all the time, and say that it is ready.
    advance(4 * SECOND).await;
    assert!(!is_next.load(Relaxed), "it has connected");
    assert_eq!(cluster.stats().acknowledged, 0);
    advance(10 * SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(cluster.stats().lost, 0);
}

#[levante::test]
async fn a_node_is_ready_only_when_it_hears_all_its_topics() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    // So many that they do not fit into one batch.
    let topics: Vec<_> = (0..3500).map(|number| format!("room-{number}")).collect();
    let mut rooms = Vec::new();
    for topic in &topics {
        rooms.push(two.server.subscribe(topic));
    }
    two.cluster.synced().await;
    advance(SECOND).await;
    broker.stop();
    rest().await;
    for topic in &topics {
        one.publish(topic, [7]);
    }
    // Each batch takes a while.
    broker.delay(&two.client(), SECOND / 2);
    broker.start();
    advance(20 * SECOND).await;
    rest().await;
    for (room, topic) in rooms.iter_mut().zip(&topics) {
        assert_eq!(heard_so_far(room), [7], "{topic}");
    }
    let stats = one.cluster.stats();
    assert_eq!((stats.lost, stats.waiting), (0, 0));
}

#[levante::test]
async fn a_node_that_never_becomes_ready_does_not_hold_up_the_others_for_ever() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    let stranger = broker.clone().connect("stranger").await.unwrap();
    let Connection { mut publisher, .. } = stranger;
    let hello = Hello {
        versions: Versions::OURS,
        ready: false,
        asks: false,
        application: "shop",
        name: "stranger",
        sessions: None,
    };
    let payload = envelope(7, Body::Hello(hello));
    let heartbeat = [Post {
        subject: "levante:c",
        payload: &payload,
    }];
    publisher.publish(&heartbeat).await.unwrap();
    rest().await;
    assert_eq!(one.cluster.nodes().len(), 3);
    broker.reset(&one.client());
    rest().await;
    one.publish("news", 0..10);
    for _ in 0..12 {
        advance(2 * SECOND).await;
        publisher.publish(&heartbeat).await.unwrap();
    }
    rest().await;
    assert_eq!(one.cluster.nodes().len(), 3);
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(one.cluster.stats().lost, 0);
}

#[levante::test]
async fn a_flush_ends_although_the_last_message_is_lost() {
    let broker = Memory::new();
    broker.set_max_payload(1000);
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..10);
    one.server.publish("news", "1".repeat(1000));
    advance(SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(0..10));
    let stats = one.cluster.stats();
    assert_eq!((stats.acknowledged, stats.lost), (10, 1));
    let before = Instant::now();
    hub::flush(one.server.space(), before + 10 * SECOND).await;
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[levante::test]
async fn a_count_of_a_node_that_is_cut_off_is_never_complete() {
    let broker = Memory::new();
    broker.stop();
    let server = Server::new();
    let cluster = server.join(broker.clone()).start_degraded().await.unwrap();
    // It knows no other node.
    let counted = cluster.subscriber_count("news").await;
    assert!(!counted.is_complete(), "{counted:?}");
    broker.start();
    advance(3 * SECOND).await;
    assert!(cluster.state().is_connected());
    assert!(cluster.subscriber_count("news").await.is_complete());
    server.shutdown(1001, "", SECOND).await;
    assert!(!cluster.subscriber_count("news").await.is_complete());
}

#[levante::test]
async fn a_node_that_has_joined_is_connected() {
    let broker = Memory::new();
    let server = Server::new();
    let _news = server.subscribe("news");
    let cluster = server.join(broker.clone()).await.unwrap();
    assert!(cluster.state().is_connected(), "{}", cluster.state());
    assert_eq!(broker.subscribers_of("levante:t:news"), 1);
}

/// A broker whose client receives without a pause, as with a fast network: there is always something
/// to read. Its parts take their turns as those of a real client do.
struct Busy {
    memory: Memory,
    flood: Option<mpsc::UnboundedReceiver<Received>>,
    /// The number of messages that were left when something was published.
    left: Arc<std::sync::Mutex<Vec<usize>>>,
}

struct BusyPublisher {
    memory: <Memory as Driver>::Publisher,
    turns: mpsc::UnboundedReceiver<()>,
    flood: Arc<std::sync::atomic::AtomicUsize>,
    left: Arc<std::sync::Mutex<Vec<usize>>>,
}

struct BusyInbound {
    memory: <Memory as Driver>::Inbound,
    flood: Option<mpsc::UnboundedReceiver<Received>>,
    left: Arc<std::sync::atomic::AtomicUsize>,
}

impl Broker for Busy {}

impl Driver for Busy {
    type Publisher = BusyPublisher;
    type Subscriber = <Memory as Driver>::Subscriber;
    type Inbound = BusyInbound;

    fn url(&self) -> String {
        self.memory.url()
    }

    fn style(&self) -> Style {
        self.memory.style()
    }

    fn echoes(&self) -> bool {
        true
    }

    async fn connect(
        &mut self,
        client: &str,
    ) -> Result<Connection<BusyPublisher, Self::Subscriber, BusyInbound>, BrokerError> {
        let Connection {
            publisher,
            subscriber,
            inbound,
        } = self.memory.connect(client).await?;
        let (turn, turns) = mpsc::unbounded_channel();
        for _ in 0..1000 {
            turn.send(()).unwrap();
        }
        let left = Arc::new(0.into());
        Ok(Connection {
            publisher: BusyPublisher {
                memory: publisher,
                turns,
                flood: Arc::clone(&left),
                left: self.left.clone(),
            },
            subscriber,
            inbound: BusyInbound {
                memory: inbound,
                flood: self.flood.take(),
                left,
            },
        })
    }
}

impl Publisher for BusyPublisher {
    async fn publish(&mut self, batch: &[Post<'_>]) -> Result<Vec<Refusal>, BrokerError> {
        self.turns.recv().await.unwrap();
        self.left.lock().unwrap().push(self.flood.load(Relaxed));
        self.memory.publish(batch).await
    }

    fn max_payload(&self) -> usize {
        self.memory.max_payload()
    }

    async fn close(self) {
        self.memory.close().await;
    }
}

impl Inbound for BusyInbound {
    async fn next(&mut self) -> Option<Result<Received, BrokerError>> {
        if let Some(flood) = &mut self.flood {
            self.left.store(flood.len(), Relaxed);
            if let Some(received) = flood.recv().await {
                return Some(Ok(received));
            }
            self.flood = None;
        }
        self.memory.next().await
    }
}

#[levante::test]
async fn a_node_that_receives_without_a_pause_publishes_all_the_same() {
    let memory = Memory::new();
    let (flood, receiver) = mpsc::unbounded_channel();
    let left = Arc::<std::sync::Mutex<Vec<usize>>>::default();
    let busy = Busy {
        memory,
        flood: Some(receiver),
        left: left.clone(),
    };
    let payload = envelope(7, Body::Probe { number: 1 });
    for _ in 0..10_000 {
        let (subject, payload) = ("levante:c".into(), payload.clone().into());
        flood.send(Received { subject, payload }).unwrap();
    }
    drop(flood);
    Server::new().join(busy).await.unwrap();
    let first = left.lock().unwrap()[0];
    assert!(first > 9_000, "{first} of 10,000 were left");
}

/// A broker over a slow network: a large message is on its way for a long time, and nothing else can
/// arrive before it.
struct Slow(Memory, Arc<AtomicBool>);

struct SlowInbound {
    memory: <Memory as Driver>::Inbound,
    is_large: Arc<AtomicBool>,
    missing: u32,
    reads: Reads,
}

impl Broker for Slow {}

impl Driver for Slow {
    type Publisher = <Memory as Driver>::Publisher;
    type Subscriber = <Memory as Driver>::Subscriber;
    type Inbound = SlowInbound;

    fn url(&self) -> String {
        self.0.url()
    }

    fn style(&self) -> Style {
        self.0.style()
    }

    fn echoes(&self) -> bool {
        true
    }

    async fn connect(
        &mut self,
        client: &str,
    ) -> Result<Connection<Self::Publisher, Self::Subscriber, SlowInbound>, BrokerError> {
        let Connection {
            publisher,
            subscriber,
            inbound,
        } = self.0.connect(client).await?;
        Ok(Connection {
            publisher,
            subscriber,
            inbound: SlowInbound {
                memory: inbound,
                is_large: self.1.clone(),
                missing: 0,
                reads: Reads::default(),
            },
        })
    }
}

impl Inbound for SlowInbound {
    async fn next(&mut self) -> Option<Result<Received, BrokerError>> {
        if self.is_large.swap(false, Relaxed) {
            self.missing = 20;
        }
        while self.missing > 0 {
            tokio::time::sleep(SECOND).await;
            self.missing -= 1;
            self.reads.add();
        }
        self.memory.next().await
    }

    fn reads(&self) -> Reads {
        self.reads.clone()
    }
}

#[levante::test]
async fn a_large_message_may_take_longer_than_the_deadline() {
    let broker = Memory::new();
    let is_large = Arc::new(AtomicBool::new(false));
    let server = Server::new();
    let slow = Slow(broker.clone(), is_large.clone());
    let cluster = server.join(slow).await.unwrap();
    let two = Member::join(&broker).await;
    let mut news = server.subscribe("news");
    cluster.synced().await;
    is_large.store(true, Relaxed);
    two.publish("news", 0..10);
    advance(30 * SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(cluster.stats().reconnects, 0);
}

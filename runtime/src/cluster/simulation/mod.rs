//! A small cluster of the pure parts: three nodes and a broker that dies, in every order of events
//! that a property test can think of. There is no I/O, and the time is a number.
//!
//! A node is healthy if its connections break only because the broker dies. Each healthy node gets
//! each message to its topics exactly once and in order, or the message is counted as lost by its
//! sender. Other nodes may miss messages, but get none twice or out of order.

mod broker;
mod node;

use std::{collections::BTreeSet, time::Duration};

use proptest::{collection::vec, prelude::*};
use tokio::time::Instant;

use self::{broker::Broker, node::Node};
use crate::clock;

const NODES: usize = 3;

/// Topics that each node wants for the whole time. The last one comes and goes.
const TOPICS: [&str; 3] = ["a", "b", "flapping"];

#[derive(Clone, Debug)]
enum Event {
    Publish {
        node: usize,
        topic: usize,
    },
    Mark {
        node: usize,
        wanted: bool,
    },
    /// A node reads some answers, and does what is to do.
    Step {
        node: usize,
        amount: usize,
        publisher_first: bool,
    },
    /// The broker reads some of its input, and writes all answers.
    Turn(u64),
    /// The broker reads some of its input, writes a part of the answers, and dies.
    Kill {
        amounts: u64,
        written: u64,
    },
    Start,
    /// The broker does nothing until all nodes have given it up. It reads later what it has got.
    Freeze,
    /// A connection of a node that may become unhealthy is cut.
    Cut {
        node: usize,
        publisher: bool,
        lost: usize,
    },
    /// Some time passes.
    Tick(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let node = 0..NODES;
    prop_oneof![
        12 => (node.clone(), 0..TOPICS.len())
            .prop_map(|(node, topic)| Event::Publish { node, topic }),
        1 => (node.clone(), any::<bool>()).prop_map(|(node, wanted)| Event::Mark { node, wanted }),
        30 => (node.clone(), 0..6_usize, any::<bool>()).prop_map(
            |(node, amount, publisher_first)| Event::Step { node, amount, publisher_first },
        ),
        24 => amounts().prop_map(Event::Turn),
        2 => (amounts(), any::<u64>())
            .prop_map(|(amounts, written)| Event::Kill { amounts, written }),
        4 => Just(Event::Start),
        1 => Just(Event::Freeze),
        1 => (node, any::<bool>(), 0..4_usize)
            .prop_map(|(node, publisher, lost)| Event::Cut { node, publisher, lost }),
        2 => (0..3_u64).prop_map(Event::Tick),
    ]
}

/// How much the broker reads of each connection. Often it reads nothing of most of them.
fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        any::<[u64; 3]>().prop_map(|[a, b, c]| a & b & c),
    ]
}

struct Cluster {
    broker: Broker,
    nodes: Vec<Node>,
    now: Instant,
    /// The nodes whose connections were cut.
    unhealthy: BTreeSet<u64>,
    /// The parts of the amounts that the broker mostly reads, so that some connections are slow.
    mask: u64,
}

impl Cluster {
    /// All nodes are connected, and know each other.
    fn new() -> Self {
        let now = clock::now();
        let mut broker = Broker::default();
        broker.is_up = true;
        let mut nodes: Vec<Node> = (1..=NODES as u64).map(|id| Node::new(id, now)).collect();
        for node in &mut nodes {
            node.mark("a", true, now);
            node.mark("b", true, now);
        }
        let unhealthy = BTreeSet::new();
        let mut cluster = Self {
            broker,
            nodes,
            now,
            unhealthy,
            mask: u64::MAX,
        };
        cluster.heal();
        assert!(cluster.nodes.iter().all(|node| node.peers() == NODES - 1));
        cluster
    }

    fn perform(&mut self, event: Event, may_be_cut: u8) {
        let (broker, now) = (&mut self.broker, self.now);
        match event {
            Event::Publish { node, topic } => self.nodes[node].publish(TOPICS[topic], now),
            Event::Mark { node, wanted } => self.nodes[node].mark(TOPICS[2], wanted, now),
            Event::Step {
                node,
                amount,
                publisher_first,
            } => self.nodes[node].step(broker, amount, publisher_first, now),
            Event::Turn(amounts) => {
                let mask = if amounts % 8 == 0 {
                    u64::MAX
                } else {
                    self.mask
                };
                broker.read(amounts & mask);
                broker.write(u64::MAX);
            }
            Event::Kill { amounts, written } => {
                broker.read(amounts);
                broker.write(written);
                broker.kill();
            }
            Event::Start => broker.is_up = true,
            Event::Freeze => {
                for node in &mut self.nodes {
                    node.give_up(broker, now);
                }
            }
            Event::Cut {
                node,
                publisher,
                lost,
            } => {
                if may_be_cut >> node & 1 == 1 {
                    self.nodes[node].cut(broker, publisher, lost, now);
                    self.unhealthy.insert(self.nodes[node].id);
                }
            }
            Event::Tick(seconds) => {
                self.now += Duration::from_secs(seconds);
                for node in &mut self.nodes {
                    node.tick(broker, self.now);
                }
            }
        }
    }

    /// Lets everything happen that is under way.
    fn heal(&mut self) {
        self.broker.is_up = true;
        for _ in 0..120 {
            for node in &mut self.nodes {
                node.step(&mut self.broker, 100, true, self.now);
            }
            self.broker.read(u64::MAX);
            self.broker.write(u64::MAX);
        }
        for node in &mut self.nodes {
            node.tick(&mut self.broker, self.now);
        }
    }

    fn check(&self) {
        for node in &self.nodes {
            assert!(node.is_ready() && node.gate.is_open(), "{node:?}");
            assert!(node.interest.is_synced());
            assert_eq!(node.window.first_open().map(|item| item.sequence), None);
            assert_eq!(
                node.missing().len() as u64,
                node.lost,
                "each loss is counted once"
            );
        }
        for to in &self.nodes {
            for from in self.nodes.iter().filter(|from| from.id != to.id) {
                self.check_pair(from, to);
            }
        }
    }

    fn check_pair(&self, from: &Node, to: &Node) {
        let got = to.received.iter().filter(|(node, _)| *node == from.id);
        let got: Vec<u64> = got.map(|(_, sequence)| *sequence).collect();
        assert!(
            got.is_sorted_by(|a, b| a < b),
            "twice or out of order: {got:?}"
        );
        if self.unhealthy.contains(&to.id) || from.given_up.contains(&to.id) {
            return;
        }
        let missing = from.missing();
        for item in &from.published {
            let is_wanted = item.topic != TOPICS[2];
            let is_there = got.binary_search(&item.sequence).is_ok();
            assert!(
                !is_wanted || is_there || missing.contains(&item.sequence),
                "{} misses {item:?} of {}, which is not counted: {missing:?}",
                to.id,
                from.id
            );
        }
    }
}

#[test]
fn a_frozen_broker_delivers_what_a_node_has_said_before() {
    let mut cluster = Cluster::new();
    let now = cluster.now;
    let [one, two, _] = [0, 1, 2];
    // One node has said that it is ready when the broker freezes, and all nodes give up waiting.
    cluster.nodes[two].tick(&mut cluster.broker, now);
    cluster.broker.unread.extend(cluster.nodes[two].publisher());
    for node in &mut cluster.nodes {
        node.give_up(&mut cluster.broker, now);
    }
    let run_without_two = |cluster: &mut Cluster| {
        for _ in 0..20 {
            for (index, node) in cluster.nodes.iter_mut().enumerate() {
                if index != two {
                    node.step(&mut cluster.broker, 100, true, now);
                }
            }
            cluster.broker.read(u64::MAX);
            cluster.broker.write(u64::MAX);
        }
    };
    // It goes on, and all but this node are connected when it reads the old heartbeat.
    run_without_two(&mut cluster);
    assert!(cluster.nodes[one].is_ready());
    cluster.nodes[one].publish("a", now);
    cluster.broker.unread.clear();
    run_without_two(&mut cluster);
    assert!(
        cluster.nodes[one]
            .gate
            .awaited()
            .eq([cluster.nodes[two].id])
    );
    cluster.heal();
    cluster.check();
    assert_eq!(cluster.nodes[two].received.len(), 1);
}

/// Three messages of a node wait in a frozen broker. When it goes on, another node subscribes in the
/// middle of them. `is_away` tells whether their node has given up the broker, too.
fn in_the_middle_of_a_batch(is_away: bool) -> Cluster {
    let mut cluster = Cluster::new();
    let now = cluster.now;
    let [one, two, three] = [0, 1, 2];
    cluster.broker.read(u64::MAX);
    cluster.broker.write(u64::MAX);
    for _ in 0..3 {
        cluster.nodes[one].publish("a", now);
    }
    cluster.nodes[one].step(&mut cluster.broker, 0, true, now);
    let former = cluster.nodes[one].publisher().unwrap();
    cluster.broker.unread.insert(former);
    for node in [one, two, three] {
        if is_away || node == two {
            cluster.nodes[node].give_up(&mut cluster.broker, now);
        }
    }
    cluster.broker.read_of(former, 1);
    for _ in 0..20 {
        for node in [two, three] {
            cluster.nodes[node].step(&mut cluster.broker, 100, true, now);
        }
        cluster.broker.read(u64::MAX);
        cluster.broker.write(u64::MAX);
    }
    assert!(cluster.nodes[two].is_ready());
    cluster.broker.unread.clear();
    cluster
}

#[test]
fn what_a_frozen_broker_delivers_in_part_is_taken_as_a_whole_when_it_comes_again() {
    let mut cluster = in_the_middle_of_a_batch(true);
    cluster.heal();
    cluster.check();
    let [one, two] = [0, 1].map(|node: usize| &cluster.nodes[node]);
    assert_eq!(one.lost, 0);
    assert_eq!(two.received, [1, 2, 3].map(|number| (one.id, number)));
}

#[test]
fn a_node_that_was_away_alone_takes_what_does_not_come_again() {
    let mut cluster = in_the_middle_of_a_batch(false);
    cluster.heal();
    let [one, two, three] = [0, 1, 2].map(|node: usize| &cluster.nodes[node]);
    assert_eq!(two.received, [2, 3].map(|number| (one.id, number)));
    assert_eq!(three.received, [1, 2, 3].map(|number| (one.id, number)));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_healthy_node_gets_each_message_once_or_it_is_counted(
        events in vec(event(), 0..300),
        may_be_cut in 0..8_u8,
        mask in prop_oneof![Just(u64::MAX), any::<u64>()],
    ) {
        let mut cluster = Cluster::new();
        cluster.mask = mask;
        for event in events {
            cluster.perform(event, may_be_cut);
        }
        cluster.heal();
        cluster.check();
    }
}

//! Many clients on several nodes, and the model of what each of them must hear.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::tungstenite::Message;

use crate::support::cluster::{member::Member, node::Node, until};

/// Clients that publish numbers under their own names, each to its topic, and keep count of all that
/// they hear.
pub(crate) struct Crowd {
    people: Vec<Person>,
    /// How long a client waits between two messages; `None`: it publishes no more for now.
    pace: watch::Sender<Option<Duration>>,
}

struct Person {
    /// Its node, by position.
    node: usize,
    topic: usize,
    /// How many messages it has published.
    said: Arc<AtomicU32>,
    heard: Arc<Mutex<Heard>>,
    tasks: [JoinHandle<()>; 2],
}

/// What a client has heard, by publisher.
#[derive(Default)]
struct Heard {
    by_publisher: BTreeMap<usize, Tracked>,
    /// Whether its connection has ended.
    is_over: bool,
}

/// What has come from one publisher.
#[derive(Default)]
struct Tracked {
    last: u32,
    gaps: Vec<RangeInclusive<u32>>,
}

/// A message: its publisher and its number.
type Said = (usize, u32);

impl Crowd {
    /// Connects so many clients to each node, which are spread over so many topics, and waits until
    /// the broker knows of all topics.
    pub(crate) async fn gather(nodes: &[Node], each: usize, topics: usize) -> Self {
        let (pace, _) = watch::channel(None);
        let mut people = Vec::new();
        for number in 0..each {
            for (at, node) in nodes.iter().enumerate() {
                let topic = number % topics;
                let member = Member::of(node.address, &name(topic)).await;
                people.push(Person::new(
                    people.len(),
                    at,
                    topic,
                    member,
                    pace.subscribe(),
                ));
            }
        }
        for node in nodes {
            node.synced().await;
        }
        Self { people, pace }
    }

    /// Has each client publish a message in each period, until [`pause`](Self::pause).
    pub(crate) fn speak(&self, period: Duration) {
        self.pace.send_replace(Some(period));
    }

    /// How many messages all clients have published.
    pub(crate) fn said(&self) -> u32 {
        let said = self.people.iter().map(|it| it.said.load(Ordering::Acquire));
        said.sum()
    }

    /// Waits until they have published so many more messages.
    pub(crate) async fn speaks(&self, more: u32) {
        let before = self.said();
        until("they speak", async || self.said() >= before + more).await;
    }

    /// Stops the publishing, and waits until the nodes have taken all that was published: each client
    /// has heard its own last message.
    pub(crate) async fn pause(&self) {
        self.pace.send_replace(None);
        for (publisher, person) in self.people.iter().enumerate() {
            until("a client hears itself", async || {
                let said = person.said.load(Ordering::Acquire);
                let heard = person.heard.lock().unwrap();
                heard.is_over || heard.last(publisher) == said
            })
            .await;
        }
    }

    /// Waits until all that the nodes have is at the broker, and then at all clients: each publishes
    /// one more message, which all others of its topic must hear.
    pub(crate) async fn settle(&self, nodes: &[Node]) {
        self.pause().await;
        for (at, node) in nodes.iter().enumerate() {
            if self.is_over(at) {
                continue;
            }
            until("nothing waits for the broker", async || {
                node.is_connected().await && node.stat("waiting").await == 0
            })
            .await;
        }
        self.say_once().await;
        for (publisher, speaker) in self.people.iter().enumerate() {
            if speaker.is_over() {
                continue;
            }
            let said = speaker.said.load(Ordering::Acquire);
            for listener in self.listeners(speaker) {
                until("all hear the last message", async || {
                    listener.is_over() || listener.heard.lock().unwrap().last(publisher) == said
                })
                .await;
            }
        }
    }

    /// The messages of a node's clients that clients of any other node have not heard.
    ///
    /// All clients of one node must agree, and clients of the same node must have heard everything.
    /// Nodes that have ended do not count as listeners.
    pub(crate) fn missed(&self, node: usize) -> BTreeSet<Said> {
        let by_node = self.missed_by_node(node);
        assert_eq!(
            by_node.get(&node).map_or(0, BTreeSet::len),
            0,
            "a client has missed messages of its own node"
        );
        by_node.into_values().flatten().collect()
    }

    /// The same for each listening node.
    pub(crate) fn missed_by_node(&self, node: usize) -> BTreeMap<usize, BTreeSet<Said>> {
        let mut all: BTreeMap<usize, BTreeSet<Said>> = BTreeMap::new();
        for (publisher, speaker) in self.people.iter().enumerate() {
            if speaker.node != node {
                continue;
            }
            let said = speaker.said.load(Ordering::Acquire);
            let mut by_node: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
            for listener in self.listeners(speaker).filter(|it| !it.is_over()) {
                let heard = listener.heard.lock().unwrap();
                let missed = BTreeSet::from_iter(heard.missed(publisher, said));
                let agreed = by_node.entry(listener.node);
                let agreed = agreed.or_insert_with(|| missed.clone());
                assert_eq!(*agreed, missed, "two clients of node {}", listener.node);
            }
            for (at, missed) in by_node {
                let missed = missed.into_iter().map(|number| (publisher, number));
                all.entry(at).or_default().extend(missed);
            }
        }
        all
    }

    /// The messages that the clients of a node that has ended have published and heard, and that clients
    /// of another node have missed.
    pub(crate) fn missed_of_ended(&self, ended: usize, at: usize) -> BTreeSet<Said> {
        let missed = self.missed_by_node(ended).remove(&at).unwrap();
        let accepted = |&(publisher, number): &Said| {
            let mut there = self.people.iter().filter(|it| it.node == ended);
            there.any(|it| number <= it.heard.lock().unwrap().last(publisher))
        };
        missed.into_iter().filter(accepted).collect()
    }

    /// Checks that what clients have missed is what their nodes have counted as lost, and returns how
    /// much that is.
    pub(crate) async fn judge(&self, nodes: &[Node]) -> u64 {
        let mut all = 0;
        for (at, node) in nodes.iter().enumerate() {
            let missed = self.missed(at);
            let lost = node.stat("lost").await;
            let first: Vec<_> = missed.iter().take(20).collect();
            assert_eq!(
                missed.len() as u64,
                lost,
                "node {at} and its counter: {first:?}"
            );
            all += lost;
        }
        all
    }

    /// Disconnects all, and waits until the nodes have noticed.
    pub(crate) async fn leave(mut self, nodes: &[Node]) {
        self.people.clear();
        for node in nodes {
            until("no client is left", async || {
                node.ask(json!("local")).await["connections"] == 0
            })
            .await;
        }
    }

    /// Each publishes one message.
    async fn say_once(&self) {
        let before: Vec<_> = self
            .people
            .iter()
            .map(|it| it.said.load(Ordering::Acquire))
            .collect();
        // The first tick comes at once, and the second one never.
        self.pace.send_replace(Some(Duration::from_secs(1 << 20)));
        for (person, before) in self.people.iter().zip(before) {
            until("each says one more message", async || {
                person.is_over() || person.said.load(Ordering::Acquire) == before + 1
            })
            .await;
        }
        self.pause().await;
    }

    fn is_over(&self, node: usize) -> bool {
        let mut of_node = self.people.iter().filter(|it| it.node == node);
        of_node.all(Person::is_over)
    }

    fn listeners(&self, speaker: &Person) -> impl Iterator<Item = &Person> {
        let topic = speaker.topic;
        self.people.iter().filter(move |it| it.topic == topic)
    }
}

impl Person {
    fn new(
        publisher: usize,
        node: usize,
        topic: usize,
        member: Member,
        mut pace: watch::Receiver<Option<Duration>>,
    ) -> Self {
        let said = Arc::new(AtomicU32::new(0));
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (client, earlier) = member.into_parts();
        let (mut sink, mut stream) = client.split();
        for text in earlier {
            heard.lock().unwrap().hear(&text);
        }

        let counted = said.clone();
        let speaking = tokio::spawn(async move {
            loop {
                let Some(period) = *pace.borrow_and_update() else {
                    if pace.changed().await.is_err() {
                        return;
                    }
                    continue;
                };
                let mut ticks = interval(period);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    tokio::select! {
                        _ = ticks.tick() => {}
                        _ = pace.changed() => break,
                    }
                    let number = counted.load(Ordering::Acquire) + 1;
                    let text = format!("{publisher} {number}");
                    let line = json!({ "publish": { "topic": name(topic), "text": text } });
                    if sink.send(Message::text(line.to_string())).await.is_err() {
                        return;
                    }
                    counted.store(number, Ordering::Release);
                }
            }
        });
        let tracked = heard.clone();
        let listening = tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Text(text) = message {
                    tracked.lock().unwrap().hear(&text);
                }
            }
            tracked.lock().unwrap().is_over = true;
        });
        Self {
            node,
            topic,
            said,
            heard,
            tasks: [speaking, listening],
        }
    }

    fn is_over(&self) -> bool {
        self.heard.lock().unwrap().is_over
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Heard {
    /// Each message comes once, and those of one publisher in order.
    fn hear(&mut self, text: &str) {
        let (publisher, number) = text.split_once(' ').unwrap();
        let (publisher, number) = (publisher.parse().unwrap(), number.parse().unwrap());
        let tracked = self.by_publisher.entry(publisher).or_default();
        let last = tracked.last;
        assert!(
            number > last,
            "publisher {publisher}: {number} after {last}"
        );
        if number > last + 1 {
            tracked.gaps.push(last + 1..=number - 1);
        }
        tracked.last = number;
    }

    fn last(&self, publisher: usize) -> u32 {
        self.by_publisher.get(&publisher).map_or(0, |it| it.last)
    }

    fn missed(&self, publisher: usize, said: u32) -> impl Iterator<Item = u32> {
        let tracked = self.by_publisher.get(&publisher);
        let gaps = tracked.map(|it| it.gaps.clone()).unwrap_or_default();
        let rest = self.last(publisher) + 1..=said;
        gaps.into_iter().chain([rest]).flatten()
    }
}

fn name(topic: usize) -> String {
    format!("room/{topic}")
}

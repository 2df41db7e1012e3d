use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*, sample::Index as Pick};

use super::*;

const LINGER: Duration = Duration::from_secs(5);

/// An interest, and the time after some seconds.
fn interest() -> (Interest, impl Fn(u64) -> Instant + Copy) {
    let start = Instant::now();
    let at = move |seconds| start + Duration::from_secs(seconds);
    (Interest::new(LINGER, start), at)
}

/// The next batch: what it changes, and the names.
fn next(interest: &mut Interest, now: Instant) -> Option<(Batch, Change, Vec<String>)> {
    let batch = interest.next(now)?;
    let names: Vec<_> = interest.names(&batch).map(str::to_owned).collect();
    assert_eq!(names.len(), batch.len());
    let change = batch.change;
    Some((batch, change, names))
}

/// Performs all that is to do, and returns it.
fn settle(interest: &mut Interest, now: Instant) -> Vec<(Change, Vec<String>)> {
    let mut done = Vec::new();
    while let Some((batch, change, names)) = next(interest, now) {
        interest.done(batch, now);
        done.push((change, names));
    }
    done
}

fn subscribe(names: &[&str]) -> (Change, Vec<String>) {
    (
        Change::Subscribe,
        names.iter().map(|name| (*name).to_owned()).collect(),
    )
}

fn unsubscribe(names: &[&str]) -> (Change, Vec<String>) {
    (Change::Unsubscribe, subscribe(names).1)
}

#[test]
fn a_topic_lingers_after_its_last_subscriber() {
    let (mut interest, at) = interest();
    interest.connected();
    assert!(interest.is_synced());
    interest.mark(Name::new("a"), true, at(1));
    interest.mark(Name::new("a"), true, at(1));
    assert!(!interest.is_synced());
    assert_eq!(settle(&mut interest, at(1)), [subscribe(&["a"])]);
    assert!(interest.is_synced());
    assert_eq!(interest.subscribed(), 1);
    interest.mark(Name::new("a"), false, at(2));
    assert_eq!(interest.deadline(), Some(at(7)));
    assert_eq!(settle(&mut interest, at(6)), []);
    assert_eq!(settle(&mut interest, at(7)), [unsubscribe(&["a"])]);
    assert_eq!((interest.subscribed(), interest.topics.len()), (0, 0));
    assert_eq!(interest.deadline(), None);
}

#[test]
fn flapping_costs_nothing() {
    let (mut interest, at) = interest();
    interest.connected();
    interest.mark(Name::new("a"), true, at(0));
    assert_eq!(settle(&mut interest, at(0)), [subscribe(&["a"])]);
    for second in 1..30 {
        interest.mark(Name::new("a"), false, at(second));
        assert_eq!(interest.lingering.len(), 1);
        assert_eq!(settle(&mut interest, at(second)), []);
        interest.mark(Name::new("a"), true, at(second));
    }
    assert_eq!(settle(&mut interest, at(100)), []);
    interest.mark(Name::new("a"), false, at(101));
    assert_eq!(settle(&mut interest, at(105)), []);
    assert_eq!(settle(&mut interest, at(106)), [unsubscribe(&["a"])]);
}

#[test]
fn a_topic_that_is_idle_again_lingers_from_then_on() {
    let (mut interest, at) = interest();
    interest.connected();
    interest.mark(Name::new("a"), true, at(0));
    settle(&mut interest, at(0));
    interest.mark(Name::new("a"), false, at(1));
    interest.mark(Name::new("a"), true, at(2));
    interest.mark(Name::new("a"), false, at(4));
    assert_eq!(interest.deadline(), Some(at(6)));
    assert_eq!(settle(&mut interest, at(6)), []);
    assert_eq!(interest.deadline(), Some(at(9)));
    assert_eq!(settle(&mut interest, at(9)), [unsubscribe(&["a"])]);
}

#[test]
fn a_topic_that_has_returned_while_its_end_waited_lingers_anew() {
    let (mut interest, at) = interest();
    interest.connected();
    interest.mark(Name::new("a"), true, at(0));
    settle(&mut interest, at(0));
    interest.mark(Name::new("a"), false, at(0));
    interest.mark(Name::new("b"), true, at(5));
    // Its end waits, because subscriptions come first.
    let (batch, ..) = next(&mut interest, at(5)).unwrap();
    interest.mark(Name::new("a"), true, at(5));
    interest.mark(Name::new("a"), false, at(6));
    interest.done(batch, at(6));
    assert_eq!(settle(&mut interest, at(10)), []);
    assert_eq!(settle(&mut interest, at(11)), [unsubscribe(&["a"])]);
}

#[test]
fn a_topic_that_leaves_before_it_is_sent_is_never_sent() {
    let (mut interest, at) = interest();
    interest.connected();
    interest.mark(Name::new("a"), true, at(0));
    interest.mark(Name::new("a"), false, at(0));
    assert_eq!(settle(&mut interest, at(0)), []);
    assert_eq!((interest.topics.len(), interest.names.len()), (0, 0));
    assert!(interest.is_synced());
}

#[test]
fn a_topic_that_returns_while_it_leaves_is_subscribed_again() {
    let (mut interest, at) = interest();
    interest.connected();
    interest.mark(Name::new("a"), true, at(0));
    settle(&mut interest, at(0));
    interest.mark(Name::new("a"), false, at(0));
    let (batch, ..) = next(&mut interest, at(5)).unwrap();
    interest.mark(Name::new("a"), true, at(5));
    assert!(!interest.is_synced());
    assert!(
        interest.next(at(5)).is_none(),
        "first the broker must answer"
    );
    interest.done(batch, at(6));
    assert_eq!(settle(&mut interest, at(6)), [subscribe(&["a"])]);
    assert!(interest.is_synced());
}

#[test]
fn a_reconnect_subscribes_to_what_is_wanted_and_to_nothing_else() {
    let (mut interest, at) = interest();
    interest.mark(Name::new("early"), true, at(0));
    assert!(interest.next(at(0)).is_none());
    assert!(!interest.is_synced());
    interest.connected();
    assert_eq!(settle(&mut interest, at(0)), [subscribe(&["early"])]);
    interest.mark(Name::new("gone"), true, at(0));
    interest.mark(Name::new("sent"), true, at(0));
    let (old, ..) = next(&mut interest, at(0)).unwrap();
    interest.mark(Name::new("gone"), false, at(1));
    interest.disconnected();
    assert_eq!(interest.subscribed(), 0);
    interest.mark(Name::new("late"), true, at(2));
    interest.mark(Name::new("sent"), false, at(2));
    interest.mark(Name::new("sent"), true, at(2));
    interest.mark(Name::new("never"), true, at(2));
    interest.mark(Name::new("never"), false, at(2));
    interest.connected();
    assert_eq!(interest.names(&old).count(), 0);
    interest.done(old, at(3));
    let done = settle(&mut interest, at(3));
    assert_eq!(done.len(), 1);
    let names: BTreeSet<&str> = done[0].1.iter().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["early", "late", "sent"]));
    assert_eq!(settle(&mut interest, at(100)), []);
}

#[test]
fn batches_are_bounded_in_number_and_bytes() {
    let (mut interest, at) = interest();
    interest.connected();
    for number in 0..2500 {
        interest.mark(Name::new(&number.to_string()), true, at(0));
    }
    let long = ["a", "b", "c"].map(|letter| letter.repeat(10_000));
    let huge = "d".repeat(100_000);
    for name in long.iter().chain([&huge]) {
        interest.mark(Name::new(name), true, at(0));
    }
    let sizes = |done: Vec<(Change, Vec<String>)>| -> Vec<usize> {
        done.iter().map(|(_, names)| names.len()).collect()
    };
    assert_eq!(
        sizes(settle(&mut interest, at(0))),
        [1000, 1000, 501, 1, 1, 1]
    );
    for number in 0..2500 {
        interest.mark(Name::new(&number.to_string()), false, at(1));
    }
    assert_eq!(sizes(settle(&mut interest, at(6))), [1000, 1000, 500]);
    assert_eq!(interest.subscribed(), 4);
}

#[test]
fn a_topic_takes_some_50_bytes_and_its_name() {
    const TOPICS: usize = 200_000;
    let (mut interest, at) = interest();
    let names: Vec<String> = (0..TOPICS)
        .map(|number| format!("room/{number:08}"))
        .collect();
    let memory = allocation_counter::measure(|| {
        interest.connected();
        for name in &names {
            interest.mark(Name::new(name), true, at(0));
        }
        while let Some(batch) = interest.next(at(0)) {
            interest.done(batch, at(0));
        }
        interest.disconnected();
        interest.connected();
        while let Some(batch) = interest.next(at(0)) {
            interest.done(batch, at(0));
        }
    });
    assert!(interest.is_synced());
    assert_eq!(interest.subscribed(), TOPICS);
    let all = memory.bytes_current;
    let each = usize::try_from(all).unwrap() / TOPICS;
    assert!(each <= 13 + 60, "{each} bytes");
    let memory = allocation_counter::measure(|| {
        for name in &names {
            interest.mark(Name::new(name), false, at(1));
        }
        while let Some(batch) = interest.next(at(6)) {
            interest.done(batch, at(6));
        }
    });
    assert_eq!(interest.topics.len(), 0);
    let left = all + memory.bytes_current;
    assert!(left < 64 * 1024, "{left} bytes are kept");
}

#[test]
fn a_batch_is_small_enough_for_a_slow_broker() {
    let names: Vec<_> = (0..1000).map(|number| format!("{number:0100}")).collect();
    let start = Instant::now();
    let mut interest = Interest::new(Duration::ZERO, start);
    interest.connected();
    for name in &names {
        interest.mark(Name::new(name), true, start);
    }
    let batch = interest.next(start).unwrap();
    // At 10,000 bytes a second, there and back, in well less than the deadline of 5 seconds.
    assert!((100..=170).contains(&batch.len()), "{}", batch.len());
}

#[derive(Clone, Debug)]
enum Event {
    Mark(u8, bool),
    Pass(u64),
    Connect,
    Disconnect,
    /// Asks for a batch, and sends it.
    Send,
    /// The broker confirms the oldest batch.
    Confirm,
    /// The answer to a batch of an old connection comes late.
    ConfirmOld(Pick),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        10 => (0..6_u8, any::<bool>()).prop_map(|(topic, wanted)| Event::Mark(topic, wanted)),
        4 => (0..4_u64).prop_map(Event::Pass),
        1 => Just(Event::Connect),
        1 => Just(Event::Disconnect),
        6 => Just(Event::Send),
        6 => Just(Event::Confirm),
        1 => any::<Pick>().prop_map(Event::ConfirmOld),
    ]
}

/// The broker and the users.
#[derive(Default)]
struct Model {
    wanted: BTreeMap<String, bool>,
    /// When a topic that is not wanted became so.
    idle_since: BTreeMap<String, u64>,
    /// What the broker has subscribed, at the end of all batches that are on their way.
    subscribed: BTreeSet<String>,
    in_flight: VecDeque<Batch>,
    old: Vec<Batch>,
}

impl Model {
    fn lose(&mut self) {
        self.subscribed.clear();
        self.old.extend(self.in_flight.drain(..));
    }

    fn wanted(&self) -> BTreeSet<String> {
        let wanted = self.wanted.iter().filter(|(_, wanted)| **wanted);
        wanted.map(|(name, _)| name.clone()).collect()
    }

    /// Whether a topic may be given up: it has not been wanted for the whole time.
    fn may_leave(&self, name: &str, now: u64) -> bool {
        !self.wanted.get(name).is_some_and(|wanted| *wanted)
            && self.idle_since[name] + LINGER.as_secs() <= now
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Nothing is subscribed twice or unsubscribed in vain, nothing leaves too early, and in the end
    /// the broker has what is wanted.
    #[test]
    fn the_broker_gets_what_is_wanted(events in vec(event(), 0..120)) {
        let (mut interest, at) = interest();
        let mut model = Model::default();
        let mut now = 0;
        let mut is_connected = false;
        let send = |interest: &mut Interest, model: &mut Model, now| {
            let Some((batch, change, names)) = next(interest, at(now)) else {
                return false;
            };
            for name in names {
                match change {
                    Change::Subscribe => assert!(model.subscribed.insert(name), "only once"),
                    Change::Unsubscribe => {
                        assert!(model.may_leave(&name, now), "{name} leaves too early");
                        assert!(model.subscribed.remove(&name), "only what is subscribed");
                    }
                }
            }
            model.in_flight.push_back(batch);
            true
        };
        for event in events {
            match event {
                Event::Mark(topic, wanted) => {
                    let name = topic.to_string();
                    interest.mark(Name::new(&name), wanted, at(now));
                    if model.wanted.insert(name.clone(), wanted) != Some(wanted) && !wanted {
                        model.idle_since.insert(name, now);
                    }
                }
                Event::Pass(seconds) => now += seconds,
                Event::Connect => {
                    interest.connected();
                    is_connected = true;
                    model.lose();
                }
                Event::Disconnect => {
                    interest.disconnected();
                    is_connected = false;
                    model.lose();
                }
                Event::Send => {
                    let sent = send(&mut interest, &mut model, now);
                    prop_assert!(is_connected || !sent);
                }
                Event::Confirm => {
                    if let Some(batch) = model.in_flight.pop_front() {
                        interest.done(batch, at(now));
                    }
                }
                Event::ConfirmOld(pick) => {
                    if !model.old.is_empty() {
                        let batch = model.old.swap_remove(pick.index(model.old.len()));
                        interest.done(batch, at(now));
                    }
                }
            }
            if interest.is_synced() {
                prop_assert!(is_connected);
                prop_assert!(model.wanted().is_subset(&model.subscribed));
            }
            prop_assert_eq!(interest.names.len(), interest.topics.len());
        }
        if !is_connected {
            interest.connected();
            model.lose();
        }
        // Twice: what has been asked for may be out of date when the broker answers.
        for _ in 0..2 {
            while send(&mut interest, &mut model, now) || !model.in_flight.is_empty() {
                if let Some(batch) = model.in_flight.pop_front() {
                    interest.done(batch, at(now));
                }
            }
            prop_assert!(interest.is_synced());
            prop_assert!(model.wanted().is_subset(&model.subscribed));
            now += LINGER.as_secs();
        }
        prop_assert_eq!(&model.wanted(), &model.subscribed);
        prop_assert_eq!(interest.subscribed(), model.subscribed.len());
        prop_assert_eq!(interest.topics.len(), model.subscribed.len());
        prop_assert_eq!(interest.deadline(), None);
    }
}

use proptest::{collection::vec, prelude::*};

use super::*;

const MAX_AGE: Duration = Duration::from_secs(30);
const LIMITS: Limits = Limits {
    messages: 3,
    bytes: 100,
};

/// A window of numbers. Each costs 10.
struct Tested {
    window: Window<u32>,
    start: Instant,
}

impl Tested {
    fn new(items: impl IntoIterator<Item = u32>) -> Self {
        let (window, start) = (Window::new(MAX_AGE), Instant::now());
        let mut tested = Self { window, start };
        for item in items {
            tested.push(item, 0);
        }
        tested
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn push(&mut self, item: u32, second: u64) {
        let now = self.at(second);
        self.window.push(item, 10, now);
    }

    /// Sends a batch, and returns its messages. Numbers from 1000 on cannot be sent.
    fn send(&mut self) -> Vec<u32> {
        let mut sent = Vec::new();
        let batch = self.window.batch(LIMITS, |&item| {
            if item >= 1000 {
                return Err(Unsendable);
            }
            sent.push(item);
            Ok(10)
        });
        assert_eq!(batch.map_or(0, |batch| batch.messages), sent.len());
        sent
    }

    /// Returns the number of messages that are confirmed.
    fn acknowledge(&mut self) -> u64 {
        let acknowledged = self.window.acknowledged(&[]);
        assert_eq!(acknowledged.refused, released(0));
        let confirmed = acknowledged.confirmed;
        assert_eq!(confirmed, released(confirmed.messages));
        confirmed.messages
    }

    /// Returns the messages that are given up.
    fn disconnect(&mut self) -> Vec<u32> {
        let mut poison = Vec::new();
        let lost = self.window.disconnected(|item| poison.push(item));
        assert_eq!(lost, released(poison.len() as u64));
        poison
    }
}

fn released(messages: u64) -> Released {
    Released {
        messages,
        cost: usize::try_from(messages).unwrap() * 10,
    }
}

#[test]
fn a_message_is_kept_until_a_later_batch_is_acknowledged() {
    let mut tested = Tested::new(1..=6);
    assert_eq!(tested.send(), [1, 2, 3]);
    assert_eq!(tested.send(), [4, 5, 6]);
    assert_eq!(tested.send(), [0; 0]);
    assert_eq!(tested.acknowledge(), 0);
    // This was sent before the answer to the first one.
    assert_eq!(tested.acknowledge(), 0);
    assert_eq!(tested.window.first_open(), None);
    tested.push(7, 0);
    assert_eq!(tested.send(), [7]);
    assert_eq!(tested.acknowledge(), 6);
    tested.window.empty_batch();
    assert_eq!(tested.window.in_flight(), 1);
    assert_eq!(tested.acknowledge(), 1);
    assert_eq!(tested.window.entries.len(), 0);
    assert_eq!(tested.acknowledge(), 0, "there is no batch");
}

#[test]
fn what_is_not_confirmed_is_sent_again_in_order() {
    let mut tested = Tested::new(1..=8);
    tested.send();
    tested.send();
    tested.acknowledge();
    assert_eq!(tested.window.first_open(), Some(&4));
    assert_eq!(tested.window.waiting(), 2);
    assert_eq!(tested.disconnect(), [0; 0]);
    assert_eq!(tested.window.in_flight(), 0);
    assert_eq!(tested.window.waiting(), 8);
    assert_eq!(tested.send(), [1, 2, 3]);
    tested.acknowledge();
    assert_eq!(tested.send(), [4, 5, 6]);
    assert_eq!(tested.acknowledge(), 3);
    tested.disconnect();
    assert_eq!(tested.send(), [4, 5, 6]);
    assert_eq!(tested.send(), [7, 8]);
}

#[test]
fn only_what_was_never_sent_becomes_too_old() {
    let mut tested = Tested::new(1..=4);
    tested.push(5, 10);
    tested.send();
    tested.disconnect();
    assert_eq!(tested.window.deadline(), Some(tested.at(30)));
    assert_eq!(tested.window.expire(tested.at(29)), released(0));
    assert_eq!(tested.window.expire(tested.at(30)), released(1));
    assert_eq!(tested.window.deadline(), Some(tested.at(40)));
    tested.push(6, 35);
    assert_eq!(tested.window.expire(tested.at(40)), released(1));
    assert_eq!(tested.send(), [1, 2, 3]);
    assert_eq!(tested.send(), [6]);
    assert_eq!(tested.window.deadline(), None);
    assert_eq!(tested.window.expire(tested.at(1000)), released(0));
}

#[test]
fn an_age_may_have_no_end() {
    let mut window = Window::new(Duration::MAX);
    window.push(1, 10, Instant::now());
    assert_eq!(window.deadline(), None);
    let later = Instant::now() + Duration::from_secs(1 << 30);
    assert_eq!(window.expire(later), released(0));
}

#[test]
fn a_message_that_breaks_the_connection_too_often_is_given_up() {
    let mut tested = Tested::new(1..=6);
    for _ in 0..2 {
        assert_eq!(tested.send(), [1, 2, 3]);
        assert_eq!(tested.send(), [4, 5, 6]);
        assert_eq!(tested.disconnect(), [0; 0]);
    }
    // Now each message of the first batch is sent alone. 2 is the one that breaks it.
    for breaks in 3..=MOST_BREAKS {
        assert_eq!(tested.send(), [1]);
        assert_eq!(tested.send(), [2]);
        assert_eq!(tested.send(), [3]);
        assert_eq!(tested.send(), [4, 5, 6]);
        tested.acknowledge();
        let given_up: &[u32] = if breaks == MOST_BREAKS { &[2] } else { &[] };
        assert_eq!(tested.disconnect(), given_up);
    }
    assert_eq!(tested.window.first_open(), Some(&1));
    // 1 has been acknowledged, so it is not suspicious any more.
    assert_eq!(tested.send(), [1]);
    assert_eq!(tested.send(), [3]);
    assert_eq!(tested.send(), [4, 5, 6]);
    tested.acknowledge();
    tested.acknowledge();
    tested.acknowledge();
    tested.window.empty_batch();
    assert_eq!(tested.acknowledge(), 5);
    assert_eq!(tested.window.entries.len(), 0);
}

#[test]
fn a_break_while_nothing_is_in_flight_blames_no_message() {
    let mut tested = Tested::new(1..=3);
    for _ in 0..9 {
        assert_eq!(tested.send(), [1, 2, 3]);
        tested.acknowledge();
        tested.window.empty_batch();
        assert_eq!(tested.disconnect(), [0; 0]);
    }
    for _ in 0..9 {
        assert_eq!(tested.disconnect(), [0; 0]);
    }
    assert_eq!(tested.send(), [1, 2, 3]);
}

#[test]
fn what_cannot_be_sent_is_lost_and_the_rest_goes_on() {
    let mut tested = Tested::new([1000, 1, 1001, 2, 3, 4, 1002]);
    let batch = tested.window.batch(LIMITS, |&item| match item {
        1000.. => Err(Unsendable),
        _ => Ok(10),
    });
    let unsendable = released(2);
    let messages = 3;
    assert_eq!(
        batch,
        Some(Batch {
            messages,
            unsendable
        })
    );
    assert_eq!(tested.send(), [4]);
    tested.acknowledge();
    tested.acknowledge();
    assert_eq!(tested.window.first_open(), None);
    tested.window.empty_batch();
    assert_eq!(tested.acknowledge(), 4);
    assert_eq!(tested.window.entries.len(), 0);
    // Alone, too.
    let mut tested = Tested::new([1000, 1001]);
    assert_eq!(tested.send(), [0; 0]);
    assert_eq!((tested.window.in_flight(), tested.window.waiting()), (0, 0));
    tested.push(1, 0);
    assert_eq!(tested.send(), [1]);
    tested.push(1002, 0);
    assert_eq!(tested.send(), [0; 0]);
    assert_eq!(tested.window.in_flight(), 1);
    tested.acknowledge();
    tested.window.empty_batch();
    assert_eq!(tested.acknowledge(), 1);
    assert_eq!(tested.window.entries.len(), 0);
}

#[test]
fn what_the_broker_refuses_is_lost_and_not_sent_again() {
    let mut tested = Tested::new([1, 1000, 2, 3, 4]);
    assert_eq!(tested.send(), [1, 2, 3]);
    let acknowledged = tested.window.acknowledged(&[1, 7]);
    let expected = Acknowledged {
        messages: 2,
        refused: released(1),
        confirmed: released(0),
    };
    assert_eq!(acknowledged, expected);
    tested.disconnect();
    assert_eq!(tested.send(), [1, 3, 4]);
}

#[test]
fn a_batch_is_bounded_in_messages_and_bytes() {
    let mut window = Window::new(MAX_AGE);
    let now = Instant::now();
    for cost in [60, 40, 1, 500, 60, 60] {
        window.push(cost, cost, now);
    }
    let mut sizes = Vec::new();
    while let Some(batch) = window.batch(LIMITS, |&cost| Ok(cost)) {
        sizes.push(batch.messages);
    }
    assert_eq!(sizes, [2, 1, 1, 1, 1]);
    for _ in 0..7 {
        window.push(1, 1, now);
    }
    assert_eq!(window.batch(LIMITS, |_| Ok(1)).unwrap().messages, 3);
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// Pushes a message; `true` for one that cannot be sent.
    Push(bool),
    Send,
    SendEmpty,
    Acknowledge(Option<usize>),
    Disconnect,
    Expire(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => prop::bool::weighted(0.1).prop_map(Event::Push),
        6 => Just(Event::Send),
        1 => Just(Event::SendEmpty),
        6 => prop::option::weighted(0.1, 0..3_usize).prop_map(Event::Acknowledge),
        2 => Just(Event::Disconnect),
        2 => (0..20_u64).prop_map(Event::Expire),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Over each connection the messages are sent in order, without a gap from the first that is
    /// not confirmed; each ends as confirmed or as lost; costs are released once.
    #[test]
    fn each_message_is_sent_in_order_until_it_is_confirmed_or_lost(events in vec(event(), 0..150)) {
        let mut tested = Tested::new([]);
        let (mut now, mut count) = (0, 0_u32);
        let (mut lost, mut confirmed) = (0, 0);
        // The messages of each batch in flight, and how many were acknowledged when it was sent.
        let mut flights: VecDeque<(Vec<u32>, usize)> = VecDeque::new();
        // What was acknowledged over this connection, and what of it is confirmed.
        let mut acknowledged: Vec<u32> = Vec::new();
        let mut surely = 0;
        let mut last = None;
        for event in events {
            match event {
                Event::Push(unsendable) => {
                    count += 1;
                    tested.push(count + if unsendable { 1000 } else { 0 }, now);
                }
                Event::Send => {
                    let mut sent = Vec::new();
                    let batch = tested.window.batch(LIMITS, |&item| {
                        if item >= 1000 {
                            return Err(Unsendable);
                        }
                        sent.push(item);
                        Ok(10)
                    });
                    lost += batch.map_or(0, |batch| batch.unsendable.messages);
                    prop_assert!(last.iter().chain(&sent).is_sorted_by(|a, b| a < b));
                    last = sent.last().copied().or(last);
                    if !sent.is_empty() {
                        flights.push_back((sent, acknowledged.len()));
                    }
                }
                Event::SendEmpty => {
                    tested.window.empty_batch();
                    flights.push_back((Vec::new(), acknowledged.len()));
                }
                Event::Acknowledge(refused) => {
                    let refused: Vec<usize> = refused.into_iter().collect();
                    let result = tested.window.acknowledged(&refused);
                    if let Some((mut batch, confirms)) = flights.pop_front() {
                        let before = batch.len();
                        refused.iter().filter(|index| **index < before).for_each(|index| {
                            batch.remove(*index);
                        });
                        prop_assert_eq!(result.messages, batch.len() as u64);
                        prop_assert_eq!(result.refused, released((before - batch.len()) as u64));
                        prop_assert_eq!(result.confirmed, released((confirms - surely) as u64));
                        surely = confirms;
                        acknowledged.extend(batch);
                    } else {
                        prop_assert_eq!(result, Acknowledged::default());
                    }
                    lost += result.refused.messages;
                    confirmed += result.confirmed.messages;
                }
                Event::Disconnect => {
                    lost += tested.disconnect().len() as u64;
                    flights.clear();
                    acknowledged.clear();
                    (surely, last) = (0, None);
                }
                Event::Expire(seconds) => {
                    now += seconds;
                    let tried = tested.window.tried;
                    lost += tested.window.expire(tested.at(now)).messages;
                    prop_assert_eq!(tested.window.tried, tried);
                    let deadline = tested.window.deadline();
                    prop_assert!(deadline.is_none_or(|deadline| deadline > tested.at(now)));
                }
            }
            let window = &tested.window;
            prop_assert!(window.start <= window.acknowledged && window.acknowledged <= window.sent);
            prop_assert!(window.sent <= window.tried && window.tried <= window.end());
            prop_assert_eq!(window.in_flight(), flights.len());
            let kept = window.entries.iter().filter(|entry| entry.item.is_some()).count() as u64;
            prop_assert_eq!(lost + confirmed + kept, u64::from(count));
            let cost: usize = window.entries.iter().map(|entry| entry.cost).sum();
            prop_assert_eq!(cost as u64, kept * 10);
        }
    }
}

//! As many topics and subscribers as in a large application, without real connections.

mod asleep;
mod closings;
mod limits;
mod linked;
mod model;
mod schedule;

use allocation_counter::measure;

use super::*;
use crate::{
    compression::Compression,
    config::Config,
    hub::publish,
    message::Compressed,
    outbox::Notice,
    policy::Policy,
    protocol::handshake::{Agreement, HeaderLookup, negotiate},
    publish::Publish,
};
use std::{io::IoSlice, sync::OnceLock};

pub(crate) use self::asleep::Asleep;

/// The bytes that may stay allocated after many sockets have gone: for empty tables of small size.
const SPARE: i64 = 1 << 20;

/// The bytes of the header of a short frame.
const HEADER: usize = 2;

/// The identity of a socket with the default settings.
pub(super) fn identity() -> Identity {
    static CONFIG: OnceLock<Arc<Config>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::DEFAULT));
    Identity {
        id: SocketId::random(None).unwrap(),
        number: Number::next(),
        owner: 0,
        config: config.clone(),
        peer_addr: None,
        protocol: None,
        compression: None,
    }
}

/// A space with these numbers of workers and sockets. The sockets are spread evenly.
fn space(workers: usize, sockets: usize) -> (Arc<Space>, Vec<Arc<Core>>) {
    space_with(workers, sockets, |_| None)
}

fn space_with(
    workers: usize,
    sockets: usize,
    compression: impl Fn(usize) -> Option<Agreement>,
) -> (Arc<Space>, Vec<Arc<Core>>) {
    let space = Arc::<Space>::default();
    for _ in 0..workers {
        space.add_worker(Arc::new(Worker::new(space.clone())));
    }
    let register = |number: usize| {
        let identity = Identity {
            compression: compression(number),
            ..identity()
        };
        register(&space.workers()[number % workers], identity)
    };
    let sockets = (0..sockets).map(register).collect();
    (space, sockets)
}

/// Registers a socket without a pump. It is counted where the publishes of the worker are.
pub(super) fn register(worker: &Arc<Worker>, identity: Identity) -> Arc<Core> {
    let config = Metered::new(&identity.config, worker.meter.clone());
    worker.register(identity, config)
}

/// Delivers the publishes of other threads, as the pumps do.
fn deliver(space: &Space) {
    for worker in &*space.workers() {
        while worker.inbox().take(&mut Vec::new()).0 {
            worker.deliver_portion();
        }
        let mut shard = worker.lock();
        shard.deliver_pending();
        shard.take_dirty(&mut Vec::new());
    }
}

fn buffered(sockets: &[Arc<Core>]) -> Vec<usize> {
    sockets.iter().map(|core| core.buffered_amount()).collect()
}

fn leave(sockets: &[Arc<Core>]) {
    for core in sockets {
        core.worker.take_leave(core.key());
    }
}

/// Code that is not optimised takes as long for the smaller number.
const MANY_TOPICS: usize = if cfg!(debug_assertions) {
    200_000
} else {
    1_000_000
};

#[test]
fn a_great_many_topics_may_have_a_subscriber_each() {
    const TOPICS: usize = MANY_TOPICS;
    let (space, sockets) = space(4, 1000);
    let name = |topic: usize| format!("ticket/{topic}");
    let allocated = measure(|| {
        for topic in 0..TOPICS {
            let core = &sockets[topic % sockets.len()];
            assert!(core.worker.subscribe(core, &name(topic)));
        }
        assert_eq!(space.topics().len(), TOPICS);
        // Each socket gets the message of one of its topics.
        for topic in TOPICS - sockets.len()..TOPICS {
            assert_eq!(space.subscriber_count(&name(topic)), 1);
            assert_eq!(publish(&space, &name(topic), "paid", Policy::Drop, None), 1);
        }
        deliver(&space);
        assert_eq!(buffered(&sockets), vec![HEADER + "paid".len(); 1000]);
        leave(&sockets);
        assert_eq!(space.topics(), Vec::<String>::new());
    });
    assert!(allocated.bytes_max > 100 * TOPICS as u64, "{allocated:?}");
    assert!(allocated.bytes_current < SPARE, "{allocated:?}");
}

#[test]
fn a_topic_may_have_a_hundred_thousand_subscribers() {
    const SUBSCRIBERS: usize = 100_000;
    let (space, sockets) = space(4, SUBSCRIBERS);
    let allocated = measure(|| {
        for core in &sockets {
            assert!(core.worker.subscribe(core, "lobby"));
        }
        assert_eq!(space.subscriber_count("lobby"), SUBSCRIBERS);
    });
    assert_eq!(
        publish(&space, "lobby", "hello", Policy::Drop, None),
        SUBSCRIBERS
    );
    let author = &sockets[SUBSCRIBERS / 2];
    let except = Publish::new().except(author.id);
    assert_eq!(
        publish(&space, "lobby", "news", except, None),
        SUBSCRIBERS - 1
    );
    deliver(&space);
    let everybody = buffered(&sockets);
    let (hello, news) = (HEADER + "hello".len(), HEADER + "news".len());
    for (core, buffered) in sockets.iter().zip(everybody) {
        let expected = if core.id == author.id {
            hello
        } else {
            hello + news
        };
        assert_eq!(buffered, expected);
    }
    let freed = measure(|| leave(&sockets));
    assert_eq!(space.subscriber_count("lobby"), 0);
    assert!(
        allocated.bytes_current + freed.bytes_current < SPARE,
        "{freed:?}"
    );
}

/// The header in which a client offers extensions.
struct Offer(&'static str);

impl HeaderLookup for Offer {
    fn values<'h>(&'h self, _: &'static str) -> impl Iterator<Item = &'h [u8]> {
        std::iter::once(self.0.as_bytes())
    }
}

#[test]
fn a_publish_is_compressed_once_for_all_workers() {
    let wishes = Compression::Shared.wishes().unwrap();
    let everybody = Offer("permessage-deflate");
    let small_window = Offer("permessage-deflate; server_max_window_bits=9");
    let (space, sockets) = space_with(3, 9, |number| match number / 3 {
        0 => negotiate(&everybody, wishes),
        1 => negotiate(&small_window, wishes),
        _ => None,
    });
    for core in &sockets {
        assert!(core.worker.subscribe(core, "t"));
    }
    let text = "again and ".repeat(1000);
    publish(&space, "t", Compressed(&text), Policy::Drop, None);
    deliver(&space);
    let places: Vec<_> = sockets
        .iter()
        .map(|core| {
            let outbox = core.outbox();
            let mut slices = [IoSlice::new(&[]); 2];
            let filled = outbox.peek(&mut slices);
            let last = slices[filled - 1];
            (last.as_ptr().addr(), outbox.buffered_amount())
        })
        .collect();
    let compressed = places[0];
    assert!(compressed.1 < 100);
    let plain = places[3];
    assert!(plain.1 > text.len());
    for (number, place) in places.iter().enumerate() {
        let expected = if number < 3 { compressed } else { plain };
        assert_eq!(*place, expected, "{number}");
    }
}

#[test]
fn the_work_of_a_worker_is_counted() {
    let (space, sockets) = space(1, 10);
    let worker = space.workers()[0].clone();
    for core in &sockets {
        assert!(worker.subscribe(core, "t"));
    }
    let mut done = 0;
    let mut units_of = |message: &[u8], policy| {
        assert_eq!(publish(&space, "t", message, policy, None), 10);
        deliver(&space);
        let before = std::mem::replace(&mut done, worker.work());
        worker.work() - before
    };
    assert_eq!(units_of(b"small", Policy::Drop), 10);
    assert_eq!(units_of(b"small", Policy::Close), 10);
    // A frame is four bytes longer than its message.
    assert_eq!(units_of(&[b'x'; 1019], Policy::Drop), 10);
    assert_eq!(units_of(&[b'x'; 1020], Policy::Drop), 20);
    assert_eq!(units_of(&[b'x'; 1020], Policy::Latest("k")), 20);
}

#[test]
fn what_is_published_at_once_is_dropped_one_by_one_where_a_write_found_no_room() {
    let wishes = Compression::Shared.wishes().unwrap();
    let offers = ["permessage-deflate", ""];
    for (offer, is_stalled) in offers.iter().flat_map(|o| [(o, false), (o, true)]) {
        let space = Arc::<Space>::default();
        space.add_worker(Arc::new(Worker::new(space.clone())));
        let identity = Identity {
            compression: negotiate(&Offer(offer), wishes),
            config: Arc::new(Config {
                tells_dropped: true,
                ..Config::DEFAULT.backpressure_limit(2000)
            }),
            ..identity()
        };
        let core = register(&space.workers()[0], identity);
        assert!(core.worker.subscribe(&core, "t"));
        core.outbox().set_stalled(is_stalled);
        // The compressed texts are about equally short.
        let text = |number| (0..1000_u32).map(move |i| (i * i * number % 89 + 33) as u8 as char);
        for number in 1..5 {
            let text: String = text(number).collect();
            assert_eq!(
                publish(&space, "t", Compressed(&text), Policy::Drop, None),
                1
            );
        }
        assert_eq!(publish(&space, "t", "short", Policy::Drop, None), 1);
        deliver(&space);
        let told = std::iter::from_fn(|| core.outbox().take_notice());
        let told = told.map(|notice| match notice {
            Notice::Forgotten { dropped, .. } => dropped,
            _ => 1,
        });
        let told: usize = told.sum();
        let fit = match *offer {
            "" => 1,
            _ => 4,
        };
        assert_eq!(told, if is_stalled { 4 - fit } else { 0 }, "{offer}");
        let wire = core.outbox().take(usize::MAX).unwrap();
        assert!(wire.ends_with(b"\x81\x05short"), "{offer}");
    }
}

/// The payloads, of one byte each, that wait for a socket.
fn waits_for(core: &Core) -> String {
    let wire = core.outbox().take(usize::MAX).unwrap_or_default();
    wire.iter().skip(2).step_by(3).map(|&b| b as char).collect()
}

#[test]
fn a_message_is_for_those_who_subscribed_when_it_was_counted() {
    for policy in [Policy::Drop, Policy::Close, Policy::Latest("key")] {
        // This test does not run on the thread of the worker.
        let (space, sockets) = space(1, 4);
        let [a, b, c, d] = &sockets[..] else {
            panic!("there are four")
        };
        let worker = &a.worker;
        let publish = |text: &str| publish(&space, "t", text, policy, None).addressed;
        assert!(worker.subscribe(a, "t") && worker.subscribe(c, "t"));
        assert_eq!(publish("1"), 2);
        assert!(worker.subscribe(b, "t"));
        assert!(!worker.subscribe(b, "t"), "it has subscribed already");
        assert!(worker.is_subscribed(b.key(), b.id, Name::new("t")));
        assert_eq!(worker.subscriptions(b.key(), b.id), ["t"]);
        assert_eq!(publish("2"), 3);
        assert!(worker.unsubscribe(a, "t"));
        assert!(!worker.unsubscribe(a, "t"), "it has left already");
        assert_eq!(worker.subscriptions(a.key(), a.id), [""; 0]);
        assert_eq!(publish("3"), 2);
        assert!(worker.subscribe(a, "t") && worker.unsubscribe(b, "t"));
        assert_eq!(publish("4"), 2);
        // The socket closes, which removes the subscription that it has just made.
        assert!(worker.subscribe(d, "t"));
        worker.take_leave(d.key());
        assert_eq!(publish("5"), 2);
        deliver(&space);
        let seen = [a, b, c, d].map(|core| waits_for(core));
        assert_eq!(seen, ["1245", "23", "12345", ""], "{policy:?}");
        leave(&sockets);
        assert_eq!(space.topics(), [""; 0]);
    }
}

#[test]
fn as_many_messages_are_delivered_as_were_counted() {
    const MESSAGES: usize = 3_000;
    let (space, sockets) = space(2, 8);
    let publisher = |_| {
        let space = space.clone();
        std::thread::spawn(move || {
            let published = |_| publish(&space, "t", "x", Policy::Drop, None).addressed;
            (0..MESSAGES).map(published).sum::<usize>()
        })
    };
    let publishers: Vec<_> = (0..2).map(publisher).collect();
    let changes = {
        let sockets = sockets.clone();
        std::thread::spawn(move || {
            for round in 0..2_000 {
                let core = &sockets[round % sockets.len()];
                if !core.worker.subscribe(core, "t") {
                    core.worker.unsubscribe(core, "t");
                }
            }
        })
    };
    while !publishers.iter().all(|thread| thread.is_finished()) {
        deliver(&space);
    }
    changes.join().unwrap();
    let counted = publishers.into_iter().map(|thread| thread.join().unwrap());
    let counted: usize = counted.sum();
    deliver(&space);
    let delivered: usize = buffered(&sockets).iter().sum();
    assert_eq!(delivered, counted * (HEADER + 1));
}

#[test]
fn many_changes_of_subscriptions_do_not_wait_without_end() {
    const MOST: usize = 1024;
    for changes in [MOST - 1, MOST, MOST + 1, 3 * MOST] {
        let (space, sockets) = space(1, 2);
        let [a, b] = &sockets[..] else {
            panic!("there are two")
        };
        assert!(a.worker.subscribe(a, "t"));
        for _ in 0..2 {
            assert_eq!(publish(&space, "t", "x", Policy::Drop, None), 1);
        }
        for number in 0..changes {
            assert!(b.worker.subscribe(b, &number.to_string()));
        }
        let subscribed = b.worker.subscriptions(b.key(), b.id).len();
        assert_eq!(subscribed, changes);
        a.worker.deliver_pending();
        let is_delivered = a.buffered_amount() > 0;
        assert_eq!(is_delivered, changes > MOST, "{changes}");
        deliver(&space);
        assert_eq!(a.buffered_amount(), 2 * (HEADER + 1));
    }
}

/// The cost of a message in the inbox of the only worker.
fn cost_of(message: &str, policy: Policy<'_>) -> usize {
    let (space, sockets) = space(1, 1);
    assert!(sockets[0].worker.subscribe(&sockets[0], "t"));
    assert_eq!(publish(&space, "t", message, policy, None), 1);
    sockets[0].worker.inbox().held()
}

#[test]
fn the_publish_limit_is_exact() {
    let cost = cost_of("hello", Policy::Drop);
    for (limit, taken) in [(3 * cost - 1, 2), (3 * cost, 3), (3 * cost + 1, 3)] {
        let (space, sockets) = space(2, 5);
        for core in &sockets {
            assert!(core.worker.subscribe(core, "t"));
        }
        space.set_publish_limit(limit);
        for number in 0..5 {
            let published = publish(&space, "t", "hello", Policy::Drop, None);
            let expected = if number < taken { (5, 0) } else { (0, 5) };
            assert_eq!((published.addressed, published.refused), expected);
        }
        let except = Publish::new().except(sockets[0].id);
        let published = publish(&space, "t", "hello", except, None);
        let expected = if taken > 5 { (4, 0) } else { (0, 4) };
        assert_eq!((published.addressed, published.refused), expected);
        deliver(&space);
        assert_eq!(buffered(&sockets), [taken * (HEADER + 5); 5], "{limit}");
        // Delivered messages make room.
        assert_eq!(publish(&space, "t", "hello", Policy::Drop, None), 5);
    }
}

#[test]
fn an_excepted_socket_is_left_out_of_the_count_of_its_worker() {
    let (space, sockets) = space(2, 5);
    for core in &sockets {
        assert!(core.worker.subscribe(core, "t"));
    }
    // Three sockets are on the first worker, which is full from now on.
    let [of_full, of_ready, ..] = &sockets[..] else {
        unreachable!()
    };
    assert!(of_full.worker.subscribe(of_full, "fill"));
    space.set_publish_limit(2 * cost_of("hello", Policy::Drop));
    while publish(&space, "fill", "hello", Policy::Drop, None).refused == 0 {}
    let stranger = Publish::new().except(SocketId::random(None).unwrap());
    for (options, sender, expected) in [
        (Publish::new(), None, (2, 3)),
        (stranger, None, (2, 3)),
        (Publish::new().except(of_full.id), None, (2, 2)),
        (Publish::new().except(of_ready.id), None, (1, 3)),
        (stranger, Some(of_full), (2, 2)),
        (Publish::new().except(of_full.id), Some(of_full), (2, 2)),
        (Publish::new().except(of_ready.id), Some(of_full), (1, 2)),
    ] {
        let sender = sender.map(|core| Except::new(core));
        let published = publish(&space, "t", "hello", options, sender);
        assert_eq!(
            (published.addressed, published.refused),
            expected,
            "{options:?}"
        );
        // Makes room on the other worker only.
        of_ready.worker.deliver_portion();
    }
}

#[test]
fn an_empty_inbox_takes_a_message_of_any_size() {
    let (space, sockets) = space(1, 1);
    assert!(sockets[0].worker.subscribe(&sockets[0], "t"));
    space.set_publish_limit(1);
    assert_eq!(
        publish(&space, "t", "x".repeat(100_000), Policy::Drop, None),
        1
    );
    assert_eq!(publish(&space, "t", "", Policy::Drop, None).refused, 1);
    deliver(&space);
    assert_eq!(publish(&space, "t", "", Policy::Drop, None), 1);
}

#[test]
fn what_waits_for_a_worker_takes_no_more_memory_than_is_counted() {
    const LIMIT: usize = 1 << 20;
    for len in [0, 40, 1000, 10_000] {
        for policy in [Policy::Drop, Policy::Latest("key")] {
            let (space, sockets) = space(1, 1);
            assert!(sockets[0].worker.subscribe(&sockets[0], "t"));
            space.set_publish_limit(LIMIT);
            let mut taken = 0;
            let allocated = measure(|| {
                // Each payload is allocated on its own.
                while publish(&space, "t", vec![b'x'; len], policy, None) == 1 {
                    taken += 1;
                }
            });
            // The allocator takes some memory besides the requested bytes.
            let memory = allocated.bytes_current + 16 * allocated.count_current;
            assert!(memory <= LIMIT as i64, "{memory} for {taken} of {len}");
            assert!(memory > LIMIT as i64 / 2, "{memory} for {taken} of {len}");
            assert!(taken > 50);
        }
    }
}

#[test]
fn a_connection_is_listed_for_a_visit_no_more_often_than_it_is_woken_and_written() {
    let (space, sockets) = space(1, 1);
    let core = &sockets[0];
    for _ in 0..1000 {
        core.wake();
        core.send("message");
        core.cork(|| core.send_control(crate::protocol::Opcode::Ping, b""));
        core.resume();
    }
    let mut visits = Vec::new();
    space.workers()[0].inbox().take(&mut visits);
    assert!(visits.len() <= 2, "{} visits", visits.len());
}

#[test]
fn a_subscription_that_waits_behind_publishes_is_listed_at_once() {
    let (space, sockets) = space(1, 2);
    let worker = &sockets[0].worker;
    for core in &sockets {
        worker.share(core.key(), Arc::new(()));
    }
    let listed = || worker.subscribers(Name::new("t"), |_| true).len();
    assert!(worker.subscribe(&sockets[0], "t"));
    assert_eq!(listed(), 1);
    assert_eq!(publish(&space, "t", "hello", Policy::Drop, None), 1);
    assert!(worker.subscribe(&sockets[1], "t"));
    assert_eq!(listed(), 2);
    assert!(worker.unsubscribe(&sockets[0], "t"));
    assert_eq!(listed(), 1);
    deliver(&space);
    assert_eq!(listed(), 1);
}

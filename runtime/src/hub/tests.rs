//! As many topics and subscribers as a large application has, without connections behind them.

mod limits;

use allocation_counter::measure;

use super::*;
use crate::{
    compression::Compression,
    config::Config,
    core::Identity,
    message::Compressed,
    protocol::handshake::{Agreement, HeaderLookup, negotiate},
};
use std::{io::IoSlice, sync::OnceLock};

/// What may stay allocated after a crowd has left: empty tables, but none that were sized for it.
const SPARE: i64 = 1 << 20;

/// Of a frame with few bytes.
const HEADER: usize = 2;

/// Of a socket with the default settings.
pub(super) fn identity() -> Identity {
    static CONFIG: OnceLock<Arc<Config>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::DEFAULT));
    Identity {
        id: SocketId::random().unwrap(),
        number: crate::core::Number::next(),
        owner: 0,
        config: config.clone(),
        peer_addr: None,
        protocol: None,
        compression: None,
    }
}

/// A space with so many workers and sockets, spread evenly.
fn space(workers: usize, sockets: usize) -> (Arc<Hub>, Vec<Arc<Core>>) {
    space_with(workers, sockets, |_| None)
}

fn space_with(
    workers: usize,
    sockets: usize,
    compression: impl Fn(usize) -> Option<Agreement>,
) -> (Arc<Hub>, Vec<Arc<Core>>) {
    let hub = Arc::<Hub>::default();
    for _ in 0..workers {
        hub.add_worker(Arc::new(Worker::new(hub.clone())));
    }
    let register = |number: usize| {
        hub.workers()[number % workers].register(Identity {
            compression: compression(number),
            ..identity()
        })
    };
    let sockets = (0..sockets).map(register).collect();
    (hub, sockets)
}

/// Does what the pumps do with publishes of other threads.
fn deliver(hub: &Hub) {
    for worker in &*hub.workers() {
        worker.take_over(&worker.inbox().take_publishes());
        worker.take_dirty();
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

#[test]
fn a_million_topics_may_have_a_subscriber_each() {
    const TOPICS: usize = 1_000_000;
    let (hub, sockets) = space(4, 1000);
    let name = |topic: usize| format!("ticket/{topic}");
    let allocated = measure(|| {
        for topic in 0..TOPICS {
            let core = &sockets[topic % sockets.len()];
            assert!(core.worker.subscribe(core, &name(topic)));
        }
        assert_eq!(hub.topics().len(), TOPICS);
        // Each socket is sent what one of its topics has.
        for topic in TOPICS - sockets.len()..TOPICS {
            assert_eq!(hub.subscriber_count(&name(topic)), 1);
            assert_eq!(hub.publish(&name(topic), "paid", Policy::Drop, None), 1);
        }
        deliver(&hub);
        assert_eq!(buffered(&sockets), vec![HEADER + "paid".len(); 1000]);
        leave(&sockets);
        assert_eq!(hub.topics(), Vec::<String>::new());
    });
    assert!(allocated.bytes_max > 100 * TOPICS as u64, "{allocated:?}");
    assert!(allocated.bytes_current < SPARE, "{allocated:?}");
}

#[test]
fn a_topic_may_have_a_hundred_thousand_subscribers() {
    const SUBSCRIBERS: usize = 100_000;
    let (hub, sockets) = space(4, SUBSCRIBERS);
    let allocated = measure(|| {
        for core in &sockets {
            assert!(core.worker.subscribe(core, "lobby"));
        }
        assert_eq!(hub.subscriber_count("lobby"), SUBSCRIBERS);
    });
    assert_eq!(
        hub.publish("lobby", "hello", Policy::Drop, None),
        SUBSCRIBERS
    );
    let author = &sockets[SUBSCRIBERS / 2];
    let except = hub.except(author.id);
    assert_eq!(
        hub.publish("lobby", "news", Policy::Drop, except),
        SUBSCRIBERS - 1
    );
    deliver(&hub);
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
    assert_eq!(hub.subscriber_count("lobby"), 0);
    assert!(
        allocated.bytes_current + freed.bytes_current < SPARE,
        "{freed:?}"
    );
}

/// What a client offers.
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
    let (hub, sockets) = space_with(3, 9, |number| match number / 3 {
        0 => negotiate(&everybody, wishes),
        1 => negotiate(&small_window, wishes),
        _ => None,
    });
    for core in &sockets {
        assert!(core.worker.subscribe(core, "t"));
    }
    let text = "again and ".repeat(1000);
    hub.publish("t", Compressed(&text), Policy::Drop, None);
    deliver(&hub);
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
    let (hub, sockets) = space(1, 10);
    let worker = hub.workers()[0].clone();
    for core in &sockets {
        assert!(worker.subscribe(core, "t"));
    }
    let mut done = 0;
    let mut units_of = |message: &[u8], policy| {
        assert_eq!(hub.publish("t", message, policy, None), 10);
        deliver(&hub);
        let before = std::mem::replace(&mut done, worker.work());
        worker.work() - before
    };
    assert_eq!(units_of(b"small", Policy::Drop), 10);
    assert_eq!(units_of(b"small", Policy::Close), 10);
    // The frame has four bytes more than the message.
    assert_eq!(units_of(&[b'x'; 1019], Policy::Drop), 10);
    assert_eq!(units_of(&[b'x'; 1020], Policy::Drop), 20);
    assert_eq!(units_of(&[b'x'; 1020], Policy::Latest("k")), 20);
}

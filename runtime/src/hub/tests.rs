//! As many topics and subscribers as a large application has, without connections behind them.

use allocation_counter::measure;

use super::*;
use crate::{config::Config, core::Identity};

/// What may stay allocated after a crowd has left: empty tables, but none that were sized for it.
const SPARE: i64 = 1 << 20;

/// Of a frame with few bytes.
const HEADER: usize = 2;

/// A space with so many workers and sockets, spread evenly.
fn space(workers: usize, sockets: usize) -> (Arc<Hub>, Vec<Arc<Core>>) {
    let hub = Arc::<Hub>::default();
    for _ in 0..workers {
        hub.add_worker(Arc::new(Worker::new(hub.clone())));
    }
    let config = Arc::new(Config::DEFAULT);
    let register = |number: usize| {
        hub.workers()[number % workers].register(Identity {
            id: SocketId::random().unwrap(),
            owner: 0,
            config: config.clone(),
            peer_addr: None,
            protocol: None,
        })
    };
    let sockets = (0..sockets).map(register).collect();
    (hub, sockets)
}

/// Does what the pumps do with publishes of other threads.
fn deliver(hub: &Hub) {
    for worker in &*hub.workers() {
        for publish in worker.inbox().take_publishes() {
            let frame = publish.frame.as_frame();
            worker.publish(
                &publish.topic,
                frame,
                &publish.terms,
                publish.except.as_ref(),
            );
        }
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

//! The limits of what a socket, and through it its peer, may ask of a space.

use tracing::Level;

use super::*;
use crate::log::captured::Captured;

/// A space with one socket of these settings.
fn one_socket(config: Config) -> (Arc<Space>, Arc<Core>) {
    let space = Arc::<Space>::default();
    space.add_worker(Arc::new(Worker::new(space.clone())));
    let identity = Identity {
        config: Arc::new(config),
        ..identity()
    };
    let core = register(&space.workers()[0], identity);
    (space, core)
}

#[test]
fn a_socket_with_all_it_may_have_costs_ten_mebibytes() {
    let most = Config::DEFAULT.max_subscriptions as usize;
    let len = Config::DEFAULT.max_topic_len;
    assert_eq!((most, len), (4096, 1024));
    let (space, core) = one_socket(Config::DEFAULT);
    let allocated = measure(|| {
        for topic in 0..2 * most {
            let added = core.worker.subscribe(&core, &format!("{topic:0len$}"));
            assert_eq!(added, topic < most, "{topic}");
        }
    });
    assert_eq!(space.topics().len(), most);
    let per_topic = allocated.bytes_max as usize / most - 2 * len;
    assert!((100..350).contains(&per_topic), "{per_topic}");
    assert!(allocated.bytes_max < 10 << 20, "{allocated:?}");
}

#[test]
fn a_refused_subscription_is_logged_without_the_topic() {
    let captured = Captured::from(Level::TRACE);
    let (_, core) = one_socket(Config::DEFAULT.max_subscriptions(2).max_topic_len(3));
    for (topic, expected) in [("abc", true), ("abc", false), ("", true)] {
        assert_eq!(core.worker.subscribe(&core, topic), expected, "{topic}");
        assert!(captured.take().is_empty());
    }
    assert!(!core.worker.subscribe(&core, "abcd"));
    let number = core.number;
    let line = format!(
        "WARN a subscription was refused by the setting `max_topic_len`; socket={number} len=4 limit=3"
    );
    assert_eq!(captured.take(), [line]);
    assert!(!core.worker.subscribe(&core, "c"));
    let line = format!(
        "WARN a subscription was refused by the setting `max_subscriptions`; socket={number} limit=2"
    );
    assert_eq!(captured.take(), [line]);
}

#[test]
fn a_publish_to_a_topic_without_subscribers_copies_nothing_of_it() {
    let (space, core) = one_socket(Config::DEFAULT);
    let topic = "t".repeat(1 << 20);
    assert!(!core.worker.subscribe(&core, &topic));
    for policy in [Policy::Drop, Policy::Close, Policy::Latest("key")] {
        let allocated = measure(|| {
            assert_eq!(publish(&space, &topic, "hello", policy, None), 0);
            let except = Publish::new().except(core.id);
            assert_eq!(
                publish(&space, &topic, "hello", except.policy(policy), None),
                0
            );
            assert!(!core.worker.unsubscribe(&core, &topic));
            assert!(
                !core
                    .worker
                    .is_subscribed(core.key(), core.id, Name::new(&topic))
            );
        });
        assert!(allocated.bytes_total < 1024, "{policy:?}: {allocated:?}");
    }
}

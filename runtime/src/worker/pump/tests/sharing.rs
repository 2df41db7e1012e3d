//! The locks that threads share if they publish at the same time.

use super::*;
use crate::{lock::taken, worker::tests::register};

#[test]
fn a_publish_takes_no_lock_that_all_publishes_take() {
    actix_rt::System::new().block_on(async {
        let space: Arc<Space> = Arc::default();
        let local = LocalWorker::of(&space);
        let registration = local.register(identity());
        let core = registration.core();
        assert!(core.worker.subscribe(core, "t"));
        let other = Arc::new(Worker::new(space.clone()));
        space.add_worker(other.clone());
        let far = register(&other, identity());
        assert!(other.subscribe(&far, "t"));

        let send = |sender| assert!(publish(&space, "t", "hello", Policy::Drop, sender) > 0);
        let stripe = "a stripe of a directory";
        let all = ["a shard", stripe, "an inbox"];
        assert_eq!(taken(|| send(None)), all);
        assert_eq!(taken(|| send(Some(Except::new(core)))), all);
        let round = taken(|| local.run(clock::now()));
        assert_eq!(round, ["a shard", "an outbox", "an inbox"]);
        let portion = taken(|| other.deliver_portion());
        assert_eq!(portion, ["a shard", "an inbox"]);

        // A thread without a worker has no shard.
        std::thread::scope(|scope| {
            let elsewhere = scope.spawn(|| taken(|| send(None)));
            assert_eq!(elsewhere.join().unwrap(), [stripe, "an inbox"]);
        });
    });
}

use tokio::{io::AsyncReadExt, net::UnixStream};

use super::{super::tests::identity, *};
use crate::policy::Policy;

/// A connection that always has something more to do, as one whose peer floods it has.
struct Restless {
    core: Arc<Core>,
    waker: Waker,
    rounds: Cell<usize>,
}

impl Driven for Restless {
    fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn waker(&self) -> &Waker {
        &self.waker
    }

    fn poll(&self, _: &mut Context<'_>) -> Visit {
        self.rounds.update(|rounds| rounds + 1);
        Visit::PollAgain
    }

    fn flush(&self, _: OutboxGuard<'_>, _: &mut Context<'_>) -> Visit {
        Visit::Done
    }

    fn write_now(&self) {}

    fn tick(&self, _: Instant, _: Duration) {}

    fn abandon(&self) {}
}

#[test]
fn the_network_is_looked_at_after_each_round() {
    actix_rt::System::new().block_on(async {
        let local = LocalWorker::of(&Arc::default());
        let registration = local.register(identity());
        let core = registration.core().clone();
        let restless = Rc::new(Restless {
            waker: core.clone().into(),
            core,
            rounds: Cell::new(0),
        });
        registration.drive(restless.clone());
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        for byte in 0..10 {
            // It is there before anybody waits for it.
            assert_eq!(theirs.try_write(&[byte]).unwrap(), 1);
            let before = restless.rounds.get();
            assert_eq!(ours.read_u8().await.unwrap(), byte);
            let rounds = restless.rounds.get() - before;
            assert!(rounds <= 3, "{rounds} rounds before it was seen");
        }
        // Its core refers to itself as the waker of a connection that is never over.
        drop(registration);
    });
}

#[test]
fn what_is_published_here_comes_behind_what_was_published_before_it_elsewhere() {
    actix_rt::System::new().block_on(async {
        let hub = Arc::default();
        let registration = LocalWorker::of(&hub).register(identity());
        let core = registration.core();
        assert!(core.worker.subscribe(core, "t"));
        let elsewhere = hub.clone();
        let publish = move || elsewhere.publish("t", "first", Policy::Drop, None);
        assert_eq!(std::thread::spawn(publish).join().unwrap(), 1);
        assert_eq!(hub.publish("t", "second", Policy::Drop, None), 1);
        core.worker.settle();
        let written = core.outbox().take(100).unwrap();
        assert_eq!(&written[..], b"\x81\x05first\x81\x06second");
    });
}

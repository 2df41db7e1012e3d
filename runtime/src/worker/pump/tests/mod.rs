#[cfg(debug_assertions)]
mod sharing;
mod time;

use tokio::{io::AsyncReadExt, net::UnixStream};

use super::{super::tests::identity, *};
use crate::{
    hub::{self, Ready, publish},
    link::Link,
    outbox::{ReadyState, SendStatus},
    policy::Policy,
    wakes::Wakes,
    worker::{Except, SocketId},
};

/// A connection that always has more work, like one whose peer floods it.
struct Restless {
    core: Arc<Core>,
    waker: Waker,
    rounds: Cell<usize>,
}

impl Driven for Restless {
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, _: Instant, _: &mut Context<'_>) -> Visit {
        self.rounds.update(|rounds| rounds + 1);
        Visit::PollAgain
    }

    fn flush(&self, _: Writing<'_>, _: &mut Context<'_>) -> Visit {
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
            // The byte has arrived before the task waits for it.
            assert_eq!(theirs.try_write(&[byte]).unwrap(), 1);
            let before = restless.rounds.get();
            assert_eq!(ours.read_u8().await.unwrap(), byte);
            let rounds = restless.rounds.get() - before;
            assert!(rounds <= 3, "{rounds} rounds before it was seen");
        }
        // The core refers to itself as the waker of a connection that is never over.
        drop(registration);
    });
}

#[test]
fn what_is_published_here_comes_behind_what_was_published_before_it_elsewhere() {
    actix_rt::System::new().block_on(async {
        let space = Arc::default();
        let registration = LocalWorker::of(&space).register(identity());
        let core = registration.core();
        assert!(core.worker.subscribe(core, "t"));
        let elsewhere = space.clone();
        let first = move || publish(&elsewhere, "t", "first", Policy::Drop, None);
        assert_eq!(std::thread::spawn(first).join().unwrap(), 1);
        assert_eq!(publish(&space, "t", "second", Policy::Drop, None), 1);
        core.worker.deliver_pending();
        let written = core.outbox().take(100).unwrap();
        assert_eq!(&written[..], b"\x81\x05first\x81\x06second");
    });
}

/// A connection that publishes when it is polled, and notes how often the link was woken until then.
struct Publishes {
    core: Arc<Core>,
    waker: Waker,
    wakes: Arc<Wakes>,
    at_poll: Cell<Option<usize>>,
    at_flush: Cell<Option<usize>>,
}

impl Driven for Publishes {
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, _: Instant, _: &mut Context<'_>) -> Visit {
        let space = self.core.worker.space();
        publish(space, "t", "hello", Policy::Drop, None);
        let _ = hub::send_to(space, SocketId([1; 16]), "hello");
        self.at_poll.set(Some(self.wakes.get()));
        let mut outbox = self.core.outbox();
        outbox.attended();
        outbox.release();
        Visit::Done
    }

    fn flush(&self, outbox: Writing<'_>, _: &mut Context<'_>) -> Visit {
        drop(outbox);
        self.at_flush.set(Some(self.wakes.get()));
        self.core.outbox().take(100);
        Visit::Done
    }

    fn write_now(&self) {}

    fn tick(&self, _: Instant, _: Duration) {}

    fn abandon(&self) {}
}

#[test]
fn a_round_wakes_the_link_once_between_its_polls_and_its_writes() {
    actix_rt::System::new().block_on(async {
        let space: Arc<Space> = Arc::default();
        let link = Arc::new(Link::new(1, usize::MAX));
        hub::join(&space, &link).unwrap();
        let (wakes, waker) = Wakes::new();
        let cx = &mut Context::from_waker(&waker);
        assert!(link.poll_items(cx).is_pending());
        let local = LocalWorker::of(&space);
        let connections = [(); 2].map(|()| {
            let registration = local.register(identity());
            let core = registration.core().clone();
            assert!(core.worker.subscribe(&core, "t"));
            let publishes = Rc::new(Publishes {
                waker: core.clone().into(),
                core,
                wakes: wakes.clone(),
                at_poll: Cell::default(),
                at_flush: Cell::default(),
            });
            registration.drive(publishes.clone());
            (registration, publishes)
        });
        local.run(clock::now());
        for (_, publishes) in &connections {
            assert_eq!(publishes.at_poll.get(), Some(0));
            assert_eq!(publishes.at_flush.get(), Some(1));
        }
        assert_eq!((wakes.get(), link.levels().waiting), (1, 4));
        link.take(&mut Default::default(), usize::MAX);
        assert!(link.poll_items(cx).is_pending());
        publish(&space, "t", "outside of a round", Policy::Drop, None);
        assert_eq!(wakes.get(), 2);
    });
}

/// A connection whose kernel buffer accepts `room` bytes.
struct Writes {
    core: Arc<Core>,
    waker: Waker,
    room: Cell<usize>,
    written: Cell<usize>,
}

impl Driven for Writes {
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, _: Instant, _: &mut Context<'_>) -> Visit {
        let mut outbox = self.core.outbox();
        outbox.attended();
        outbox.release();
        drop(outbox);
        self.write_now();
        Visit::Done
    }

    fn flush(&self, outbox: Writing<'_>, _: &mut Context<'_>) -> Visit {
        drop(outbox);
        self.write_now();
        Visit::Done
    }

    fn write_now(&self) {
        let mut outbox = self.core.outbox();
        let count = outbox.buffered_amount().min(self.room.get());
        outbox.advance(count);
        let waits = !outbox.is_empty();
        outbox.set_stalled(waits);
        self.room.update(|room| room - count);
        self.written.update(|written| written + count);
    }

    fn tick(&self, _: Instant, _: Duration) {}

    fn abandon(&self) {}
}

const LIMIT: usize = 1000;

/// A subscriber of `t` whose kernel buffer accepts `room` bytes.
fn subscriber(space: &Arc<Space>, room: usize) -> (Registration, Rc<Writes>) {
    let registration = LocalWorker::of(space).register(Identity {
        config: Arc::new(Config::DEFAULT.backpressure_limit(LIMIT)),
        ..identity()
    });
    let core = registration.core().clone();
    assert!(core.worker.subscribe(&core, "t"));
    let writes = Rc::new(Writes {
        waker: core.clone().into(),
        core,
        room: Cell::new(room),
        written: Cell::new(0),
    });
    registration.drive(writes.clone());
    (registration, writes)
}

/// A message whose frame has 100 bytes.
const HUNDRED: &[u8] = &[b'x'; 98];

#[test]
fn nothing_is_refused_before_a_write_has_found_no_room() {
    for policy in [Policy::Drop, Policy::Close, Policy::Latest("key")] {
        actix_rt::System::new().block_on(async {
            let space = Arc::default();
            let (_a, slow) = subscriber(&space, 20_000);
            let (_b, fast) = subscriber(&space, 1_000_000);
            for _ in 0..1000 {
                assert_eq!(publish(&space, "t", HUNDRED, policy, None), 2);
                let waits = fast.core.outbox().buffered_amount();
                // The limit may be exceeded by one gathered batch or by one message.
                assert!(waits <= LIMIT + (16 << 10), "{waits}");
            }
            fast.core.worker.deliver_pending();
            let accepted = fast.written.get() + fast.core.buffered_amount();
            if !matches!(policy, Policy::Latest(_)) {
                assert_eq!(accepted, 100_000, "{policy:?}");
            }
            match policy {
                Policy::Close => assert_eq!(slow.core.state(), ReadyState::Closed),
                _ => {
                    assert_eq!(slow.core.state(), ReadyState::Open);
                    let waits = slow.core.buffered_amount();
                    assert!(waits <= LIMIT + (16 << 10), "{waits}");
                }
            }
        });
    }
}

#[test]
fn a_send_writes_what_is_full_and_keeps_to_the_limit_then() {
    actix_rt::System::new().block_on(async {
        let space = Arc::default();
        let (_registration, peer) = subscriber(&space, 5_000);
        let mut accepted = 0;
        while !peer.core.send(HUNDRED).is_dropped() {
            accepted += 100;
        }
        assert_eq!((accepted, peer.written.get()), (5_000 + LIMIT, 5_000));
        assert_eq!(peer.core.buffered_amount(), LIMIT);
        // Another thread cannot write. Its messages are refused at the limit.
        peer.room.set(usize::MAX);
        peer.write_now();
        let core = peer.core.clone();
        let elsewhere = std::thread::spawn(move || {
            let sent = std::iter::repeat_with(|| core.send(HUNDRED));
            sent.take_while(|status| !status.is_dropped()).count()
        });
        assert_eq!(elsewhere.join().unwrap(), LIMIT / 100);
    });
}

#[test]
fn what_is_published_here_waits_behind_a_backlog_and_comes_before_what_is_sent_then() {
    actix_rt::System::new().block_on(async {
        let space: Arc<Space> = Arc::default();
        let registration = LocalWorker::of(&space).register(identity());
        let core = registration.core();
        assert!(core.worker.subscribe(core, "t"));
        let elsewhere = |text: &'static str| {
            let space = space.clone();
            let publisher = move || publish(&space, "t", text, Policy::Drop, None);
            assert_eq!(std::thread::spawn(publisher).join().unwrap(), 1);
        };
        elsewhere("1");
        assert_eq!(publish(&space, "t", "2", Policy::Drop, None), 1);
        assert_eq!(
            core.outbox().buffered_amount(),
            0,
            "it is not delivered here"
        );
        elsewhere("3");
        assert_eq!(core.send("4"), SendStatus::Sent(1));
        // The send does not wait for publishes of other threads.
        assert_eq!(core.outbox().buffered_amount(), 9);
        let except = Some(Except::new(core));
        assert_eq!(publish(&space, "t", "not here", Policy::Drop, except), 0);
        assert!(core.worker.unsubscribe(core, "t"));
        assert_eq!(publish(&space, "t", "too late", Policy::Drop, None), 0);
        let written = core.outbox().take(100).unwrap();
        assert_eq!(&written[..], b"\x81\x011\x81\x012\x81\x014\x81\x013");
        assert_eq!(core.worker.inbox().held(), 0);
    });
}

#[test]
fn a_worker_delivers_to_make_room_for_what_it_publishes_itself() {
    actix_rt::System::new().block_on(async {
        let space: Arc<Space> = Arc::default();
        let (_registration, peer) = subscriber(&space, usize::MAX);
        space.set_publish_limit(10_000);
        let flood = {
            let space = space.clone();
            move || while publish(&space, "t", HUNDRED, Policy::Drop, None).refused == 0 {}
        };
        std::thread::spawn(flood).join().unwrap();
        for _ in 0..1000 {
            let published = publish(&space, "t", HUNDRED, Policy::Drop, None);
            assert_eq!((published.addressed, published.refused), (1, 0));
            assert!(peer.core.worker.inbox().held() <= 10_000);
        }
    });
}

#[test]
fn a_backlog_is_delivered_in_portions() {
    actix_rt::System::new().block_on(async {
        let space: Arc<Space> = Arc::default();
        let subscribers: Vec<_> = (0..100).map(|_| subscriber(&space, usize::MAX)).collect();
        let elsewhere = space.clone();
        // These publishes are not gathered, so each is a hundred deliveries.
        let flood = move || {
            for _ in 0..1000 {
                assert_eq!(publish(&elsewhere, "t", "x", Policy::Close, None), 100);
            }
        };
        std::thread::spawn(flood).join().unwrap();
        let local = LocalWorker::of(&space);
        let mut rounds = 0;
        while local.worker.inbox().held() > 0 {
            let before = local.worker.work();
            local.run(clock::now());
            assert!(local.worker.work() - before <= (1 << 15) + 100);
            rounds += 1;
        }
        assert_eq!(rounds, 100 * 1000 / (1 << 15) + 1);
        assert!(
            subscribers
                .iter()
                .all(|(_, peer)| peer.written.get() == 3000)
        );
    });
}

#[test]
fn who_waits_on_a_workers_thread_sees_what_was_published_written() {
    actix_rt::System::new().block_on(async {
        let space: Arc<Space> = Arc::default();
        let (_registration, peer) = subscriber(&space, usize::MAX);
        for number in 1..100 {
            assert_eq!(publish(&space, "t", HUNDRED, Policy::Drop, None), 1);
            Ready::new(space.clone()).await;
            assert_eq!(peer.written.get(), number * 100);
        }
        // A wait that is dropped leaves no entry behind.
        let mut given_up = pin!(Ready::new(space.clone()));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(given_up.as_mut().poll(&mut cx).is_pending());
        given_up.set(Ready::new(space.clone()));
        assert!(peer.core.worker.inbox().rest(Waker::noop()));
    });
}

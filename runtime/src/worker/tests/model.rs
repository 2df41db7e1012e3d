//! Runs a connection, the pump that visits it, and other threads that send, wake, resume and end
//! it, in every order in which their steps can follow each other.
//!
//! [`schedule`] and [`inbox`] are the files of the crate, compiled again with the locks and atomics
//! of a model checker. The checker also finds a pump that sleeps although it has work. The outbox
//! is the real one; only the driver is a short one.

use std::{collections::VecDeque, future::poll_fn, io::IoSlice, task::Poll};

use loom::{
    future::block_on,
    model::Builder,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use self::{
    inbox::Inbox,
    schedule::{Guard, Schedule, Todo, Visit, Write},
    sync::OutboxMutex,
};
use super::super::queue;
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    config::Config,
    frame::Frame,
    outbox::{Copies, Delivery, Outbox, ReadyState},
};

mod sync {
    pub(super) use loom::sync::{Mutex as InboxMutex, Mutex as OutboxMutex, MutexGuard, atomic};
}

type Key = usize;

#[path = "../inbox.rs"]
#[allow(dead_code, reason = "a part of it is enough here")]
#[allow(
    clippy::duplicate_mod,
    reason = "its other half has the locks of `std`"
)]
mod inbox;

#[path = "../schedule.rs"]
#[allow(
    clippy::duplicate_mod,
    reason = "its other half has the locks of `std`"
)]
mod schedule;

const KEY: Key = 3;
/// More bytes than any scenario publishes.
const LIMIT: usize = 100;
const CONFIG: Config = Config::DEFAULT;

/// The state of a connection and of its worker that threads share.
struct Shared {
    outbox: OutboxMutex<Outbox>,
    schedule: Schedule,
    inbox: Inbox<(), ()>,
}

impl Shared {
    fn lock(&self) -> Guard<'_, Outbox> {
        self.schedule.lock(&self.outbox)
    }

    fn change(&self, change: impl FnOnce(&mut Guard<'_, Outbox>)) {
        let mut outbox = self.lock();
        change(&mut outbox);
        let lists = outbox.schedule();
        drop(outbox);
        if lists {
            self.inbox.list(KEY);
        }
    }

    fn send(&self, frame: &[u8]) {
        self.change(|outbox| _ = outbox.push(Frame::Encoded(frame), 0, &CONFIG));
    }

    fn cork(&self, sends: impl FnOnce()) {
        let lists = self.lock().cork();
        sends();
        if lists {
            self.inbox.list(KEY);
        }
    }

    fn wake(&self) {
        if self.schedule.wake() {
            self.inbox.list(KEY);
        }
    }
}

/// The worker's own thread, and the driver of its connection.
struct Pump {
    shared: Arc<Shared>,
    /// The number of bytes that the stream accepts.
    room: usize,
    written: Vec<u8>,
    /// Bytes that are published in the first round, before the pump visits the listed connections.
    publish: Option<&'static [u8]>,
    /// The state of [`Shared`] when the connection was last polled.
    seen: Seen,
    /// The number of reasons to wake the connection so far.
    reasons: Arc<AtomicUsize>,
    /// How often the connection may be listed in one round.
    most_visits: usize,
}

#[derive(Debug, Default)]
struct Seen {
    reasons: usize,
    has_ended: bool,
    /// Whether messages of the peer would have been handled.
    handled: bool,
}

impl Pump {
    fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: shared.clone(),
            room: usize::MAX,
            written: Vec::new(),
            publish: None,
            seen: Seen::default(),
            reasons: Arc::default(),
            most_visits: 2,
        }
    }

    /// Runs rounds until `is_done`.
    fn run(&mut self, is_done: impl Fn(&Self) -> bool) {
        block_on(poll_fn(|cx| {
            loop {
                self.round();
                if is_done(self) {
                    return Poll::Ready(());
                }
                if self.shared.inbox.rest(cx.waker()) {
                    return Poll::Pending;
                }
            }
        }));
    }

    fn round(&mut self) {
        let mut visits = Vec::new();
        self.shared.inbox.take(&mut visits);
        assert!(visits.len() <= self.most_visits, "listed without need");
        let mut late = Vec::new();
        if let Some(bytes) = self.publish.take() {
            let mut outbox = self.shared.lock();
            let delivery = Delivery::OrDrop(Frame::Encoded(bytes));
            outbox.deliver_alone(&delivery, &CONFIG, &mut Copies::default());
            late.extend(outbox.schedule().then_some(KEY));
        }
        for key in visits {
            match self.visit(Write::Later) {
                Visit::WriteLater => late.push(key),
                Visit::PollAgain => self.shared.wake(),
                Visit::Done | Visit::Over => {}
            }
        }
        for _ in late {
            match self.visit(Write::Now) {
                Visit::WriteLater => panic!("every connection has been polled"),
                Visit::PollAgain => self.shared.wake(),
                Visit::Done | Visit::Over => {}
            }
        }
    }

    fn visit(&mut self, write: Write) -> Visit {
        let shared = self.shared.clone();
        match shared.schedule.visit(&shared.outbox, write) {
            Todo::Poll => self.poll(),
            Todo::Write(mut outbox) => {
                self.write(&mut outbox);
                match outbox.calls_for_attention() {
                    true => Visit::PollAgain,
                    false => Visit::Done,
                }
            }
            Todo::Nothing => Visit::Done,
        }
    }

    fn poll(&mut self) -> Visit {
        let shared = self.shared.clone();
        loop {
            self.seen.reasons = self.reasons.load(Relaxed);
            if shared.schedule.calls_for_attention() {
                let mut outbox = shared.lock();
                outbox.attended();
                self.seen.has_ended = outbox.state() == ReadyState::Closed;
            }
            self.seen.handled |= !shared.schedule.is_paused();
            if self.seen.has_ended {
                return Visit::Over;
            }
            let mut outbox = shared.lock();
            if outbox.put_off() {
                return Visit::WriteLater;
            }
            self.write(&mut outbox);
            if !outbox.calls_for_attention() {
                outbox.release();
                return Visit::Done;
            }
        }
    }

    fn write(&mut self, outbox: &mut Outbox) {
        outbox.set_stalled(false);
        loop {
            let mut slices = [IoSlice::new(&[])];
            if outbox.peek(&mut slices) == 0 {
                return;
            }
            let count = slices[0].len().min(self.room);
            if count == 0 {
                outbox.set_stalled(true);
                return;
            }
            self.written.extend_from_slice(&slices[0][..count]);
            self.room -= count;
            outbox.advance(count);
        }
    }
}

/// Takes publishes until there are two.
fn take_two(shared: &Shared) {
    let mut taken = VecDeque::new();
    block_on(poll_fn(|cx| {
        loop {
            let before = taken.len();
            shared.inbox.take_publishes(&mut taken);
            shared.inbox.release(taken.len() - before);
            if taken.len() == 2 {
                return Poll::Ready(());
            }
            if shared.inbox.rest(cx.waker()) {
                return Poll::Pending;
            }
        }
    }));
}

/// Tries every order with up to two switches away from a thread that could have continued. All
/// orders would take hours, and faults show with fewer switches.
fn model(scenario: impl Fn(Arc<Shared>) + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        scenario(Arc::new(Shared {
            outbox: OutboxMutex::default(),
            schedule: Schedule::new(),
            inbox: Inbox::new(),
        }));
    });
}

fn spawn(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) + Send + 'static,
) -> thread::JoinHandle<()> {
    let shared = shared.clone();
    thread::spawn(move || work(&shared))
}

/// Frames of four and five bytes.
const FOUR: &[u8] = b"\x81\x02ab";
const FIVE: &[u8] = b"\x81\x03cde";

#[test]
fn whatever_two_threads_send_is_written_by_visits_for_it() {
    model(|shared| {
        let threads = [FOUR, FIVE].map(|frame| spawn(&shared, move |shared| shared.send(frame)));
        let mut pump = Pump::new(&shared);
        pump.most_visits = 1;
        pump.run(|pump| pump.written.len() == 9);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn what_is_sent_while_a_connection_is_polled_is_written() {
    model(|shared| {
        let waker = spawn(&shared, Shared::wake);
        let sender = spawn(&shared, |shared| {
            shared.send(FOUR);
            shared.send(FIVE);
        });
        Pump::new(&shared).run(|pump| pump.written.len() == 9);
        for thread in [waker, sender] {
            thread.join().unwrap();
        }
    });
}

#[test]
fn what_is_sent_under_a_cork_is_written() {
    model(|shared| {
        let corked = spawn(&shared, |shared| {
            shared.cork(|| {
                shared.send(FOUR);
                shared.send(FIVE);
            });
        });
        let waker = spawn(&shared, Shared::wake);
        let mut pump = Pump::new(&shared);
        // The waker lists it, the cork lists it, and a message lists it after a visit has ended the
        // cork.
        pump.most_visits = 3;
        pump.run(|pump| pump.written.len() == 9);
        for thread in [corked, waker] {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_paused_connection_writes_what_is_sent_and_looks_at_its_input_when_it_is_resumed() {
    model(|shared| {
        shared.schedule.pause();
        let sender = spawn(&shared, |shared| shared.send(FOUR));
        let resumer = spawn(&shared, |shared| shared.change(|it| it.resume()));
        Pump::new(&shared).run(|pump| pump.written.len() == 4 && pump.seen.handled);
        for thread in [sender, resumer] {
            thread.join().unwrap();
        }
    });
}

#[test]
fn what_is_published_is_written_before_the_close_frame_or_not_at_all() {
    model(|shared| {
        let closer = spawn(&shared, |shared| {
            let reason = CloseReason::new(CloseCode::Normal, "", ClosedBy::Server);
            shared.change(|outbox| _ = outbox.close(reason));
        });
        let mut pump = Pump::new(&shared);
        pump.publish = Some(FIVE);
        let close = b"\x88\x02\x03\xe8";
        pump.run(|pump| pump.written.ends_with(close));
        closer.join().unwrap();
        let published = pump.written.strip_suffix(close).unwrap();
        assert!([b"", FIVE].contains(&published), "{published:?}");
    });
}

#[test]
fn what_is_handed_over_quietly_is_taken() {
    model(|shared| {
        let broker = spawn(&shared, |shared| {
            for _ in 0..2 {
                assert!(shared.inbox.hand_over_quietly((), 1, LIMIT));
            }
            shared.inbox.wake_for_publishes();
        });
        take_two(&shared);
        broker.join().unwrap();
    });
}

#[test]
fn what_is_handed_over_quietly_is_taken_with_what_another_thread_hands_over() {
    model(|shared| {
        let broker = spawn(&shared, |shared| {
            assert!(shared.inbox.hand_over_quietly((), 1, LIMIT));
            shared.inbox.wake_for_publishes();
        });
        let other = spawn(&shared, |shared| {
            assert!(shared.inbox.hand_over((), 1, LIMIT))
        });
        take_two(&shared);
        for thread in [broker, other] {
            thread.join().unwrap();
        }
    });
}

/// Ends a connection whose stream accepts no bytes any more, so no write leads to another poll.
fn terminate_a_stalled_one(publish: Option<&'static [u8]>) {
    model(move |shared| {
        shared.send(FOUR);
        shared.wake();
        let terminator = spawn(&shared, |shared| {
            shared.change(|outbox| _ = outbox.terminate(CloseReason::lost()));
        });
        let mut pump = Pump::new(&shared);
        (pump.room, pump.publish) = (1, publish);
        pump.run(|pump| pump.seen.has_ended);
        terminator.join().unwrap();
    });
}

#[test]
fn a_connection_hears_of_its_end_during_any_visit() {
    terminate_a_stalled_one(None);
}

#[test]
fn a_connection_hears_of_its_end_while_its_write_is_put_off() {
    terminate_a_stalled_one(Some(FIVE));
}

#[test]
fn a_connection_that_is_woken_is_listed_once_and_polled_by_a_poll_that_sees_why() {
    model(|shared| {
        let mut pump = Pump::new(&shared);
        let threads = [(); 2].map(|()| {
            let reasons = pump.reasons.clone();
            spawn(&shared, move |shared| {
                reasons.fetch_add(1, Relaxed);
                shared.wake();
            })
        });
        pump.most_visits = 1;
        pump.run(|pump| pump.seen.reasons == 2);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

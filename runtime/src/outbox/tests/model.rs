//! Threads that send, and the pump that writes, in every order in which their steps can follow each
//! other: the outbox is the real one, the locks and atomics around it are a model checker's, which
//! also finds a message that nobody ever writes.

use std::{future::poll_fn, task::Poll};

use loom::{
    future::block_on,
    model::Builder,
    sync::{Arc, Mutex},
    thread,
};

use self::inbox::{Bell, Inbox};
use super::*;

mod sync {
    pub(super) use loom::sync::{Mutex, MutexGuard, atomic};
}

type Key = usize;

#[path = "../../worker/inbox.rs"]
#[allow(dead_code, reason = "a part of it is enough here")]
#[allow(
    clippy::duplicate_mod,
    reason = "its other half has the locks of `std`"
)]
mod inbox;

const KEY: Key = 3;

/// What threads share of a connection.
struct Shared {
    outbox: Mutex<Outbox>,
    bell: Bell,
    inbox: Inbox<(), ()>,
}

impl Shared {
    /// As [`Core`](crate::core::Core) does it.
    fn send(&self, frame_len: usize) {
        let mut outbox = self.outbox.lock().unwrap();
        send(&mut outbox, frame_len, &CONFIG);
        let unattended = outbox.schedule();
        drop(outbox);
        if unattended {
            self.inbox.visit(KEY);
        }
    }

    fn wake(&self) {
        if self.bell.ring() {
            self.inbox.visit(KEY);
        }
    }

    /// As the pump does it: returns how many bytes it has written.
    fn visit(&self) -> usize {
        let mut outbox = self.outbox.lock().unwrap();
        let todo = outbox.visit(self.bell.answer());
        if todo == Todo::Poll {
            outbox.attended();
            // Handlers run without the lock. What is sent meanwhile must not be listed once more.
            drop(outbox);
            outbox = self.outbox.lock().unwrap();
        }
        let len = outbox.buffered_amount();
        outbox.advance(len);
        outbox.release();
        len
    }
}

/// Runs the pump until it has written so many bytes.
fn pump(shared: &Shared, expected: usize) {
    let mut written = 0;
    block_on(poll_fn(|cx| {
        loop {
            let mut visits = Vec::new();
            shared.inbox.take(&mut visits);
            written += visits.iter().map(|_| shared.visit()).sum::<usize>();
            if written == expected {
                return Poll::Ready(());
            }
            if shared.inbox.rest(cx.waker()) {
                return Poll::Pending;
            }
        }
    }));
}

/// Goes through every order with up to two switches of thread at places where the running one could
/// have gone on.
fn model(scenario: impl Fn(Arc<Shared>) + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        scenario(Arc::new(Shared {
            outbox: Mutex::default(),
            bell: Bell::new(),
            inbox: Inbox::new(),
        }));
    });
}

#[test]
fn whatever_threads_send_is_written() {
    model(|shared| {
        let threads = [10, 20].map(|len| {
            let shared = shared.clone();
            thread::spawn(move || shared.send(len))
        });
        pump(&shared, 30);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(shared.outbox.lock().unwrap().buffered_amount(), 0);
    });
}

#[test]
fn what_is_sent_while_a_connection_is_polled_is_written() {
    model(|shared| {
        let waker = {
            let shared = shared.clone();
            thread::spawn(move || shared.wake())
        };
        let sender = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.send(10);
                shared.send(20);
            })
        };
        pump(&shared, 30);
        for thread in [waker, sender] {
            thread.join().unwrap();
        }
    });
}

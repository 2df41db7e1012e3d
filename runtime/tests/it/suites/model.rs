//! Explores every order in which threads can use the inbox of a worker. The inbox's file is
//! compiled once more with the locks and atomics of a model checker, which also finds a wait that
//! never ends.

use std::{collections::VecDeque, future::poll_fn, task::Poll};

use loom::{
    future::block_on,
    model::Builder,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use self::inbox::Inbox;

mod sync {
    pub(super) use loom::sync::{Mutex as InboxMutex, MutexGuard};
}

type Key = usize;

#[path = "../../../src/worker/inbox.rs"]
#[allow(unreachable_pub, reason = "it is written for another place")]
#[allow(dead_code, reason = "a part of it is enough here")]
mod inbox;

/// Explores every order in which at most two threads are preempted. All orders would take hours,
/// and faults show with few preemptions.
fn model(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(scenario);
}

/// More than any scenario hands over.
const LIMIT: usize = 100;

fn take_publishes<P>(inbox: &Inbox<P, ()>) -> VecDeque<P> {
    let mut publishes = VecDeque::new();
    inbox.take_publishes(&mut publishes);
    publishes
}

/// Runs a pump until `round` returns `true`. Each call gets the items that the pump has just taken.
fn pump<P>(inbox: &Inbox<P, ()>, mut round: impl FnMut(Vec<P>, Vec<()>, Vec<Key>) -> bool) {
    block_on(poll_fn(|cx| {
        loop {
            let mut visits = Vec::new();
            let (_, closings) = inbox.take(&mut visits);
            let publishes = take_publishes(inbox);
            inbox.release(publishes.len());
            if round(publishes.into(), closings.unwrap_or_default(), visits) {
                return Poll::Ready(());
            }
            if inbox.rest(cx.waker()) {
                return Poll::Pending;
            }
        }
    }));
}

#[test]
fn what_threads_leave_reaches_the_pump_once_and_in_order() {
    model(|| {
        let inbox = Arc::new(Inbox::new());
        let from = |name: &'static str, count| {
            let inbox = inbox.clone();
            thread::spawn(move || {
                (0..count).for_each(|number| assert!(inbox.hand_over((name, number), 1, LIMIT)))
            })
        };
        let threads = [from("a", 2), from("b", 1)];
        let mut seen = Vec::new();
        pump(&inbox, |publishes, _, _| {
            seen.extend(publishes);
            seen.len() >= 3
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let of = |wanted| seen.iter().filter(move |(name, _)| *name == wanted);
        assert!(of("a").map(|(_, number)| number).eq(&[0, 1]), "{seen:?}");
        assert_eq!(of("b").count(), 1, "{seen:?}");
        let mut visits = Vec::new();
        let (has_publishes, _) = inbox.take(&mut visits);
        assert!(!has_publishes && visits.is_empty());
    });
}

#[test]
fn a_closing_comes_behind_what_was_left_before_it() {
    model(|| {
        let inbox = Arc::new(Inbox::new());
        let another = {
            let inbox = inbox.clone();
            thread::spawn(move || inbox.hand_over("from another", 1, LIMIT))
        };
        let closer = {
            let inbox = inbox.clone();
            thread::spawn(move || {
                inbox.hand_over("before", 1, LIMIT);
                inbox.close((), |(), ()| true);
                true
            })
        };
        let mut seen = Vec::new();
        pump(&inbox, |publishes, closings, _| {
            seen.extend(publishes);
            !closings.is_empty()
        });
        assert!(seen.contains(&"before"));
        for thread in [another, closer] {
            thread.join().unwrap();
        }
        seen.extend(take_publishes(&inbox));
        assert_eq!(seen.len(), 2);
    });
}

#[test]
fn what_is_taken_before_the_pump_comes_to_it_is_not_lost_and_the_pump_comes() {
    model(|| {
        let inbox = Arc::new(Inbox::<_, ()>::new());
        let threads = ["a", "b"].map(|name| {
            let inbox = inbox.clone();
            thread::spawn(move || inbox.hand_over(name, 1, LIMIT))
        });
        let mut seen = Vec::new();
        // Another task of the pump's thread publishes while the pump rests.
        let mut rests = true;
        block_on(poll_fn(|cx| {
            if rests && inbox.rest(cx.waker()) {
                rests = false;
                let mut late = VecDeque::new();
                let pump = inbox.take_late(&mut late);
                inbox.release(late.len());
                seen.extend(late);
                if let Some(pump) = pump {
                    pump.wake();
                }
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        pump(&inbox, |publishes, _, _| {
            seen.extend(publishes);
            seen.len() == 2
        });
        for thread in threads {
            thread.join().unwrap();
        }
        seen.sort_unstable();
        assert_eq!(seen, ["a", "b"]);
    });
}

#[test]
fn a_pump_that_is_about_to_rest_hears_that_there_is_something_to_do_besides() {
    model(|| {
        let inbox = Arc::new(Inbox::<(), ()>::new());
        let ready = Arc::new(AtomicUsize::new(0));
        let waker = {
            let (inbox, ready) = (inbox.clone(), ready.clone());
            thread::spawn(move || {
                ready.store(1, Relaxed);
                inbox.wake();
            })
        };
        // After each rest the pump looks at other work, such as its clock or the publishes of its
        // thread.
        block_on(poll_fn(|cx| {
            inbox.take(&mut Vec::new());
            assert!(inbox.rest(cx.waker()));
            match ready.load(Relaxed) {
                0 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        }));
        waker.join().unwrap();
    });
}

/// Waits like [`Server::ready`](levante::Server::ready) on a thread other than the worker's.
fn wait_for_room(inbox: &Inbox<usize, ()>, limit: usize) {
    let mut ticket = None;
    block_on(poll_fn(|cx| {
        if ticket.is_none() {
            ticket = inbox.wait(cx.waker(), false, limit);
        }
        match ticket {
            Some(ticket) if inbox.waits(ticket, cx.waker()) => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }));
}

#[test]
fn a_producer_that_waits_is_woken_when_there_is_room() {
    model(|| {
        let inbox = Arc::new(Inbox::new());
        let producer = {
            let inbox = inbox.clone();
            thread::spawn(move || {
                for number in 0..2 {
                    assert!(inbox.hand_over(number, 1, 1), "it has waited for room");
                    wait_for_room(&inbox, 1);
                }
            })
        };
        let mut seen = Vec::new();
        block_on(poll_fn(|cx| {
            loop {
                inbox.take(&mut Vec::new());
                let publishes = take_publishes(&inbox);
                inbox.release(publishes.len());
                seen.extend(publishes);
                inbox.end_round(1);
                if seen.len() == 2 {
                    return Poll::Ready(());
                }
                if inbox.rest(cx.waker()) {
                    return Poll::Pending;
                }
            }
        }));
        producer.join().unwrap();
        assert_eq!(seen, [0, 1]);
    });
}

#[test]
fn a_producer_does_not_wait_for_a_worker_that_ends() {
    model(|| {
        let inbox = Arc::new(Inbox::new());
        let producer = {
            let inbox = inbox.clone();
            thread::spawn(move || {
                inbox.hand_over(0, 1, 1);
                wait_for_room(&inbox, 1);
            })
        };
        inbox.end();
        producer.join().unwrap();
    });
}

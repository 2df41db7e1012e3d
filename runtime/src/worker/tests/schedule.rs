use super::super::{
    queue::Queue,
    schedule::{Guard, Schedule, Todo, Write},
    sync::OutboxMutex,
};

/// The facts that visits depend on, set by a test.
#[derive(Debug, Default)]
struct Facts {
    len: usize,
    stalled: bool,
    published_to: bool,
    attention: bool,
}

impl Queue for Facts {
    fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn is_stalled(&self) -> bool {
        self.stalled
    }

    fn is_published_to(&self) -> bool {
        self.published_to && self.len > 0
    }

    fn calls_for_attention(&self) -> bool {
        self.attention
    }

    fn call_for_attention(&mut self) {
        self.attention = true;
    }

    fn attended(&mut self) {
        self.attention = false;
    }
}

struct Connection {
    queue: OutboxMutex<Facts>,
    schedule: Schedule,
}

impl Connection {
    fn lock(&self) -> Guard<'_, Facts> {
        self.schedule.lock(&self.queue)
    }

    fn visit(&self, write: Write) -> Todo<Guard<'_, Facts>> {
        self.schedule.visit(&self.queue, write)
    }

    /// Makes a change; returns whether the caller must list the connection.
    fn change(&self, change: impl FnOnce(&mut Guard<'_, Facts>)) -> bool {
        let mut guard = self.lock();
        change(&mut guard);
        guard.schedule()
    }

    fn send(&self) -> bool {
        self.change(|queue| queue.len += 1)
    }

    fn wake(&self) -> bool {
        self.schedule.wake()
    }
}

fn idle() -> Connection {
    Connection {
        queue: OutboxMutex::default(),
        schedule: Schedule::new(),
    }
}

fn is_poll<W>(todo: &Todo<W>) -> bool {
    matches!(todo, Todo::Poll)
}

/// A connection that is being polled.
fn polled(write: Write) -> Connection {
    let connection = idle();
    assert!(connection.wake());
    assert!(is_poll(&connection.visit(write)));
    connection
}

#[test]
fn a_connection_is_listed_once_for_what_is_sent() {
    let connection = idle();
    assert!(!connection.change(|_| {}), "there is nothing to do");
    assert!(connection.send());
    assert!(!connection.send(), "it is on the list");
    let Todo::Write(mut queue) = connection.visit(Write::Later) else {
        panic!("there is something to write and nothing else")
    };
    queue.len = 0;
    drop(queue);
    assert!(connection.send(), "it is not on the list any more");
}

#[test]
fn a_connection_is_listed_once_however_often_it_is_woken() {
    let connection = idle();
    assert!(connection.wake());
    assert!(!connection.wake());
    assert!(is_poll(&connection.visit(Write::Later)));
    assert!(
        connection.wake(),
        "of what comes now the poll knows nothing"
    );
    connection.lock().release();
    assert!(is_poll(&connection.visit(Write::Later)));
    connection.lock().release();
    assert!(matches!(connection.visit(Write::Later), Todo::Nothing));
}

#[test]
fn what_waits_for_room_is_not_listed_unless_it_calls_for_attention() {
    let connection = idle();
    let stalled = |queue: &mut Guard<'_, Facts>| (queue.len, queue.stalled) = (1, true);
    assert!(!connection.change(stalled));
    assert!(connection.change(|queue| queue.call_for_attention()));
    assert!(is_poll(&connection.visit(Write::Later)));
}

#[test]
fn what_is_sent_during_a_poll_is_not_listed() {
    for write in [Write::Later, Write::Now] {
        let connection = polled(write);
        assert!(!connection.send());
        let mut queue = connection.lock();
        assert!(!queue.put_off(), "no other connection adds to it");
        queue.release();
        drop(queue);
        assert!(connection.send());
    }
}

#[test]
fn a_write_is_put_off_once_in_a_round_and_only_if_others_may_publish() {
    let publish = |queue: &mut Guard<'_, Facts>| (queue.len, queue.published_to) = (1, true);
    let connection = polled(Write::Later);
    assert!(!connection.change(publish));
    assert!(connection.lock().put_off());
    assert!(!connection.send(), "the pump has listed it");
    assert!(connection.wake());
    assert!(is_poll(&connection.visit(Write::Now)));
    assert!(!connection.lock().put_off(), "every other one was polled");
    connection.lock().release();
    assert!(!connection.lock().put_off(), "no poll has ended");
}

#[test]
fn what_is_sent_under_a_cork_is_not_listed() {
    let connection = idle();
    assert!(connection.lock().cork());
    assert!(!connection.lock().cork(), "one of them lists it");
    assert!(!connection.send());
    assert!(matches!(connection.visit(Write::Later), Todo::Write(_)));
    assert!(connection.send(), "that was the visit for the cork");
    assert!(!connection.lock().cork(), "it is listed without one");
}

#[test]
fn attention_is_seen_without_the_lock_until_it_is_given() {
    let connection = polled(Write::Later);
    assert!(!connection.schedule.calls_for_attention());
    assert!(!connection.change(|queue| queue.call_for_attention()));
    assert!(connection.schedule.calls_for_attention());
    connection.lock().attended();
    assert!(!connection.schedule.calls_for_attention());
    assert!(!connection.lock().calls_for_attention());
    // A handler runs, so the connection cannot do that work now.
    assert!(!connection.change(|queue| queue.call_for_attention()));
    connection.lock().release();
    assert!(connection.lock().schedule());
    assert!(is_poll(&connection.visit(Write::Later)));
}

#[test]
fn resume_has_a_connection_look_at_what_waits() {
    let connection = idle();
    connection.schedule.pause();
    assert!(connection.schedule.is_paused());
    assert!(connection.change(|queue| queue.resume()));
    assert!(!connection.schedule.is_paused());
    assert!(is_poll(&connection.visit(Write::Later)));
    assert!(connection.schedule.calls_for_attention());
}

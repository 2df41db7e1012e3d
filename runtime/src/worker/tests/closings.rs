//! Sockets that a worker is told to close: all of a space, and the subscribers of a topic.

use super::*;
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    hub::close_topic,
    outbox::{ReadyState, SendStatus},
};

#[test]
fn closings_do_not_pile_up() {
    let (space, _sockets) = space(1, 1);
    let closing = |owner: Option<_>| Closing {
        which: owner.map_or(Which::All, Which::Of),
        reason: CloseReason::lost(),
    };
    let worker = space.workers()[0].clone();
    let of = |count: usize| {
        let (_, closings) = worker.inbox().take(&mut Vec::new());
        assert_eq!(closings.map_or(0, |it| it.len()), count);
    };
    for owner in [None, Some(1), None, Some(2)] {
        worker.send_away(closing(owner));
    }
    of(1);
    for owner in [Some(1), Some(2), Some(1), None, None] {
        worker.send_away(closing(owner));
    }
    of(3);
}

/// Carries out the closings of the inbox of a worker, as its pump does.
fn carry_out_closings(worker: &Arc<Worker>) {
    for closing in worker.inbox().take(&mut Vec::new()).1.unwrap_or_default() {
        worker.close_all(&closing);
    }
}

fn written(core: &Core) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(chunk) = core.outbox().take(usize::MAX) {
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

#[test]
fn a_closed_topic_ends_its_sockets_behind_the_publishes_that_counted_them() {
    let reason = CloseReason::new(CloseCode::Other(4001), "out", ClosedBy::Server);
    for waits in [false, true] {
        let (space, sockets) = space(2, 4);
        let [kicked, _, late, stranger] = &sockets[..] else {
            unreachable!()
        };
        assert!(kicked.worker.subscribe(kicked, "t") && kicked.worker.subscribe(kicked, "u"));
        if waits {
            // Now the changes of subscriptions wait behind a publish.
            assert_eq!(publish(&space, "t", "1", Policy::Drop, None), 1);
        }
        assert!(late.worker.subscribe(late, "t") && stranger.worker.subscribe(stranger, "u"));
        assert_eq!(publish(&space, "t", "2", Policy::Drop, None), 2);
        assert_eq!(close_topic(&space, "t", &reason), 2);
        // At once they subscribe to nothing, and may not subscribe again.
        assert_eq!(close_topic(&space, "t", &reason), 0);
        assert_eq!(space.subscriber_count("t"), 0);
        assert_eq!(space.topics(), ["u"]);
        assert!(
            kicked
                .worker
                .subscriptions(kicked.key(), kicked.id)
                .is_empty()
        );
        assert!(!kicked.worker.subscribe(kicked, "again"));
        assert_eq!(publish(&space, "t", "3", Policy::Drop, None), 0);
        assert_eq!(publish(&space, "u", "4", Policy::Drop, None), 1);
        assert_eq!(kicked.state(), ReadyState::Open);
        assert!(kicked.send("5") == SendStatus::Sent(1));
        for worker in &*space.workers() {
            carry_out_closings(worker);
        }
        deliver(&space);
        let close = b"\x88\x05\x0f\xa1out";
        let first = if waits { &b"\x81\x011"[..] } else { b"" };
        // A message to the socket itself may overtake publishes of other threads.
        let expected = [b"\x81\x015", first, b"\x81\x012", close].concat();
        assert_eq!(written(kicked), expected);
        assert_eq!(written(late), [&b"\x81\x012"[..], close].concat());
        assert_eq!(written(stranger), b"\x81\x014");
        assert_eq!(kicked.state(), ReadyState::Closing);
        assert_eq!(stranger.state(), ReadyState::Open);
    }
}

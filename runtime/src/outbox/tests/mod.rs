use super::{
    notices::{MOST_CHANGE_BYTES, MOST_CHANGES, OVERHEAD},
    *,
};
use crate::{message::Kind, protocol::Header};

const LIMIT: usize = 1000;
const CONFIG: Config = Config::DEFAULT.backpressure_limit(LIMIT);

/// Sends a message whose frame has `frame_len` bytes.
fn send(outbox: &mut Outbox, frame_len: usize, config: &Config) -> SendStatus {
    let header_len = if frame_len > 127 { 4 } else { 2 };
    let payload = vec![b'x'; frame_len - header_len];
    let header = Header::new(Kind::Binary.into(), false, payload.len());
    let frame = Frame::Small(header, &payload);
    assert_eq!(frame.len(), frame_len);
    outbox.push(frame, payload.len(), config)
}

fn drain(outbox: &mut Outbox) -> Vec<u8> {
    std::iter::from_fn(|| outbox.take(usize::MAX))
        .flatten()
        .collect()
}

#[test]
fn the_limit_is_exact() {
    for (first, second, accepted) in [
        (600, LIMIT - 1 - 600, true),
        (600, LIMIT - 600, true),
        (600, LIMIT + 1 - 600, false),
    ] {
        let mut outbox = Outbox::default();
        assert_eq!(
            send(&mut outbox, first, &CONFIG),
            SendStatus::Sent(first - 4)
        );
        let status = send(&mut outbox, second, &CONFIG);
        assert_eq!(!status.is_dropped(), accepted, "{first} + {second}");
        let expected = if accepted { first + second } else { first };
        assert_eq!(outbox.buffered_amount(), expected);
        assert_eq!(drain(&mut outbox).len(), expected);
    }
}

#[test]
fn an_empty_queue_takes_a_message_of_any_size() {
    let mut outbox = Outbox::default();
    assert_eq!(
        send(&mut outbox, 5 * LIMIT, &CONFIG),
        SendStatus::Sent(5 * LIMIT - 4)
    );
    assert_eq!(
        send(&mut outbox, 2, &CONFIG),
        SendStatus::Dropped(DropReason::Full)
    );
}

#[test]
fn backpressure_shows_from_half_the_limit_on() {
    let mut outbox = Outbox::default();
    assert_eq!(send(&mut outbox, 499, &CONFIG), SendStatus::Sent(495));
    assert_eq!(send(&mut outbox, 2, &CONFIG), SendStatus::Sent(0));
    assert_eq!(send(&mut outbox, 2, &CONFIG), SendStatus::Backpressure);
}

#[test]
fn a_stalled_write_shows_as_backpressure_at_once() {
    let mut outbox = Outbox::default();
    outbox.set_stalled(true);
    assert_eq!(send(&mut outbox, 10, &CONFIG), SendStatus::Backpressure);
}

#[test]
fn drain_is_due_once_when_everything_is_written() {
    let mut outbox = Outbox::default();
    send(&mut outbox, 600, &CONFIG);
    assert_eq!(send(&mut outbox, 100, &CONFIG), SendStatus::Backpressure);
    assert_eq!(
        send(&mut outbox, 600, &CONFIG),
        SendStatus::Dropped(DropReason::Full)
    );
    outbox.advance(699);
    assert!(!outbox.calls_for_attention() && !outbox.take_drain());
    outbox.advance(1);
    assert!(outbox.calls_for_attention());
    assert!(outbox.take_drain());
    assert!(!outbox.take_drain());
}

#[test]
fn once_it_closes_no_drain_is_due() {
    let mut outbox = Outbox::default();
    send(&mut outbox, 600, &CONFIG);
    assert_eq!(send(&mut outbox, 100, &CONFIG), SendStatus::Backpressure);
    assert!(outbox.close(CloseReason::lost()));
    outbox.attended();
    drain(&mut outbox);
    assert!(!outbox.calls_for_attention() && !outbox.take_drain());
}

#[test]
fn without_backpressure_no_drain_is_due() {
    let mut outbox = Outbox::default();
    send(&mut outbox, 100, &CONFIG);
    drain(&mut outbox);
    assert!(!outbox.take_drain() && !outbox.calls_for_attention());
}

#[test]
fn a_close_frame_follows_what_was_accepted_and_nothing_follows_it() {
    let mut outbox = Outbox::default();
    send(&mut outbox, 3, &CONFIG);
    outbox.close(CloseReason::new(
        CloseCode::Other(4000),
        "bye",
        ClosedBy::Server,
    ));
    outbox.close(CloseReason::new(
        CloseCode::Normal,
        "again",
        ClosedBy::Server,
    ));
    assert_eq!(outbox.state(), ReadyState::Closing);
    assert_eq!(
        send(&mut outbox, 3, &CONFIG),
        SendStatus::Dropped(DropReason::Closed)
    );
    assert_eq!(
        outbox.push_control(Opcode::Ping, b"", &CONFIG),
        SendStatus::Dropped(DropReason::Closed)
    );
    outbox.answer_ping(b"", &CONFIG);
    assert_eq!(drain(&mut outbox), b"\x82\x01x\x88\x05\x0F\xA0bye");
    let ending = outbox.ending().unwrap();
    assert_eq!(
        (ending.code, &*ending.reason),
        (CloseCode::Other(4000), "bye")
    );
}

/// A full outbox that keeps the messages it drops.
fn full() -> (Outbox, Config) {
    let config = Config {
        tells_dropped: true,
        ..CONFIG
    };
    let mut outbox = Outbox::default();
    send(&mut outbox, LIMIT, &config);
    (outbox, config)
}

/// Drops a message with `payload_len` bytes of payload.
fn drop_one(outbox: &mut Outbox, payload_len: usize, config: &Config) {
    let header = Header::new(Kind::Text.into(), false, payload_len);
    let payload = vec![b'x'; payload_len];
    let status = outbox.push(Frame::Small(header, &payload), payload_len, config);
    assert!(status.is_dropped());
}

/// The payload lengths of the messages that were kept, and the number of those that were not.
fn told(outbox: &mut Outbox) -> (Vec<usize>, usize) {
    let (mut kept, mut forgotten) = (Vec::new(), 0);
    while let Some(notice) = outbox.take_notice() {
        assert_eq!(forgotten, 0, "what was forgotten comes last, and once");
        match notice {
            Notice::Dropped(message) => {
                assert_eq!(message.kind(), Kind::Text);
                kept.push(message.as_bytes().len());
            }
            Notice::Forgotten { dropped, .. } => forgotten = dropped,
            Notice::Subscription { .. } => panic!("there was none"),
        }
    }
    assert!(!outbox.has_notices());
    (kept, forgotten)
}

#[test]
fn no_more_than_the_limit_is_kept_of_what_is_dropped() {
    // The overhead of a message counts, too.
    let room = LIMIT - 400 - 2 * OVERHEAD;
    for (dropped, kept, forgotten) in [
        (vec![400, room - 1], vec![400, room - 1], 0),
        (vec![400, room], vec![400, room], 0),
        (vec![400, room + 1], vec![400], 1),
        (vec![LIMIT - 1], vec![LIMIT - 1], 0),
        (vec![LIMIT], vec![LIMIT], 0),
        (vec![LIMIT + 1], vec![], 1),
        (vec![LIMIT, 1, 0, 1], vec![LIMIT], 3),
    ] {
        let (mut outbox, config) = full();
        for len in &dropped {
            drop_one(&mut outbox, *len, &config);
        }
        assert_eq!(told(&mut outbox), (kept, forgotten), "{dropped:?}");
    }
}

#[test]
fn what_has_been_told_makes_room_again() {
    let (mut outbox, config) = full();
    drop_one(&mut outbox, LIMIT, &config);
    drop_one(&mut outbox, 1, &config);
    assert!(matches!(outbox.take_notice(), Some(Notice::Dropped(_))));
    drop_one(&mut outbox, LIMIT, &config);
    drop_one(&mut outbox, 1, &config);
    assert_eq!(told(&mut outbox), (vec![LIMIT], 2));
}

#[test]
fn empty_messages_are_not_kept_without_end() {
    const MOST: usize = LIMIT / OVERHEAD;
    for (dropped, forgotten) in [(MOST - 1, 0), (MOST, 0), (MOST + 1, 1)] {
        let (mut outbox, config) = full();
        for _ in 0..dropped {
            drop_one(&mut outbox, 0, &config);
        }
        assert_eq!(told(&mut outbox), (vec![0; dropped - forgotten], forgotten));
    }
}

#[test]
fn what_is_kept_of_what_is_dropped_takes_no_more_memory_than_is_counted() {
    for payload_len in [0, 1, 100, 5000] {
        let mut outbox = Outbox::default();
        let header = Header::new(Kind::Binary.into(), false, payload_len);
        let payload = vec![b'x'; payload_len];
        let frame = Frame::Small(header, &payload);
        let allocated = allocation_counter::measure(|| {
            for _ in 0..50_000 {
                // The copy is shared, like that of a publish.
                let copy = || frame.to_message().inspect(|message| drop(message.clone()));
                outbox.notices().push_dropped(frame, 1 << 20, copy);
            }
        });
        let memory = allocated.bytes_current + 16 * allocated.count_current;
        assert!(memory < (1 << 20) + 1024, "{memory} of {payload_len}");
    }
}

#[test]
fn changes_of_long_topics_are_not_kept_without_end() {
    let topic = "t".repeat((1 << 20) - OVERHEAD);
    const MOST: usize = MOST_CHANGE_BYTES >> 20;
    for (made, expected) in [(MOST - 1, 0), (MOST, 0), (MOST + 1, 1)] {
        let mut outbox = Outbox::default();
        for number in 0..made {
            outbox.tell_change(&topic, number);
        }
        let notices: Vec<_> = std::iter::from_fn(|| outbox.take_notice()).collect();
        let kept = |notice: &&Notice| matches!(notice, Notice::Subscription { .. });
        assert_eq!(notices.iter().filter(kept).count(), made - expected);
    }
    // A single change of any length is told.
    let mut outbox = Outbox::default();
    outbox.tell_change(&"t".repeat(2 * MOST_CHANGE_BYTES), 1);
    assert!(matches!(
        outbox.take_notice(),
        Some(Notice::Subscription { .. })
    ));
}

#[test]
fn changes_of_subscriptions_are_not_kept_without_end() {
    for (made, expected) in [
        (MOST_CHANGES - 1, 0),
        (MOST_CHANGES, 0),
        (MOST_CHANGES + 1, 1),
    ] {
        let mut outbox = Outbox::default();
        for number in 0..made {
            outbox.tell_change("t", number);
        }
        assert!(outbox.calls_for_attention());
        outbox.tell_leave("left at last".into(), 0);
        let (mut next, mut forgotten) = (0, 0);
        while let Some(notice) = outbox.take_notice() {
            match notice {
                Notice::Subscription { topic, subscribers } if &*topic == "t" => {
                    assert_eq!(subscribers, next);
                    next += 1;
                }
                Notice::Subscription { topic, .. } => assert_eq!(&*topic, "left at last"),
                Notice::Forgotten { dropped, changes } => {
                    assert_eq!(dropped, 0);
                    forgotten = changes;
                }
                Notice::Dropped(_) => panic!("nothing was dropped"),
            }
        }
        assert_eq!((next, forgotten), (made - expected, expected));
    }
}

#[test]
fn what_is_dropped_calls_for_attention_if_there_is_a_handler() {
    let (mut outbox, config) = full();
    drop_one(&mut outbox, 1, &config);
    assert!(outbox.calls_for_attention() && outbox.has_notices());

    let (mut outbox, _) = full();
    drop_one(&mut outbox, 1, &CONFIG);
    assert!(!outbox.calls_for_attention() && !outbox.has_notices());
}

#[test]
fn nothing_is_told_of_what_a_closing_outbox_refuses() {
    let (mut outbox, config) = full();
    outbox.close(CloseReason::new(CloseCode::Normal, "", ClosedBy::Server));
    drop_one(&mut outbox, 1, &config);
    outbox.finish();
    drop_one(&mut outbox, 1, &config);
    assert!(!outbox.has_notices());
}

#[test]
fn all_who_drop_a_message_share_one_copy() {
    let encoded = b"\x81\x05Hello";
    let payload = Bytes::from(vec![b'x'; 5000]);
    let header = Header::new(Kind::Text.into(), false, payload.len());
    for frame in [Frame::Encoded(encoded), Frame::Large(header, &payload)] {
        let mut copies = Copies::default();
        let mut addresses = Vec::new();
        for _ in 0..2 {
            let (mut outbox, mut config) = full();
            config.backpressure_limit = payload.len();
            send(&mut outbox, 4000, &config);
            let has_room = outbox.has_room(frame.len(), &config);
            outbox.push_or_copy(has_room, frame, 0, &config, || copies.of(7, frame));
            let Some(Notice::Dropped(message)) = outbox.take_notice() else {
                panic!("nothing was kept")
            };
            assert_eq!(Some((message.kind(), message.as_bytes())), frame.message());
            addresses.push(message.as_bytes().as_ptr());
        }
        assert_eq!(addresses[0], addresses[1]);
        let is_payload = addresses[0] == payload.as_ptr();
        assert_eq!(is_payload, matches!(frame, Frame::Large(..)));
    }
}

#[test]
fn a_slow_consumer_is_cut_off_where_that_is_set() {
    let config = CONFIG.close_on_backpressure_limit(true);
    let mut outbox = Outbox::default();
    send(&mut outbox, LIMIT, &config);
    assert_eq!(
        send(&mut outbox, 2, &config),
        SendStatus::Dropped(DropReason::Full)
    );
    assert_eq!(
        (outbox.state(), outbox.buffered_amount()),
        (ReadyState::Closed, 0)
    );
    assert_eq!(
        outbox.ending().map(|reason| reason.by),
        Some(ClosedBy::SlowConsumer)
    );
    assert!(outbox.calls_for_attention());
}

#[test]
fn an_empty_outbox_takes_little_memory() {
    assert_eq!(size_of::<Outbox>(), 56);
}

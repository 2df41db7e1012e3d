use super::*;
use crate::{message::Kind, protocol::Header};

const LIMIT: usize = 1000;
const CONFIG: Config = Config::DEFAULT.backpressure_limit(LIMIT);

/// Sends a message of which the frame has so many bytes.
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
        assert_eq!(
            status != SendStatus::Dropped,
            accepted,
            "{first} + {second}"
        );
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
    assert_eq!(send(&mut outbox, 2, &CONFIG), SendStatus::Dropped);
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
    assert_eq!(send(&mut outbox, 600, &CONFIG), SendStatus::Dropped);
    outbox.advance(699);
    assert!(!outbox.calls_for_attention() && !outbox.take_drain());
    outbox.advance(1);
    assert!(outbox.calls_for_attention());
    assert!(outbox.take_drain());
    assert!(!outbox.take_drain());
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
    assert_eq!(send(&mut outbox, 3, &CONFIG), SendStatus::Dropped);
    assert_eq!(
        outbox.push_control(Opcode::Ping, b"", &CONFIG),
        SendStatus::Dropped
    );
    outbox.answer_ping(b"", &CONFIG);
    assert_eq!(drain(&mut outbox), b"\x82\x01x\x88\x05\x0F\xA0bye");
    let ending = outbox.ending().unwrap();
    assert_eq!(
        (ending.code, &*ending.reason),
        (CloseCode::Other(4000), "bye")
    );
}

#[test]
fn a_slow_consumer_is_cut_off_where_that_is_set() {
    let config = CONFIG.close_on_backpressure_limit(true);
    let mut outbox = Outbox::default();
    send(&mut outbox, LIMIT, &config);
    assert_eq!(send(&mut outbox, 2, &config), SendStatus::Dropped);
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
fn somebody_is_asked_to_look_once() {
    let mut outbox = Outbox::default();
    assert!(!outbox.schedule(), "there is nothing to do");
    send(&mut outbox, 2, &CONFIG);
    assert!(outbox.schedule());
    send(&mut outbox, 2, &CONFIG);
    assert!(!outbox.schedule(), "somebody is on the way");
    assert_eq!(outbox.visit(false), Todo::Write);
    assert!(outbox.schedule());
    outbox.release();
    outbox.set_stalled(true);
    assert!(!outbox.schedule(), "it is looked at when there is room");
    outbox.call_for_attention();
    assert!(outbox.schedule());
    assert_eq!(outbox.visit(false), Todo::Poll);
    assert!(!outbox.schedule(), "whoever polls is not interrupted");
}

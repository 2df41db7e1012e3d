//! Messages that are delivered one by one: large ones, and those with a policy of their own.

use super::{Copies, Named, Outbox, ReadyState, Slow, Terms, queue::Room};
use crate::{config::Config, frame::Frame, stats::Traffic};

/// Below this number of queued bytes, no message of a peer that keeps up is replaced. Appending is
/// cheaper than replacing, and so few bytes are written soon.
const KEEPS_UP: usize = 4 << 10;

/// A published frame and what happens to it if a queue is full.
#[derive(Debug)]
pub(crate) enum Delivery<'a> {
    OrDrop(Frame<'a>),
    OrClose(Frame<'a>),
    Latest(Named<'a>),
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(frame: Frame<'a>, terms: &'a Terms) -> Self {
        match &terms.slow {
            Slow::Drop => Self::OrDrop(frame),
            Slow::Close => Self::OrClose(frame),
            Slow::Latest(name) => Self::Latest(Named::new(frame, *name)),
        }
    }

    pub(crate) fn frame(&self) -> Frame<'a> {
        match self {
            Self::OrDrop(frame) | Self::OrClose(frame) => *frame,
            Self::Latest(message) => message.frame,
        }
    }
}

impl Outbox {
    /// Queues a published frame. If the last write found no room and the queue is full, does what
    /// the policy says; the publisher is not told, only the `dropped` handler. Returns whether the
    /// outbox must be written at once, as [`Self::deliver`] does.
    pub(crate) fn deliver_alone(
        &mut self,
        delivery: &Delivery<'_>,
        config: &Config,
        copies: &mut Copies,
    ) -> bool {
        self.published_to = true;
        if self.state != ReadyState::Open {
            copies.missed().closed += Traffic::of(delivery.frame().payload_len());
            return false;
        }
        match delivery {
            Delivery::OrDrop(frame) => {
                let close = config.close_on_backpressure_limit;
                self.push_published(*frame, close, config, copies);
            }
            Delivery::OrClose(frame) => self.push_published(*frame, true, config, copies),
            Delivery::Latest(message) => self.push_latest(message, config, copies),
        }
        self.is_overdrawn(config)
    }

    fn push_published(
        &mut self,
        frame: Frame<'_>,
        close: bool,
        config: &Config,
        copies: &mut Copies,
    ) {
        if self.stalled && !self.has_room(frame.len(), config) {
            copies.missed().full += Traffic::of(frame.payload_len());
            self.refuse(frame, close, config, || copies.of(0, frame));
        } else {
            let before = self.queue.data_len();
            self.queue.push(frame);
            self.count(|| Traffic::of(frame.payload_len()));
            self.accept(before, 0, config);
        }
    }

    fn push_latest(&mut self, message: &Named<'_>, config: &Config, copies: &mut Copies) {
        let frame = message.frame;
        let close = config.close_on_backpressure_limit;
        let before = self.queue.data_len();
        let little = KEEPS_UP.min(config.backpressure_limit / 2);
        if !self.stalled && before + frame.len() <= little {
            self.push_published(frame, close, config, copies);
            return;
        }
        let limit = match self.stalled {
            true => config.backpressure_limit,
            false => usize::MAX,
        };
        let room = self.queue.push_latest(message, limit);
        if room == Room::None {
            copies.missed().full += Traffic::of(frame.payload_len());
            self.refuse(frame, close, config, || copies.of(0, frame));
        } else {
            if room == Room::OfReplaced {
                copies.missed().replaced += 1;
            }
            self.count(|| Traffic::of(frame.payload_len()));
            self.accept(before, 0, config);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        close::{CloseCode, CloseReason, ClosedBy},
        message::Kind,
        outbox::{DropReason, Name, SendStatus},
        policy::Policy,
        protocol::Header,
        stats::Missed,
    };

    const LIMIT: usize = 1000;
    const CONFIG: Config = Config::DEFAULT.backpressure_limit(LIMIT);

    /// Publishes a message whose frame has `frame_len` bytes.
    fn publish(outbox: &mut Outbox, frame_len: usize, policy: Policy<'_>, config: &Config) -> bool {
        let header_len = if frame_len > 127 { 4 } else { 2 };
        let payload = vec![b'x'; frame_len - header_len];
        let header = Header::new(Kind::Binary.into(), false, payload.len());
        let terms = Terms::new(policy, "topic");
        let delivery = Delivery::new(Frame::Small(header, &payload), &terms);
        outbox.deliver_alone(&delivery, config, &mut Copies::default())
    }

    /// An outbox whose last write found no room, with `len` bytes in it.
    fn stalled(len: usize, config: &Config) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.set_stalled(true);
        publish(&mut outbox, len, Policy::Drop, config);
        outbox
    }

    /// The memory of the only message with a key, besides its bytes.
    fn overhead(policy: Policy<'_>) -> usize {
        match policy {
            Policy::Latest(_) => Name::OVERHEAD,
            Policy::Drop | Policy::Close => 0,
        }
    }

    #[test]
    fn every_policy_keeps_to_the_limit_exactly() {
        for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
            let config = CONFIG.backpressure_limit(LIMIT + overhead(policy));
            for (len, fits) in [(399, true), (400, true), (401, false)] {
                let mut outbox = stalled(600, &config);
                publish(&mut outbox, len, policy, &config);
                let closes = policy == Policy::Close && !fits;
                let expected = match fits {
                    true => 600 + len,
                    false if closes => 0,
                    false => 600,
                };
                assert_eq!(outbox.buffered_amount(), expected, "{policy:?} {len}");
                let by = outbox.ending().map(|reason| reason.by);
                assert_eq!(by, closes.then_some(ClosedBy::SlowConsumer));
            }
        }
    }

    #[test]
    fn what_is_beyond_the_limit_is_to_be_written_before_any_is_refused() {
        for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
            let config = CONFIG
                .backpressure_limit(LIMIT + overhead(policy))
                .close_on_backpressure_limit(true);
            for (len, fits) in [(399, true), (400, true), (401, false)] {
                let mut outbox = Outbox::default();
                publish(&mut outbox, 600, Policy::Drop, &config);
                let overdrawn = publish(&mut outbox, len, policy, &config);
                assert_eq!(outbox.buffered_amount(), 600 + len, "{policy:?}");
                assert_eq!(overdrawn, !fits, "{policy:?} {len}");
                // The write finds no room.
                outbox.set_stalled(true);
                assert!(!outbox.is_overdrawn(&config));
                publish(&mut outbox, 2, Policy::Drop, &config);
                let closes = len + 2 > 400;
                assert_eq!(outbox.state() == ReadyState::Closed, closes, "{len}");
            }
        }
    }

    #[test]
    fn an_empty_queue_takes_a_message_of_any_size_on_any_terms() {
        for is_stalled in [false, true] {
            for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
                let mut outbox = Outbox::default();
                outbox.set_stalled(is_stalled);
                publish(&mut outbox, 5 * LIMIT, policy, &CONFIG);
                assert_eq!(outbox.buffered_amount(), 5 * LIMIT);
            }
        }
    }

    #[test]
    fn the_setting_closes_on_any_terms() {
        let config = CONFIG.close_on_backpressure_limit(true);
        for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
            let mut outbox = stalled(LIMIT, &config);
            publish(&mut outbox, 2, policy, &config);
            assert_eq!(outbox.state(), ReadyState::Closed, "{policy:?}");
        }
    }

    #[test]
    fn what_waits_is_replaced() {
        let config = CONFIG.backpressure_limit(2 * LIMIT);
        let mut outbox = Outbox::default();
        outbox.set_stalled(true);
        for len in [100, 200, 50] {
            publish(&mut outbox, len, Policy::Latest("key"), &config);
        }
        assert_eq!(outbox.buffered_amount(), 50);
        publish(&mut outbox, 70, Policy::Latest("other"), &config);
        assert_eq!(outbox.buffered_amount(), 120);
        outbox.advance(120);
        assert!(outbox.take_drain(), "the handlers know that it was slow");
    }

    #[test]
    fn what_is_missed_and_replaced_is_noted() {
        let config = CONFIG.backpressure_limit(2 * LIMIT);
        let mut outbox = Outbox::default();
        outbox.set_stalled(true);
        let mut copies = Copies::default();
        let payload = [b'x'; 1200];
        let mut deliver = |outbox: &mut Outbox, key, len| {
            let header = Header::new(Kind::Binary.into(), false, len);
            let terms = Terms::new(Policy::Latest(key), "topic");
            let delivery = Delivery::new(Frame::Small(header, &payload[..len]), &terms);
            outbox.deliver_alone(&delivery, &config, &mut copies);
            copies.take_missed().unwrap_or_default()
        };
        assert_eq!(deliver(&mut outbox, "key", 700), Missed::default());
        let missed = |full, closed, replaced| Missed {
            full,
            closed,
            replaced,
            ..Missed::default()
        };
        let none = Traffic::default();
        assert_eq!(deliver(&mut outbox, "key", 100), missed(none, none, 1));
        let full = Traffic::of(1200);
        assert_eq!(deliver(&mut outbox, "other", 1200), missed(full, none, 0));
        outbox.terminate(CloseReason::lost());
        let closed = Traffic::of(5);
        assert_eq!(deliver(&mut outbox, "key", 5), missed(none, closed, 0));
    }

    #[test]
    fn little_is_appended_for_a_peer_that_keeps_up() {
        let config = CONFIG.backpressure_limit(1 << 20);
        let mut outbox = Outbox::default();
        publish(&mut outbox, KEEPS_UP - 100, Policy::Latest("key"), &config);
        publish(&mut outbox, 100, Policy::Latest("key"), &config);
        assert_eq!(outbox.buffered_amount(), KEEPS_UP);
        for _ in 0..3 {
            publish(&mut outbox, 100, Policy::Latest("key"), &config);
        }
        assert_eq!(outbox.buffered_amount(), KEEPS_UP + 100);
    }

    #[test]
    fn nothing_is_accepted_after_the_end() {
        for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
            let mut outbox = Outbox::default();
            outbox.set_stalled(true);
            publish(&mut outbox, LIMIT, policy, &CONFIG);
            outbox.close(CloseReason::new(CloseCode::Normal, "", ClosedBy::Server));
            publish(&mut outbox, 10, policy, &CONFIG);
            assert_eq!(outbox.buffered_amount(), LIMIT + 4);
            assert_eq!(outbox.state(), ReadyState::Closing);
            let frame = Frame::Encoded(b"\x81\0");
            assert_eq!(
                outbox.push(frame, 0, &CONFIG),
                SendStatus::Dropped(DropReason::Closed)
            );
        }
    }
}

//! An outbox, compared with a list of messages.

mod model;

use arbitrary::Arbitrary;
use levante::{
    __drive::Outbox,
    __private::{Bytes, Config},
    DropReason, Policy, ReadyState, SendStatus,
};

use self::model::{Model, Status};
use crate::client::{Frame, PING, PONG, Reader};

/// The limit of the outbox, and the steps to perform on it.
#[derive(Arbitrary, Debug)]
pub struct Input {
    limit: u16,
    closes: bool,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Send(u16),
    Publish(u16, Terms),
    Ping(u8),
    AnswerPing(u8),
    /// Writes at most this many pieces, and this many bytes.
    Write(u8, u16),
    /// Writes all.
    Flush,
    Take(u16),
    Stall(bool),
    Drain,
    Close(u16),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Terms {
    Drop,
    Latest(u8),
    Close,
}

/// The topic of all published messages.
const TOPIC: &str = "topic";

/// How many keys there are.
const KEYS: u8 = 4;

/// The upper bound of a payload in bytes. The outbox copies short payloads and refers to long ones.
const LONGEST: u16 = 10_000;

/// Performs the steps on the outbox and on the model. Compares their results and the written bytes.
pub fn check(input: Input) {
    let limit = usize::from(input.limit).max(1);
    let config = Config::DEFAULT
        .backpressure_limit(limit)
        .close_on_backpressure_limit(input.closes);
    let mut both = Both {
        outbox: Outbox::new(config),
        model: Model::new(limit, input.closes, Outbox::OVERHEAD),
        reader: Reader::default(),
        limit,
    };
    for (number, step) in input.steps.into_iter().enumerate() {
        both.take_step(step, number as u8);
        both.compare();
    }
    both.flush();
    both.compare();
    let is_open = both.outbox.state() == ReadyState::Open;
    assert!(!is_open || both.reader.is_between_frames());
}

struct Both {
    outbox: Outbox,
    model: Model,
    reader: Reader,
    limit: usize,
}

impl Both {
    fn take_step(&mut self, step: Step, number: u8) {
        match step {
            Step::Send(len) => {
                let payload = payload(len, number);
                let status = self.outbox.send(payload.clone());
                assert_eq!(Status::from(status), self.model.send(&payload));
                if let SendStatus::Sent(len) = status {
                    assert_eq!(len, payload.len());
                }
            }
            Step::Publish(len, terms) => self.publish(payload(len, number), terms),
            Step::Ping(len) => {
                let payload = &vec![number; usize::from(len % 126)];
                let status = self.outbox.ping(payload);
                assert_eq!(Status::from(status), self.model.control(PING, payload));
            }
            Step::AnswerPing(len) => {
                let payload = &vec![number; usize::from(len % 126)];
                self.outbox.answer_ping(payload);
                self.model.answer(PONG, payload);
            }
            Step::Write(pieces, max) => {
                let written = self.outbox.write(usize::from(pieces % 5), max.into());
                self.model.keep_answer();
                self.written(&written);
            }
            Step::Flush => self.flush(),
            Step::Take(max) => {
                let taken = self.outbox.take(usize::from(max).max(1));
                self.model.is_stalled = taken.is_some();
                let taken = taken.unwrap_or_default();
                assert_eq!(taken.is_empty(), self.model.len() == 0);
                self.written(&taken);
            }
            Step::Stall(stalled) => {
                self.outbox.set_stalled(stalled);
                self.model.is_stalled = stalled;
            }
            Step::Drain => assert_eq!(self.outbox.take_drain(), self.model.take_drain()),
            Step::Close(code) => {
                let reason = "x".repeat(usize::from(code % 200));
                assert_eq!(
                    self.outbox.close(code, &reason),
                    self.model.close(code, &reason)
                );
            }
        }
    }

    fn publish(&mut self, payload: Bytes, terms: Terms) {
        let key = |key: u8| (key % KEYS).to_string();
        let deliver = |outbox: &mut Outbox, policy: Policy<'_>| {
            outbox.deliver(TOPIC, payload.clone(), policy)
        };
        let overdrawn = match terms {
            Terms::Drop => {
                self.model.publish(&payload);
                deliver(&mut self.outbox, Policy::Drop)
            }
            Terms::Latest(name) => {
                self.model.publish_latest(&payload, name % KEYS);
                deliver(&mut self.outbox, Policy::Latest(&key(name)))
            }
            Terms::Close => {
                self.model.publish_or_close(&payload);
                deliver(&mut self.outbox, Policy::Close)
            }
        };
        assert_eq!(overdrawn, self.model.is_overdrawn());
        if overdrawn {
            // The worker also flushes an overdrawn outbox at once.
            self.flush();
        }
    }

    fn flush(&mut self) {
        while self.outbox.buffered_amount() > 0 {
            let written = self.outbox.write(16, usize::MAX);
            assert!(!written.is_empty());
            self.written(&written);
        }
    }

    /// Compares the written bytes with those that the model expects.
    fn written(&mut self, bytes: &[u8]) {
        let begun = self.reader.begun();
        let frames = self.reader.read(bytes);
        let (control, data): (Vec<Frame>, Vec<Frame>) = frames
            .into_iter()
            .partition(|frame| matches!(frame.opcode, PING | PONG));
        let of_data: usize = data.iter().map(Frame::len).sum();
        let of_data = of_data + self.reader.begun() - begun;
        assert_eq!(self.model.write_data(of_data), data);
        self.model.write_control(bytes.len() - of_data, control);
    }

    fn compare(&self) {
        let buffered = self.outbox.buffered_amount();
        assert_eq!(buffered, self.model.len());
        assert_eq!(
            self.outbox.state() == ReadyState::Open,
            self.model.is_open()
        );
        let longest = usize::from(LONGEST) + 4 + model::CONTROL_LIMIT + 127;
        assert!(buffered <= self.limit.max(longest) + longest);
    }
}

impl From<SendStatus> for Status {
    fn from(status: SendStatus) -> Self {
        match status {
            SendStatus::Sent(_) => Self::Sent,
            SendStatus::Backpressure => Self::Backpressure,
            SendStatus::Dropped(DropReason::Full) => Self::Full,
            SendStatus::Dropped(DropReason::Closed) => Self::Closed,
            SendStatus::Dropped(reason) => panic!("the outbox cannot say {reason:?}"),
        }
    }
}

fn payload(len: u16, number: u8) -> Bytes {
    vec![number; usize::from(len % LONGEST)].into()
}

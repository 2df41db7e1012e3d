//! A typed module and its client: which frames are answered, and with what.

mod frames;
mod module;
mod reference;

use std::rc::Rc;

use arbitrary::Arbitrary;
use levante::{__drive::Worker, ReadyState, Server};
use serde_json::Value;

use self::{
    frames::{Frame, Topic},
    module::{Log, talking},
    reference::{Model, Outcome, id_of},
};
use crate::{
    client::{self, BINARY, Reader, TEXT},
    peer::{Peer, Stream},
};

/// The frames of a client, and what the server does meanwhile.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    /// The mask of all frames.
    mask: [u8; 4],
    steps: Vec<Step<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Send(Frame<'a>),
    /// Sends a binary message, which the module does not take.
    SendBinary(&'a [u8]),
    /// The client waits until all frames before this are handled.
    Wait,
    /// The server subscribes the socket by itself.
    Subscribe(Topic<'a>),
    Unsubscribe(Topic<'a>),
    Publish(u8),
}

/// Bytes of the longest text of a fault: quotes, and the server's own words.
const LONGEST_FAULT: usize = 64 + 128 + 64;

/// Sends the frames, and compares what the client gets with what the reference says.
pub fn check(input: Input<'_>) {
    let server = Server::new();
    let worker = Worker::<talking::Endpoint>::new(&server);
    let (peer, log) = (Rc::<Peer>::default(), Rc::<Log>::default());
    peer.make_room(usize::MAX);
    worker.connect(talking::Visitor(log.clone()), Stream(peer.clone()));
    let mut drive = Drive {
        server: server.clone(),
        worker: &worker,
        peer,
        log,
        reader: Reader::default(),
        mask: input.mask,
        sent: Vec::new(),
        model: Model::default(),
        errors: 0,
    };
    drive.settle();
    for step in &input.steps {
        drive.take_step(step);
    }
    drive.compare();
    drive.peer.hang_up();
    drive.settle();
    let log = drive.log;
    assert_eq!(log.closed.get(), 1);
    drop(worker);
    assert_eq!(server.connections(), 0);
    // The socket refers to the log: this ends the cycle.
    log.socket.take();
}

struct Drive<'a> {
    server: Server,
    worker: &'a Worker<talking::Endpoint>,
    peer: Rc<Peer>,
    log: Rc<Log>,
    reader: Reader,
    mask: [u8; 4],
    /// The text frames whose answers have not been compared.
    sent: Vec<String>,
    model: Model,
    /// How many errors the module must have got.
    errors: usize,
}

impl Drive<'_> {
    fn take_step(&mut self, step: &Step<'_>) {
        match step {
            Step::Send(frame) => {
                let text = frame.text();
                self.send(TEXT, text.as_bytes());
                self.sent.push(text);
            }
            Step::SendBinary(bytes) => {
                self.compare();
                self.send(BINARY, bytes);
                self.errors += 1;
            }
            Step::Wait => self.compare(),
            Step::Subscribe(topic) => {
                self.compare();
                let name = topic.name();
                self.socket().subscribe(&name);
                if name.len() <= module::MAX_TOPIC_LEN {
                    self.model.subscribed.insert(name);
                }
            }
            Step::Unsubscribe(topic) => {
                self.compare();
                let name = topic.name();
                self.socket().unsubscribe(&name);
                self.model.subscribed.remove(&name);
            }
            Step::Publish(id) => self.publish((id % 16).into()),
        }
    }

    fn send(&self, opcode: u8, bytes: &[u8]) {
        let payload = bytes.to_vec();
        let frame = client::Frame { opcode, payload };
        self.peer.send(&frame.masked(self.mask));
    }

    fn socket(&self) -> levante::Socket<talking::Endpoint> {
        let socket = self.log.socket.borrow().clone();
        socket.expect("`open` runs in the first turn")
    }

    /// Publishes, and checks that the client hears it if it is subscribed.
    fn publish(&mut self, id: u32) {
        self.compare();
        let name = format!("room/{id}");
        let number = talking::Number { number: id };
        let count = self.server.publish(talking::Room { id }, number);
        let is_heard = self.model.subscribed.contains(&name);
        assert_eq!(count, usize::from(is_heard));
        let expected = serde_json::json!({ "topic": name, "data": { "number": id } });
        let heard = self.settle();
        assert_eq!(heard, Vec::from_iter(is_heard.then_some(expected)));
    }

    /// Lets the server handle all frames. Then compares the answers and the state with the model.
    fn compare(&mut self) {
        let mut answers = self.settle().into_iter();
        for frame in std::mem::take(&mut self.sent) {
            let outcome = self.model.take(&frame);
            let id = id_of(&frame);
            self.errors += usize::from(match outcome {
                Outcome::Fault => id.is_none(),
                Outcome::Failed => true,
                Outcome::Ok(_) | Outcome::Refused(_) | Outcome::TooLong => false,
            });
            if let Some(id) = id {
                let answer = answers.next();
                let answer = answer.unwrap_or_else(|| panic!("{frame} has no answer"));
                check_answer(&frame, id, &answer, &outcome);
            }
        }
        assert_eq!(answers.next(), None);
        assert_eq!(self.log.errors.get(), self.errors);
        assert_eq!(self.log.notes.get(), self.model.notes);
        let socket = self.socket();
        assert_eq!(socket.ready_state(), ReadyState::Open);
        let mut subscribed = socket.subscriptions();
        subscribed.sort();
        assert!(subscribed.iter().map(|it| &**it).eq(&self.model.subscribed));
    }

    /// Takes turns until nothing happens any more. Returns the frames that the client has got.
    fn settle(&mut self) -> Vec<Value> {
        loop {
            self.worker.turn();
            if !self.peer.take_progress() {
                break;
            }
        }
        // An `async` function goes on in a turn of its own.
        for _ in 0..2 * self.sent.len() {
            self.worker.turn();
        }
        let frames = self.reader.read(&self.peer.take_written());
        let texts = frames.into_iter().filter(|frame| frame.opcode == TEXT);
        texts.map(|frame| value(&frame.payload)).collect()
    }
}

fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_else(|e| panic!("{}: {e}", json.escape_ascii()))
}

fn check_answer(frame: &str, id: u64, answer: &Value, outcome: &Outcome) {
    let members = answer.as_object().expect("an answer is an object");
    assert_eq!(members.len(), 2, "{frame} has the answer {answer}");
    assert_eq!(members["id"], id, "{frame} has the answer {answer}");
    let is_expected = match outcome {
        // serde_json does not read all floats exactly, so the value is written and read once more.
        Outcome::Ok(sent) => members.get("ok") == Some(&value(sent.to_string().as_bytes())),
        Outcome::Refused(refusal) => members.get("error") == Some(refusal),
        Outcome::Failed => members
            .get("fault")
            .is_some_and(|it| it == "internal error"),
        Outcome::Fault | Outcome::TooLong => members
            .get("fault")
            .and_then(Value::as_str)
            .is_some_and(|text| {
                (1..=LONGEST_FAULT).contains(&text.len()) && text != "internal error"
            }),
    };
    assert!(
        is_expected,
        "{frame}\nhas the answer {answer}\nand not {outcome:?}"
    );
}

//! A broker like Redis: it reads a part of what has arrived, answers and delivers into buffers, and
//! then writes the buffers. It may be killed while it writes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::cluster::envelope::Heard;

/// A subject: a topic, or the one that all nodes hear.
pub(super) type Subject = String;

pub(super) const CONTROL: &str = "control";

#[derive(Clone, Debug)]
pub(super) enum Command {
    Publish(Subject, Message),
    Subscribe(Vec<Subject>),
    Unsubscribe(Vec<Subject>),
}

#[derive(Clone, Debug)]
pub(super) enum Message {
    Item {
        node: u64,
        sequence: u64,
        session: u32,
    },
    Hello {
        node: u64,
        ready: bool,
        asks: bool,
        highest: u64,
        session: u32,
        heard: Vec<Heard>,
    },
    /// It comes back over the session of this number.
    Probe { node: u64, session: u64 },
}

#[derive(Clone, Debug)]
pub(super) enum Answer {
    Published,
    Changed,
    Message(Message),
}

/// Identifies a connection.
pub(super) type Id = u64;

#[derive(Debug, Default)]
struct Connection {
    /// What the broker has not read.
    input: VecDeque<Command>,
    /// What the broker has not written.
    buffer: Vec<Answer>,
    /// What the node has not read.
    output: VecDeque<Answer>,
    subjects: BTreeSet<Subject>,
    /// Whether the broker has died, so that the node sees the end after the output.
    is_over: bool,
    /// Whether the node has left. What it has sent may still be read.
    is_left: bool,
}

#[derive(Debug, Default)]
pub(super) struct Broker {
    pub(super) is_up: bool,
    last: Id,
    connections: BTreeMap<Id, Connection>,
    /// Connections of which it reads nothing for now.
    pub(super) unread: BTreeSet<Id>,
}

impl Broker {
    /// `None` if the broker is down.
    pub(super) fn connect(&mut self) -> Option<Id> {
        self.is_up.then(|| {
            self.last += 1;
            self.connections.insert(self.last, Connection::default());
            self.last
        })
    }

    pub(super) fn send(&mut self, id: Id, command: Command) {
        if let Some(connection) = self.connections.get_mut(&id)
            && !connection.is_over
        {
            connection.input.push_back(command);
        }
    }

    /// `Err` if the connection has ended.
    pub(super) fn receive(&mut self, id: Id) -> Result<Option<Answer>, ()> {
        let connection = self.connections.get_mut(&id).ok_or(())?;
        match connection.output.pop_front() {
            None if connection.is_over => Err(()),
            answer => Ok(answer),
        }
    }

    /// The node leaves a connection. If it was cut, the broker has not got the last commands.
    pub(super) fn leave(&mut self, id: Id, lost: usize) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.is_left = true;
            let kept = connection.input.len().saturating_sub(lost);
            connection.input.truncate(kept);
        }
    }

    /// The connection is cut: the node sees its end at once.
    pub(super) fn cut(&mut self, id: Id) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.output.clear();
            connection.is_over = true;
        }
    }

    /// Reads so many commands of one connection, and performs them.
    pub(super) fn read_of(&mut self, id: Id, amount: usize) {
        for _ in 0..amount {
            let connection = self.connections.get_mut(&id);
            let Some(command) = connection.and_then(|it| it.input.pop_front()) else {
                break;
            };
            self.perform(id, command);
        }
    }

    /// Reads some commands of each connection, and performs them.
    pub(super) fn read(&mut self, amounts: u64) {
        let ids = self.connections.keys().copied();
        let ids: Vec<Id> = ids.filter(|id| !self.unread.contains(id)).collect();
        let turn = usize::try_from(amounts % 7).unwrap() % ids.len().max(1);
        for (place, id) in ids.iter().cycle().skip(turn).take(ids.len()).enumerate() {
            let amount = match amounts >> (2 * (place % 30)) & 3 {
                3 => usize::MAX,
                few => usize::try_from(few).unwrap(),
            };
            self.read_of(*id, amount);
        }
    }

    fn perform(&mut self, id: Id, command: Command) {
        if let Command::Publish(subject, message) = &command {
            for other in self.connections.values_mut() {
                if other.subjects.contains(subject) {
                    other.buffer.push(Answer::Message(message.clone()));
                }
            }
        }
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let answer = match command {
            Command::Publish(..) => Answer::Published,
            Command::Subscribe(subjects) => {
                connection.subjects.extend(subjects);
                Answer::Changed
            }
            Command::Unsubscribe(subjects) => {
                connection
                    .subjects
                    .retain(|subject| !subjects.contains(subject));
                Answer::Changed
            }
        };
        connection.buffer.push(answer);
    }

    /// Writes the buffers of the connections that the mask names.
    pub(super) fn write(&mut self, mask: u64) {
        let connections = self.connections.values_mut().enumerate();
        for (place, connection) in connections {
            if mask >> (place % 64) & 1 == 1 && !connection.is_over {
                connection.output.extend(connection.buffer.drain(..));
            }
        }
        self.connections
            .retain(|_, it| !it.is_left || !(it.input.is_empty() || it.is_over));
    }

    /// What it has not read and not written is lost.
    pub(super) fn kill(&mut self) {
        self.is_up = false;
        for connection in self.connections.values_mut() {
            connection.is_over = true;
            connection.input.clear();
            connection.buffer.clear();
            connection.subjects.clear();
        }
        self.connections.retain(|_, it| !it.is_left);
    }
}

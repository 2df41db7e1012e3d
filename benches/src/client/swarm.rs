//! All connections of one measurement.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use rustix::{
    event::{
        Timespec,
        epoll::{self, Event, EventData, EventFlags},
    },
    fd::OwnedFd,
};

use super::{Connection, FrameCounter, stream::Stream};

/// Bytes of the buffer for reads. All connections share it.
const BUFFER: usize = 256 << 10;

/// How many events one turn handles at most.
const EVENTS: usize = 1024;

/// Connections that are driven together.
pub(crate) struct Swarm {
    epoll: OwnedFd,
    members: Vec<Member>,
    events: Vec<Event>,
    buffer: Vec<u8>,
}

impl Swarm {
    /// No connections yet.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            members: Vec::new(),
            events: Vec::with_capacity(EVENTS),
            buffer: vec![0; BUFFER],
        })
    }

    /// Adds a connection. Its index is the number of connections before it.
    pub(crate) fn add(&mut self, member: Member) -> io::Result<()> {
        let index = EventData::new_u64(self.members.len() as u64);
        epoll::add(&self.epoll, member.stream.socket(), index, EventFlags::IN)?;
        self.members.push(member);
        Ok(())
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Makes a member send its next messages, now or as soon as the server takes them.
    pub(crate) fn send(&mut self, index: usize, messages: u64) -> io::Result<()> {
        let member = &mut self.members[index];
        member.queue(messages);
        member.flush()?;
        member.update_interest(&self.epoll, index)
    }

    /// Waits until something arrives, at most for this long, and reads it. `respond` gets a
    /// member's index and how many messages arrived for it. It returns how many messages to send in
    /// answer.
    ///
    /// Returns how many messages arrived for all members together.
    pub(crate) fn turn(
        &mut self,
        timeout: Duration,
        mut respond: impl FnMut(usize, u64) -> io::Result<u64>,
    ) -> io::Result<u64> {
        let timeout = Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        self.events.clear();
        let ready = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, ready, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }

        let mut total = 0;
        for event in &self.events {
            let index = event.data.u64() as usize;
            let member = &mut self.members[index];
            // A read also shows an end or an error. So only an event of mere readiness to write
            // needs no read.
            let flags = event.flags;
            if flags != EventFlags::OUT {
                let arrived = member.receive(&mut self.buffer)?;
                total += arrived;
                if arrived > 0 {
                    member.queue(respond(index, arrived)?);
                }
            }
            member.flush()?;
            member.update_interest(&self.epoll, index)?;
        }
        Ok(total)
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Member {
    stream: Stream,
    counter: FrameCounter,
    /// The messages that it sends, over and over.
    batch: Vec<u8>,
    /// Bytes of one message.
    frame_len: usize,
    /// The place in the batch of the next byte to write.
    position: usize,
    /// How many bytes it still has to write.
    unsent: usize,
    /// Whether epoll is to report when the member can write again.
    is_blocked: bool,
}

impl Member {
    /// A connection that sends `frame`, up to `at_once` times in one write, and counts the arriving
    /// messages with `counter`.
    pub(crate) fn new(
        connection: Connection,
        mut counter: FrameCounter,
        frame: &[u8],
        at_once: usize,
    ) -> io::Result<Self> {
        let (stream, unread) = connection.into_stream()?;
        let early = counter.advance(&unread).map_err(io::Error::other)?;
        if early > 0 || !unread.is_empty() {
            return Err(io::Error::other("more arrived than was asked for"));
        }
        Ok(Self {
            stream,
            counter,
            batch: frame.repeat(at_once),
            frame_len: frame.len(),
            position: 0,
            unsent: 0,
            is_blocked: false,
        })
    }

    fn queue(&mut self, messages: u64) {
        self.unsent += messages as usize * self.frame_len;
    }

    /// Writes the due bytes, as far as the server takes them.
    fn flush(&mut self) -> io::Result<()> {
        match self.write() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            outcome => outcome,
        }
    }

    fn write(&mut self) -> io::Result<()> {
        while self.unsent > 0 {
            let end = self.batch.len().min(self.position + self.unsent);
            let count = self.stream.write(&self.batch[self.position..end])?;
            self.unsent -= count;
            self.position = (self.position + count) % self.batch.len();
        }
        self.stream.flush()
    }

    /// Reads all available bytes, and returns how many messages they complete.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<u64> {
        let mut messages = 0;
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::Error::other("the server hung up")),
                Ok(count) => {
                    let arrived = self.counter.advance(&buffer[..count]);
                    messages += arrived.map_err(io::Error::other)?;
                    if count < buffer.len() && self.stream.is_empty_after_short_read() {
                        return Ok(messages);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(messages),
                Err(error) => return Err(error),
            }
        }
    }

    fn update_interest(&mut self, epoll: &OwnedFd, index: usize) -> io::Result<()> {
        let is_blocked = self.unsent > 0 || self.stream.wants_write();
        if is_blocked != self.is_blocked {
            self.is_blocked = is_blocked;
            let mut interest = EventFlags::IN;
            interest.set(EventFlags::OUT, is_blocked);
            let index = EventData::new_u64(index as u64);
            epoll::modify(epoll, self.stream.socket(), index, interest)?;
        }
        Ok(())
    }
}

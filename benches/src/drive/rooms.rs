//! Rooms of a cluster, with a speaker in each.

use std::{
    collections::VecDeque,
    fmt, io,
    ops::Range,
    time::{Duration, Instant},
};

use super::{Latency, STALL, Timing, payload, settle, stalled, surplus};
use crate::client::{Connection, Kind, Member, Service, Swarm, Target};

/// Bytes of each message.
const SIZE: usize = 64;

/// How many rooms there are, and what is said in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rooms {
    /// The number of rooms.
    pub(crate) count: usize,
    /// The members of each room.
    pub(crate) members: usize,
    /// How many messages a speaker sends before it waits for all members.
    pub(crate) in_flight: usize,
    pub(crate) places: Places,
}

/// Where the clients of a room are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// The members of each room take the nodes in turn. All speakers are clients of the first node.
    Spread,
    /// All clients of a room are clients of one node. The rooms take the nodes in turn.
    Together,
}

impl Rooms {
    /// How many connections they take.
    pub(crate) fn connections(self) -> usize {
        self.count * (self.members + 1)
    }

    fn node_of_member(self, room: usize, member: usize, nodes: usize) -> usize {
        match self.places {
            Places::Spread => member % nodes,
            Places::Together => room % nodes,
        }
    }

    fn node_of_speaker(self, room: usize, nodes: usize) -> usize {
        match self.places {
            Places::Spread => 0,
            Places::Together => room % nodes,
        }
    }
}

/// The name of a row in the report.
impl fmt::Display for Rooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            count,
            members,
            in_flight,
            ..
        } = self;
        match count {
            1 => write!(f, "a room of {members} × {in_flight}"),
            count => write!(f, "{count} rooms of {members} × {in_flight}"),
        }
    }
}

/// The result of a measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    /// Messages that members received.
    pub(crate) deliveries: u64,
    /// The time in which they were received.
    pub(crate) elapsed: Duration,
    /// The CPU time that the nodes used for them.
    pub(crate) nodes: Duration,
    /// The CPU time that the broker used for them.
    pub(crate) broker: Duration,
}

/// The CPU time that processes have used since their start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) nodes: Duration,
    pub(crate) broker: Duration,
}

/// All rooms, with their connections. Every member has received a message of its speaker.
pub(crate) struct Open {
    swarm: Swarm,
    rooms: Rooms,
    nodes: usize,
    /// For each room, the messages that its members have not received.
    missing: Vec<u64>,
    /// For each member, the messages that it has received since its speaker spoke last.
    received: Vec<u64>,
}

impl Open {
    /// Opens the connections of all rooms. `ready` returns when the nodes have told the broker of
    /// all their members.
    ///
    /// # Errors
    ///
    /// A first message that does not come to a member, or that is not as expected.
    pub(crate) fn new(
        targets: &[Target<'_>],
        rooms: Rooms,
        ready: impl Fn() -> io::Result<()>,
    ) -> io::Result<Self> {
        let Rooms { count, members, .. } = rooms;
        let nodes = targets.len();
        let said = payload::letters(SIZE);
        let name = |room: usize| format!("room/{room}");
        let mut listening: Vec<Connection> = Vec::with_capacity(count * members);
        for index in 0..count * members {
            let room = index / members;
            let target = targets[rooms.node_of_member(room, index % members, nodes)];
            let name = name(room);
            listening.push(target.open(index, Service::Member(&name))?);
        }
        ready()?;

        let frame = targets[0].to_server(Kind::Text, &said)?;
        let mut speaking: Vec<Connection> = Vec::with_capacity(count);
        for room in 0..count {
            let name = name(room);
            let target = targets[rooms.node_of_speaker(room, nodes)];
            let mut speaker = target.open(count * members + room, Service::Speaker(&name))?;
            speaker.send(&frame)?;
            speaking.push(speaker);
        }

        let target = targets[0];
        let mut swarm = Swarm::new()?;
        for mut connection in listening {
            let length = target.expect(&mut connection, Kind::Text, &said)?;
            let counter = target.counter(&connection, Kind::Text, length..=length);
            swarm.add(Member::new(connection, counter, &[], 0)?)?;
        }
        for connection in speaking {
            // It receives nothing.
            let counter = target.counter(&connection, Kind::Text, SIZE..=SIZE);
            swarm.add(Member::new(connection, counter, &frame, rooms.in_flight)?)?;
        }
        Ok(Self {
            swarm,
            rooms,
            nodes,
            missing: vec![0; count],
            received: vec![0; count * members],
        })
    }

    /// Lets each speaker send its next messages as soon as all members have received the ones
    /// before. `used` returns the CPU time that the processes have used.
    ///
    /// # Errors
    ///
    /// A message that does not come, that comes twice, or that is not as expected.
    pub(crate) fn throughput(
        mut self,
        timing: Timing,
        used: impl Fn() -> io::Result<Used>,
    ) -> io::Result<Crossing> {
        for room in 0..self.rooms.count {
            self.speak(room)?;
        }
        self.run(timing.warm_up)?;

        let before = used()?;
        let began = Instant::now();
        let deliveries = self.run(timing.window)?;
        let elapsed = began.elapsed();
        let after = used()?;

        let mut finished = Vec::new();
        while self.missing.iter().any(|&missing| missing > 0) {
            self.turn(&mut finished)?;
        }
        settle(&mut self.swarm)?;
        Ok(Crossing {
            deliveries,
            elapsed,
            nodes: after.nodes.saturating_sub(before.nodes),
            broker: after.broker.saturating_sub(before.broker),
        })
    }

    fn run(&mut self, duration: Duration) -> io::Result<u64> {
        let end = Instant::now() + duration;
        let mut deliveries = 0;
        let mut finished = Vec::new();
        while Instant::now() < end {
            deliveries += self.turn(&mut finished)?;
            for room in finished.drain(..) {
                self.speak(room)?;
            }
        }
        Ok(deliveries)
    }

    fn speak(&mut self, room: usize) -> io::Result<()> {
        let in_flight = self.rooms.in_flight as u64;
        self.received[members_of(room, self.rooms.members)].fill(0);
        self.missing[room] = in_flight * self.rooms.members as u64;
        self.swarm.send(self.speaker(room), in_flight)
    }

    fn speaker(&self, room: usize) -> usize {
        self.rooms.count * self.rooms.members + room
    }

    /// Counts what has arrived, and notes the rooms whose members have received everything.
    fn turn(&mut self, finished: &mut Vec<usize>) -> io::Result<u64> {
        let Self {
            swarm,
            rooms,
            missing,
            received,
            ..
        } = self;
        let arrived = swarm.turn(STALL, |index, count| {
            let received = received.get_mut(index).ok_or_else(surplus)?;
            *received += count;
            if *received > rooms.in_flight as u64 {
                return Err(surplus());
            }
            let room = index / rooms.members;
            missing[room] -= count;
            if missing[room] == 0 {
                finished.push(room);
            }
            Ok(0)
        })?;
        match arrived {
            0 => Err(stalled(missing.iter().sum())),
            arrived => Ok(arrived),
        }
    }

    /// Lets the speakers send `rate` messages per second, evenly and in turn, without waiting for
    /// the members. The latency of a delivery counts from the time that the message was due. If
    /// there are several nodes, only members on other nodes than the speakers' count.
    ///
    /// # Errors
    ///
    /// A message that does not come, that comes twice, or that is not as expected.
    pub(crate) fn latency(self, rate: u32, timing: Timing) -> io::Result<Latency> {
        let mut open_loop = OpenLoop {
            due: vec![VecDeque::new(); self.received.len()],
            open: self,
            interval: Duration::from_secs(1) / rate,
            waiting: 0,
            samples: Vec::new(),
        };
        open_loop.run(timing.warm_up)?;
        open_loop.samples.clear();
        open_loop.run(timing.window)?;
        settle(&mut open_loop.open.swarm)?;
        Latency::of(open_loop.samples)
    }
}

struct OpenLoop {
    open: Open,
    interval: Duration,
    /// For each member, the times at which the messages that it waits for were due.
    due: Vec<VecDeque<Instant>>,
    /// All of them.
    waiting: u64,
    /// Nanoseconds.
    samples: Vec<u32>,
}

impl OpenLoop {
    fn run(&mut self, duration: Duration) -> io::Result<()> {
        let Rooms { count, members, .. } = self.open.rooms;
        let began = Instant::now();
        let mut due = began;
        let mut turns = 0;
        while due < began + duration {
            if Instant::now() >= due {
                let room = turns % count;
                for member in &mut self.due[members_of(room, members)] {
                    member.push_back(due);
                }
                self.waiting += members as u64;
                let speaker = self.open.speaker(room);
                self.open.swarm.send(speaker, 1)?;
                turns += 1;
                due += self.interval;
            }
            // Without waiting, because a sleep is longer than the latencies to measure.
            self.collect(Duration::ZERO)?;
        }
        while self.waiting > 0 {
            if self.collect(STALL)? == 0 {
                return Err(stalled(self.waiting));
            }
        }
        Ok(())
    }

    fn collect(&mut self, timeout: Duration) -> io::Result<u64> {
        let Self {
            open,
            due,
            samples,
            waiting,
            ..
        } = self;
        let rooms = open.rooms;
        let members = rooms.members;
        let nodes = open.nodes;
        let arrived = open.swarm.turn(timeout, |index, count| {
            let now = Instant::now();
            let due = due.get_mut(index).ok_or_else(surplus)?;
            let room = index / members;
            let node = rooms.node_of_member(room, index % members, nodes);
            let crosses = nodes == 1 || node != rooms.node_of_speaker(room, nodes);
            for _ in 0..count {
                let due = due.pop_front().ok_or_else(surplus)?;
                if crosses {
                    let nanos = now.duration_since(due).as_nanos();
                    samples.push(u32::try_from(nanos).unwrap_or(u32::MAX));
                }
            }
            Ok(0)
        })?;
        *waiting -= arrived;
        Ok(arrived)
    }
}

fn members_of(room: usize, members: usize) -> Range<usize> {
    room * members..(room + 1) * members
}

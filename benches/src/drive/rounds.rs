use std::{
    io,
    time::{Duration, Instant},
};

use super::{Meter, STALL, Throughput, Timing, settle, stalled, surplus};
use crate::client::Swarm;

/// Rounds in which every member sends, and receives the messages of all members.
pub(super) fn chat(
    swarm: Swarm,
    messages: u64,
    timing: Timing,
    cpu: impl Fn() -> io::Result<Duration>,
) -> io::Result<Throughput> {
    let members = swarm.len();
    let rounds = Rounds {
        swarm,
        senders: 0..members,
        messages,
        due: vec![messages * members as u64; members],
        received: vec![0; members],
    };
    rounds.drive(timing, cpu)
}

/// Rounds in which the last member sends, and all others receive.
pub(super) fn fan_out(
    swarm: Swarm,
    messages: u64,
    timing: Timing,
    cpu: impl Fn() -> io::Result<Duration>,
) -> io::Result<Throughput> {
    let publisher = swarm.len() - 1;
    let mut due = vec![messages; publisher];
    due.push(0);
    let rounds = Rounds {
        swarm,
        senders: publisher..publisher + 1,
        messages,
        received: vec![0; due.len()],
        due,
    };
    rounds.drive(timing, cpu)
}

struct Rounds {
    swarm: Swarm,
    senders: std::ops::Range<usize>,
    /// How many messages each sender sends in a round.
    messages: u64,
    /// How many messages each member must receive in a round.
    due: Vec<u64>,
    /// How many messages each member has received in this round.
    received: Vec<u64>,
}

impl Rounds {
    fn drive(
        mut self,
        timing: Timing,
        cpu: impl Fn() -> io::Result<Duration>,
    ) -> io::Result<Throughput> {
        self.run(timing.warm_up)?;
        let meter = Meter::start(cpu)?;
        let deliveries = self.run(timing.window)?;
        let measured = meter.stop(deliveries)?;
        settle(&mut self.swarm)?;
        Ok(measured)
    }

    /// Runs whole rounds until this much time has passed.
    fn run(&mut self, duration: Duration) -> io::Result<u64> {
        let end = Instant::now() + duration;
        let mut deliveries = 0;
        while Instant::now() < end {
            deliveries += self.round()?;
        }
        Ok(deliveries)
    }

    fn round(&mut self) -> io::Result<u64> {
        let Self {
            swarm,
            senders,
            messages,
            due,
            received,
        } = self;
        received.fill(0);
        for sender in senders.clone() {
            swarm.send(sender, *messages)?;
        }
        let total: u64 = due.iter().sum();
        let mut missing = total;
        while missing > 0 {
            let arrived = swarm.turn(STALL, |member, count| {
                received[member] += count;
                if received[member] > due[member] {
                    return Err(surplus());
                }
                Ok(0)
            })?;
            if arrived == 0 {
                return Err(stalled(missing));
            }
            missing -= arrived;
        }
        Ok(total)
    }
}

//! Puts a workload on a server, and counts the messages that come back.

mod connect;
mod echo;
mod idle;
mod json;
mod latency;
pub(crate) mod payload;
pub(crate) mod rooms;
mod rounds;

use std::{
    io,
    time::{Duration, Instant},
};

pub(crate) use self::{
    idle::{Idle, idle},
    latency::{Latency, latency},
};
use crate::{
    client::{Swarm, Target},
    workload::Load,
};

/// How long a server may deliver nothing at all while something is due.
const STALL: Duration = Duration::from_secs(10);

/// How long to wait for messages that must not come.
const GRACE: Duration = Duration::from_millis(50);

/// When a measurement begins and ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// How long the server runs under load before the measurement, so that compilers and caches
    /// warm up.
    pub(crate) warm_up: Duration,
    /// How long the measurement lasts.
    pub(crate) window: Duration,
}

/// The result of a measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throughput {
    /// Messages that clients received.
    pub(crate) deliveries: u64,
    /// The time in which they were received.
    pub(crate) elapsed: Duration,
    /// The CPU time that the server used for them.
    pub(crate) cpu: Duration,
}

/// Drives a workload. `cpu` returns the CPU time that the server has used since its start.
///
/// # Errors
///
/// A message that does not come, that comes twice, or that is not as expected.
pub(crate) fn throughput(
    load: Load,
    target: Target<'_>,
    timing: Timing,
    cpu: impl Fn() -> io::Result<Duration>,
) -> io::Result<Throughput> {
    match load {
        Load::Echo {
            connections,
            in_flight,
            size,
        } => {
            let swarm = connect::echo(target, connections, in_flight, size)?;
            echo::drive(swarm, in_flight as u64, timing, cpu)
        }
        Load::Chat {
            members,
            messages,
            size,
        } => {
            let swarm = connect::chat(target, members, messages, size)?;
            rounds::chat(swarm, messages as u64, timing, cpu)
        }
        Load::FanOut {
            subscribers,
            messages,
            size,
        } => {
            let swarm = connect::fan_out(target, subscribers, messages, size)?;
            rounds::fan_out(swarm, messages as u64, timing, cpu)
        }
    }
}

/// Notes the state at the beginning of the window, to compute the difference at its end.
struct Meter<C> {
    cpu: C,
    began: Instant,
    cpu_then: Duration,
}

impl<C: Fn() -> io::Result<Duration>> Meter<C> {
    fn start(cpu: C) -> io::Result<Self> {
        let cpu_then = cpu()?;
        Ok(Self {
            cpu,
            began: Instant::now(),
            cpu_then,
        })
    }

    fn stop(self, deliveries: u64) -> io::Result<Throughput> {
        let elapsed = self.began.elapsed();
        let cpu = (self.cpu)()?.saturating_sub(self.cpu_then);
        Ok(Throughput {
            deliveries,
            elapsed,
            cpu,
        })
    }
}

/// Fails if anything more arrives.
fn settle(swarm: &mut Swarm) -> io::Result<()> {
    let extra = swarm.turn(GRACE, |_, _| Ok(0))?;
    if extra == 0 { Ok(()) } else { Err(surplus()) }
}

fn stalled(missing: u64) -> io::Error {
    let seconds = STALL.as_secs();
    let problem = format!("short delivery: {missing} messages are missing after {seconds} s");
    io::Error::new(io::ErrorKind::TimedOut, problem)
}

fn surplus() -> io::Error {
    io::Error::other("more messages were delivered than were sent")
}

#[cfg(test)]
mod tests;

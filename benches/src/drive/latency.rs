use std::{
    collections::VecDeque,
    io,
    time::{Duration, Instant},
};

use super::{STALL, Timing, connect, stalled, surplus};
use crate::{
    client::{Swarm, Target},
    stats::percentile,
};

/// How many connections share the load.
const CONNECTIONS: usize = 32;

/// Bytes of each message.
const SIZE: usize = 16;

/// Round-trip times, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

/// Sends `rate` messages per second, evenly, without waiting for answers. The latency of a message
/// counts from the time that it was due. So a pause of the server also counts for every message
/// that was due during the pause.
pub(crate) fn latency(target: Target<'_>, rate: u32, timing: Timing) -> io::Result<Latency> {
    let mut open_loop = OpenLoop {
        // One write may hold enough messages for a connection that fell behind to catch up.
        swarm: connect::echo(target, CONNECTIONS, 64, SIZE)?,
        interval: Duration::from_secs(1) / rate,
        in_flight: vec![VecDeque::with_capacity(1024); CONNECTIONS],
        samples: Vec::with_capacity((timing.window.as_secs_f64() * f64::from(rate)) as usize + 1),
    };
    open_loop.run(timing.warm_up)?;
    open_loop.samples.clear();
    open_loop.run(timing.window)?;

    Latency::of(open_loop.samples)
}

impl Latency {
    /// The percentiles of these nanoseconds.
    pub(super) fn of(mut samples: Vec<u32>) -> io::Result<Self> {
        samples.sort_unstable();
        let micros = |share| {
            percentile(&samples, share)
                .map(|nanos| f64::from(nanos) / 1e3)
                .ok_or_else(|| io::Error::other("the window is shorter than the interval"))
        };
        Ok(Self {
            p50: micros(0.5)?,
            p99: micros(0.99)?,
            p999: micros(0.999)?,
        })
    }
}

struct OpenLoop {
    swarm: Swarm,
    interval: Duration,
    /// For each connection, the due times of the messages that wait for their answers.
    in_flight: Vec<VecDeque<Instant>>,
    /// Nanoseconds.
    samples: Vec<u32>,
}

impl OpenLoop {
    fn run(&mut self, duration: Duration) -> io::Result<()> {
        let began = Instant::now();
        let mut due = began;
        let mut turns = 0;
        while due < began + duration {
            if Instant::now() >= due {
                let member = turns % CONNECTIONS;
                self.in_flight[member].push_back(due);
                self.swarm.send(member, 1)?;
                turns += 1;
                due += self.interval;
            }
            // Without waiting, because a sleep is longer than the latencies to measure.
            self.collect(Duration::ZERO)?;
            if self.longest_wait() > STALL {
                return Err(stalled(self.missing()));
            }
        }
        while self.missing() > 0 {
            if self.collect(STALL)? == 0 {
                return Err(stalled(self.missing()));
            }
        }
        Ok(())
    }

    fn collect(&mut self, timeout: Duration) -> io::Result<u64> {
        let Self {
            swarm,
            in_flight,
            samples,
            ..
        } = self;
        swarm.turn(timeout, |member, count| {
            let now = Instant::now();
            for _ in 0..count {
                let due = in_flight[member].pop_front().ok_or_else(surplus)?;
                let nanos = now.duration_since(due).as_nanos();
                samples.push(u32::try_from(nanos).unwrap_or(u32::MAX));
            }
            Ok(0)
        })
    }

    /// How long the first connection has been waiting. It stands for all connections.
    fn longest_wait(&self) -> Duration {
        self.in_flight[0]
            .front()
            .map_or(Duration::ZERO, Instant::elapsed)
    }

    fn missing(&self) -> u64 {
        self.in_flight.iter().map(|due| due.len() as u64).sum()
    }
}

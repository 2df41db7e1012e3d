use std::{
    io,
    time::{Duration, Instant},
};

use super::{Meter, STALL, Throughput, Timing, settle, stalled};
use crate::client::Swarm;

/// Keeps every connection busy until the window is over, and then waits for the messages in flight.
pub(super) fn drive(
    mut swarm: Swarm,
    in_flight: u64,
    timing: Timing,
    cpu: impl Fn() -> io::Result<Duration>,
) -> io::Result<Throughput> {
    for index in 0..swarm.len() {
        swarm.send(index, in_flight)?;
    }
    run(&mut swarm, timing.warm_up)?;

    let meter = Meter::start(cpu)?;
    let deliveries = run(&mut swarm, timing.window)?;
    let measured = meter.stop(deliveries)?;

    let mut missing = swarm.len() as u64 * in_flight;
    while missing > 0 {
        let arrived = swarm.turn(STALL, |_, _| Ok(0))?;
        if arrived == 0 {
            return Err(stalled(missing));
        }
        missing = missing.checked_sub(arrived).ok_or_else(super::surplus)?;
    }
    settle(&mut swarm)?;
    Ok(measured)
}

/// Answers each message that arrives with another one, for this long.
fn run(swarm: &mut Swarm, duration: Duration) -> io::Result<u64> {
    let end = Instant::now() + duration;
    let mut deliveries = 0;
    while Instant::now() < end {
        let arrived = swarm.turn(STALL, |_, messages| Ok(messages))?;
        if arrived == 0 {
            return Err(stalled(1));
        }
        deliveries += arrived;
    }
    Ok(deliveries)
}

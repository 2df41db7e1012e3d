use std::{
    io,
    time::{Duration, Instant},
};

use rustix::process::getpid;

use super::usage::{cpu_time, machine_time};

/// The CPU time that other processes use during a measurement.
pub(crate) struct Noise {
    began: Instant,
    others_then: Duration,
}

impl Noise {
    /// Begins a measurement.
    pub(crate) fn start() -> io::Result<Self> {
        Ok(Self {
            began: Instant::now(),
            others_then: others()?,
        })
    }

    /// How many cores the other processes have kept busy.
    pub(crate) fn stop(self) -> io::Result<f64> {
        let used = others()?.saturating_sub(self.others_then);
        Ok(used.as_secs_f64() / self.began.elapsed().as_secs_f64())
    }
}

/// The CPU time of all processes except this one and its children, such as the server.
fn others() -> io::Result<Duration> {
    Ok(machine_time()?.saturating_sub(cpu_time(getpid())?))
}

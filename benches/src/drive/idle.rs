use std::{io, thread, time::Duration};

use super::connect;
use crate::{client::Target, process::Memory};

/// How long a server is left alone before its memory is read.
const REST: Duration = Duration::from_millis(500);

/// Connections that are opened first, so that the memory for any first connection does not count.
const FIRST: usize = 8;

/// Bytes per idle connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    /// Memory that is written to and not shared with other processes.
    pub(crate) private: f64,
    /// All memory that is resident.
    pub(crate) resident: f64,
}

/// Opens connections, exchanges one small message on each, and measures their memory while they are
/// idle.
pub(crate) fn idle(
    target: Target<'_>,
    connections: usize,
    memory: impl Fn() -> io::Result<Memory>,
) -> io::Result<Idle> {
    let first = connect::echo(target, FIRST, 1, 16)?;
    thread::sleep(REST);
    let before = memory()?;

    let opened = connect::echo(target, connections, 1, 16)?;
    thread::sleep(REST);
    let after = memory()?;
    drop((first, opened));

    let each = |before: u64, after: u64| after.saturating_sub(before) as f64 / connections as f64;
    Ok(Idle {
        private: each(before.private, after.private),
        resident: each(before.resident, after.resident),
    })
}

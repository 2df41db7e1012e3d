//! The processes that we have started. None outlives us when a signal ends us.

use std::{
    io,
    process::{self, Child, Command},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use futures_util::future::select_all;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

/// The children that have not been reaped. Until then, no other process can get their ids.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// The exit code that shells report for a program that SIGINT has ended.
const INTERRUPTED: i32 = 130;

/// From here on SIGINT, SIGTERM and SIGHUP end our children before they end us.
///
/// # Errors
///
/// If signals cannot be watched.
pub(crate) fn end_with_us() -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let signals = {
        let _inside = runtime.enter();
        [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ]
        .map(signal)
    };
    let mut signals = signals.into_iter().collect::<io::Result<Vec<_>>>()?;
    thread::spawn(move || {
        let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        runtime.block_on(select_all(any));
        // Held until the process ends, so that no further process starts.
        let running = running();
        for &pid in running.iter() {
            // It fails only if the process has already ended.
            let _ = kill_process(pid, Signal::KILL);
        }
        process::exit(INTERRUPTED);
    });
    Ok(())
}

/// Starts a process.
pub(super) fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut running = running();
    let child = command.spawn()?;
    running.extend(pid(&child));
    Ok(child)
}

/// Kills a process and waits for its end.
pub(super) fn end(child: &mut Child) {
    let mut running = running();
    // Both fail only if the process has ended by itself, which its driver has noticed.
    let _ = child.kill();
    let _ = child.wait();
    let ended = pid(child);
    running.retain(|&pid| Some(pid) != ended);
}

/// The id of a process that we have started.
pub(super) fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

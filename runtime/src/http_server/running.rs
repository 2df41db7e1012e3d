//! A server at work, and how it is stopped.

use std::{
    fmt,
    future::{Future, pending},
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use actix_rt::System;
use actix_server::{Server, ServerHandle};
use futures_core::future::BoxFuture;
use tokio::{sync::watch, time::timeout};

use super::gate::Gate;
use crate::{hub::FAREWELL, signals::Signals};

/// A server at work: what [`HttpServer::run`](crate::HttpServer::run) returns. It runs while it is
/// awaited, and ends when it has been stopped.
///
/// On SIGINT and SIGTERM it stops gracefully: it accepts no more, sends every socket what was
/// accepted for it, closes it with 1001, and ends when all are gone or `shutdown_timeout` is over.
/// A second such signal, and SIGQUIT, stop it at once.
#[must_use = "a server runs only while it is awaited"]
pub struct Running {
    handle: RunningHandle,
    run: BoxFuture<'static, io::Result<()>>,
}

/// What asks for a server's stop, besides its handle.
pub(super) enum StopSignal {
    /// The signals of the operating system.
    Os,
    /// A future of the application's own.
    Given(BoxFuture<'static, ()>),
    Nothing,
}

/// How a server ends.
pub(super) struct Ending {
    pub(super) signal: StopSignal,
    /// How long a graceful stop may take.
    pub(super) patience: Duration,
    /// Whether the actix `System` ends with the server. After a signal it always does.
    pub(super) system_exit: bool,
}

/// How far a server is; it never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// A graceful stop has been asked for.
    Stopping,
    /// A stop at once has been asked for.
    Forced,
    Ended,
}

/// The stage of a server, for everybody who waits for one.
#[derive(Clone, Debug)]
struct Progress(Arc<watch::Sender<Stage>>);

impl Progress {
    fn at(stage: Stage) -> Self {
        Self(Arc::new(watch::Sender::new(stage)))
    }

    fn raise(&self, to: Stage) {
        self.0.send_if_modified(|stage| {
            let rises = *stage < to;
            *stage = to.max(*stage);
            rises
        });
    }

    fn is_serving(&self) -> bool {
        *self.0.borrow() == Stage::Serving
    }

    async fn reached(&self, stage: Stage) {
        // It cannot fail while `self` has a sender.
        let _ = self.0.subscribe().wait_for(|now| *now >= stage).await;
    }
}

impl Running {
    pub(super) fn new(server: Server, gate: Arc<Gate>, ending: Ending) -> Self {
        let handle = RunningHandle {
            server: Some(server.handle()),
            progress: Progress::at(Stage::Serving),
        };
        let run = run(server, gate, ending, EndGuard(handle.progress.clone()));
        Self {
            handle,
            run: Box::pin(run),
        }
    }

    pub(super) fn failed(error: io::Error) -> Self {
        let handle = RunningHandle {
            server: None,
            progress: Progress::at(Stage::Ended),
        };
        Self {
            handle,
            run: Box::pin(async { Err(error) }),
        }
    }

    /// A handle to stop the server with, from any task or thread.
    pub fn handle(&self) -> RunningHandle {
        self.handle.clone()
    }
}

/// Runs a server until it has ended.
async fn run(
    server: Server,
    gate: Arc<Gate>,
    ending: Ending,
    progress: EndGuard,
) -> io::Result<()> {
    let progress = &progress.0;
    let exits = AtomicBool::new(ending.system_exit);
    let commands = server.handle();
    // A server that is dropped here, because its time is over, cuts off whoever is still connected.
    let outcome = tokio::select! {
        outcome = server => outcome,
        () = stop(&commands, &gate, progress, ending.patience) => Ok(()),
        Err(error) = listen(ending.signal, progress, &exits) => Err(error),
    };
    // By then nobody is left after a graceful stop. After another the workers call the `close`
    // handlers of what was open.
    let _ = timeout(FAREWELL, gate.empty()).await;
    if exits.into_inner() {
        stop_system();
    }
    outcome
}

/// Stops the actix `System` of this thread, if it has one.
pub(crate) fn stop_system() {
    if let Some(system) = System::try_current() {
        system.stop();
    }
}

/// Waits for a stop to be asked for, and ends when the server may be dropped.
async fn stop(server: &ServerHandle, gate: &Gate, progress: &Progress, patience: Duration) {
    progress.reached(Stage::Stopping).await;
    let leave = async {
        server.pause().await;
        gate.close();
        gate.empty().await;
        server.stop(true).await;
    };
    tokio::select! {
        left = timeout(patience, leave) => if left.is_err() {
            tracing::warn!(timeout = ?patience, "not everybody left in time; cutting off");
        },
        () = progress.reached(Stage::Forced) => {}
    }
}

/// Asks for a stop when told to from outside; ends only with an error.
async fn listen(signal: StopSignal, progress: &Progress, exits: &AtomicBool) -> io::Result<()> {
    let ask = |graceful| {
        exits.store(true, Relaxed);
        // Whoever asks again does not want to wait.
        progress.raise(match graceful && progress.is_serving() {
            true => Stage::Stopping,
            false => Stage::Forced,
        });
    };
    match signal {
        StopSignal::Os => {
            let mut signals = Signals::new()?;
            loop {
                ask(signals.next().await?);
            }
        }
        StopSignal::Given(signal) => {
            signal.await;
            ask(true);
        }
        StopSignal::Nothing => {}
    }
    pending().await
}

/// However a server ends, nobody waits for its end any longer.
struct EndGuard(Progress);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.raise(Stage::Ended);
    }
}

impl Future for Running {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.run.as_mut().poll(cx)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

/// Stops a [`Running`] server. It is `Send`, `Sync` and cheap to clone, and needs no runtime of its
/// own.
#[derive(Clone, Debug)]
pub struct RunningHandle {
    /// `None` if the server has failed to start.
    server: Option<ServerHandle>,
    progress: Progress,
}

impl RunningHandle {
    /// Accepts no more connections, until [`Self::resume`]. Those that are open stay.
    pub async fn pause(&self) {
        if let Some(server) = &self.server {
            server.pause().await;
        }
    }

    /// Accepts connections again.
    pub async fn resume(&self) {
        if let Some(server) = &self.server {
            server.resume().await;
        }
    }

    /// Stops the server. The command is given at once; what is returned ends when the server has.
    ///
    /// Gracefully, it accepts no more, sends every socket what was accepted for it and closes it
    /// with 1001, answers the requests that have arrived, and waits for all that for
    /// `shutdown_timeout` at most. Otherwise it drops everything at once, even if a graceful stop is
    /// under way.
    pub fn stop(&self, graceful: bool) -> impl Future<Output = ()> + Send + 'static {
        let progress = self.progress.clone();
        progress.raise(if graceful {
            Stage::Stopping
        } else {
            Stage::Forced
        });
        async move { progress.reached(Stage::Ended).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As actix's are: a server may be spawned onto any runtime, and stopped from any thread.
    #[test]
    fn a_server_and_its_handle_go_anywhere() {
        fn is_send<T: Send + 'static>() {}
        fn is_sync<T: Sync>() {}
        is_send::<Running>();
        is_send::<RunningHandle>();
        is_sync::<RunningHandle>();
    }
}

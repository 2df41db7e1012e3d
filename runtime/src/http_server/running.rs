//! A running server, and how it stops.

use std::{
    fmt,
    future::{Future, pending},
    io,
    pin::{Pin, pin},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use actix_rt::System;
use actix_server::{Server, ServerHandle};
use futures_core::future::BoxFuture;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::gate::Gate;
use crate::{
    clock,
    hub::{self, FAREWELL, Runs},
    signals::Signals,
    worker::Space,
};

/// A running server: the result of [`HttpServer::run`](crate::HttpServer::run). It runs while it is
/// awaited, and completes when the server has stopped.
///
/// SIGINT and SIGTERM stop it gracefully: the server accepts no more connections, sends each socket
/// its accepted messages, and closes it with 1001. It ends when all connections are closed or
/// `shutdown_timeout` is over. A second such signal, or SIGQUIT, stops it at once.
///
/// ```no_run
/// # use actix_web::App;
/// # async fn serve() -> std::io::Result<()> {
/// let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?.run();
/// let handle = server.handle();
/// actix_web::rt::spawn(server);
/// // Sockets get all accepted messages and a Close frame; the future ends after that.
/// handle.stop(true).await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a server runs only while it is awaited"]
pub struct Running {
    handle: RunningHandle,
    run: BoxFuture<'static, io::Result<()>>,
}

/// What can stop a server besides its handle.
pub(super) enum StopSignal {
    /// The signals of the operating system.
    Os,
    /// A future that the application passed.
    Given(BoxFuture<'static, ()>),
    Nothing,
}

/// How a server stops.
pub(super) struct Ending {
    pub(super) signal: StopSignal,
    /// How long a graceful stop may take.
    pub(super) patience: Duration,
    /// Whether the actix `System` stops together with the server. After a signal it always does.
    pub(super) system_exit: bool,
}

/// The state of a server. It only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// A graceful stop was requested.
    Stopping,
    /// An immediate stop was requested.
    Forced,
    Ended,
}

/// The current [`Stage`] of a server, shared with all tasks that wait for a stage.
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

    fn has_reached(&self, stage: Stage) -> bool {
        *self.0.borrow() >= stage
    }

    async fn reached(&self, stage: Stage) {
        // This cannot fail, because `self` holds a sender.
        let _ = self.0.subscribe().wait_for(|now| *now >= stage).await;
    }
}

impl Running {
    pub(super) fn new(server: Server, gate: Arc<Gate>, ending: Ending) -> Self {
        let handle = RunningHandle {
            server: Some(server.handle()),
            progress: Progress::at(Stage::Serving),
        };
        let ended = EndGuard(handle.progress.clone());
        let run = run(server, gate, ending, ended, Runs::begin());
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

    /// Returns a handle that stops the server from any task or thread.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?.run();
    /// let handle = server.handle();
    /// std::thread::spawn(move || {
    ///     // Dropping the future does not take the stop back.
    ///     drop(handle.stop(true));
    /// });
    /// server.await
    /// # }
    /// ```
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
    runs: Runs,
) -> io::Result<()> {
    let progress = &progress.0;
    let is_by_os = matches!(ending.signal, StopSignal::Os);
    let asked = AtomicBool::new(false);
    let exits = || ending.system_exit || asked.load(Relaxed);
    let commands = server.handle();
    let mut listening = pin!(listen(ending.signal, progress, &asked));
    let deadline = OnceLock::new();
    // If the time for a graceful stop is over, `server` is dropped here. That cuts off all open
    // connections.
    let outcome = tokio::select! {
        outcome = server => outcome,
        () = stop(&commands, &gate, progress, ending.patience, &deadline) => Ok(()),
        Err(error) = &mut listening => Err(error),
    };
    // After a graceful stop no connection is left. After an immediate stop the workers still call
    // the `close` handlers of the connections that were open.
    let _ = timeout(FAREWELL, gate.empty()).await;
    let is_forced = progress.has_reached(Stage::Forced);
    let deadline = deadline.into_inner().filter(|_| !is_forced);
    let deadline = deadline.unwrap_or_else(clock::now);
    // A signal of the system stops all servers. Otherwise another one may use the spaces in which
    // this one had no connection. The last server leaves none of them behind: its process is about to
    // end, also if no client has ever come.
    let all_are_over = runs.end() || is_by_os;
    let leaves = |space: &Arc<Space>| {
        let is_over = exits() && (all_are_over || gate.has_visited(space));
        is_over && space.connections() == 0
    };
    tokio::select! {
        () = depart(deadline, leaves) => {}
        () = progress.reached(Stage::Forced), if !is_forced => {}
        Err(_) = &mut listening, if outcome.is_ok() => {}
    }
    if exits() {
        stop_system();
    }
    outcome
}

/// Has each space send what was published to the other nodes of its cluster. Those that `leaves`
/// accepts then leave it; other servers may use the rest.
async fn depart(deadline: Instant, leaves: impl Fn(&Arc<Space>) -> bool) {
    let (leaving, staying): (Vec<_>, Vec<_>) = hub::all().into_iter().partition(leaves);
    // Start all stops first, so that they run at the same time.
    let leaving = leaving.iter().map(|space| hub::leave(space, deadline));
    for space in leaving.collect::<Vec<_>>() {
        space.await;
    }
    for space in staying {
        hub::flush(&space, deadline).await;
    }
}

/// Stops the actix `System` of this thread, if it has one.
pub(crate) fn stop_system() {
    if let Some(system) = System::try_current() {
        system.stop();
    }
}

/// Waits until a stop is requested, and completes when the server may be dropped. Sets the deadline
/// of a graceful stop.
async fn stop(
    server: &ServerHandle,
    gate: &Gate,
    progress: &Progress,
    patience: Duration,
    deadline: &OnceLock<Instant>,
) {
    progress.reached(Stage::Stopping).await;
    deadline.get_or_init(|| clock::deadline(patience));
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

/// Requests a stop on a signal or when the application's future completes, and sets `asked`. Returns
/// only on an error.
async fn listen(signal: StopSignal, progress: &Progress, asked: &AtomicBool) -> io::Result<()> {
    let ask = |graceful| {
        asked.store(true, Relaxed);
        // A second request means: stop at once.
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

/// Marks the server as ended when dropped, however it ends. So no task waits for the end for ever.
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

/// Stops a [`Running`] server. It is `Send`, `Sync` and cheap to clone, and works without an async
/// runtime.
///
/// ```no_run
/// # use actix_web::App;
/// # async fn serve() -> std::io::Result<()> {
/// let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?.run();
/// let handle = server.handle();
/// actix_web::rt::spawn(server);
/// handle.pause().await;
/// handle.resume().await;
/// handle.stop(true).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RunningHandle {
    /// `None` if the server failed to start.
    server: Option<ServerHandle>,
    progress: Progress,
}

impl RunningHandle {
    /// Accepts no more connections until [`Self::resume`]. Open connections stay open.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// # let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?.run();
    /// # let handle = server.handle();
    /// // New clients wait; those that are connected notice nothing.
    /// handle.pause().await;
    /// # server.await
    /// # }
    /// ```
    pub async fn pause(&self) {
        if let Some(server) = &self.server {
            server.pause().await;
        }
    }

    /// Accepts connections again.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// # let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?.run();
    /// # let handle = server.handle();
    /// handle.pause().await;
    /// handle.resume().await;
    /// # server.await
    /// # }
    /// ```
    pub async fn resume(&self) {
        if let Some(server) = &self.server {
            server.resume().await;
        }
    }

    /// Stops the server. The call itself requests the stop; the returned future completes when the
    /// server has ended.
    ///
    /// A graceful stop accepts no more connections, sends each socket its accepted messages and
    /// closes it with 1001, and answers the requests that have arrived. It takes `shutdown_timeout`
    /// at most. A stop that is not graceful drops all connections at once, also during a graceful
    /// stop.
    ///
    /// In a [cluster](crate::cluster), what was published is sent to the other nodes, but the node
    /// stays: the process may start another server. [`Server::shutdown`](crate::Server::shutdown)
    /// says goodbye, and so does a server with [`system_exit`](crate::HttpServer::system_exit).
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// # let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?.run();
    /// # let handle = server.handle();
    /// actix_web::rt::spawn(server);
    /// handle.stop(true).await;
    /// # Ok(())
    /// # }
    /// ```
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

    /// actix's types have the same traits: a server can be spawned on any runtime and stopped from
    /// any thread.
    #[test]
    fn a_server_and_its_handle_go_anywhere() {
        fn is_send<T: Send + 'static>() {}
        fn is_sync<T: Sync>() {}
        is_send::<Running>();
        is_send::<RunningHandle>();
        is_sync::<RunningHandle>();
    }
}

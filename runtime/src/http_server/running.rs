//! A server at work, and how it is stopped.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_server::{Server, ServerHandle};
use tokio::time::{Instant, timeout_at};

use super::gate::Gate;

/// A server at work: what [`HttpServer::run`](crate::HttpServer::run) returns. It runs while it is
/// awaited, and ends when it has been stopped.
///
/// On SIGINT and SIGTERM it stops gracefully: it accepts no more, sends every socket what was
/// accepted for it, closes it with 1001, and ends when all are gone or `shutdown_timeout` is over.
/// SIGQUIT stops it at once.
#[must_use = "a server runs only while it is awaited"]
pub struct Running {
    handle: RunningHandle,
    run: Pin<Box<dyn Future<Output = io::Result<()>>>>,
}

impl Running {
    pub(super) fn new(server: Server, gate: Arc<Gate>, patience: Duration, signals: bool) -> Self {
        let handle = RunningHandle {
            server: Some(server.handle()),
            gate,
            patience,
        };
        let of_signals = handle.clone();
        let run = async move {
            let stop_on_signal = async {
                if signals {
                    let graceful = signal().await?;
                    of_signals.stop(graceful).await;
                }
                // A server that was stopped ends by itself.
                std::future::pending().await
            };
            tokio::select! {
                outcome = server => outcome,
                failed = stop_on_signal => failed,
            }
        };
        Self {
            handle,
            run: Box::pin(run),
        }
    }

    pub(super) fn failed(error: io::Error, gate: Arc<Gate>) -> Self {
        let handle = RunningHandle {
            server: None,
            gate,
            patience: Duration::ZERO,
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

/// Stops a [`Running`] server. It is `Send`, `Sync` and cheap to clone.
#[derive(Clone, Debug)]
pub struct RunningHandle {
    /// `None` if the server has failed to start.
    server: Option<ServerHandle>,
    gate: Arc<Gate>,
    patience: Duration,
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

    /// Stops the server.
    ///
    /// Gracefully, it accepts no more, sends every socket what was accepted for it and closes it
    /// with 1001, answers the requests that have arrived, and waits for all that for
    /// `shutdown_timeout` at most. Otherwise it drops everything at once.
    pub fn stop(&self, graceful: bool) -> impl Future<Output = ()> + Send + 'static {
        let this = self.clone();
        // A forced stop is under way even if nobody waits for it.
        let forced = (!graceful).then(|| this.server.as_ref().map(|server| server.stop(false)));
        async move {
            match forced {
                None => this.stop_gracefully().await,
                Some(None) => {}
                Some(Some(stopped)) => stopped.await,
            }
        }
    }

    async fn stop_gracefully(self) {
        let Some(server) = &self.server else { return };
        let deadline = Instant::now() + self.patience;
        server.pause().await;
        self.gate.close();
        let gone = timeout_at(deadline, self.gate.empty()).await;
        let stopped = timeout_at(deadline, server.stop(true)).await;
        if gone.is_err() || stopped.is_err() {
            tracing::warn!(timeout = ?self.patience, "not everybody left in time; cutting off");
            server.stop(false).await;
        }
    }
}

/// Waits for a signal; tells whether it asks for a graceful stop.
#[cfg(unix)]
async fn signal() -> io::Result<bool> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate, mut quit) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
        signal(SignalKind::quit())?,
    );
    Ok(tokio::select! {
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
        _ = quit.recv() => false,
    })
}

/// Waits for Ctrl-C, which asks for a graceful stop.
#[cfg(not(unix))]
async fn signal() -> io::Result<bool> {
    tokio::signal::ctrl_c().await.map(|()| true)
}

//! Runs actix-web's own server, with a graceful stop of its sockets.

use std::{fmt, future::IntoFuture, io, time::Duration};

use actix_web::dev::Server;
use futures_core::future::BoxFuture;
use tokio::time::{Instant, timeout_at};

use crate::{
    clock,
    close::{CloseCode, CloseReason, ClosedBy},
    http_server::{SHUTDOWN_TIMEOUT, stop_system},
    hub::{self, FAREWELL, Runs},
    signals::Signals,
};

/// Runs an actix-web server, and stops its sockets gracefully on SIGINT and SIGTERM.
///
/// On such a signal every space of the process is [shut down](crate::Server::shutdown) with 1001:
/// handshakes are answered with 503, and each socket gets its accepted messages and a Close frame.
/// Meanwhile ordinary requests are still answered. When all sockets are closed, the server stops
/// gracefully. A second signal, or SIGQUIT, stops everything at once. At the end the actix `System`
/// stops, as it does after signals that actix handles.
///
/// ```no_run
/// use std::time::Duration;
///
/// use actix_web::App;
/// use levante::prelude::*;
///
/// #[websocket("/echo")]
/// mod echo {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, message: Incoming<'_>) {
///         ws.send(message);
///     }
/// }
///
/// #[actix_web::main]
/// async fn main() -> std::io::Result<()> {
///     let server = actix_web::HttpServer::new(|| App::new().service(echo::service()))
///         .tcp_nodelay(true)
///         .client_disconnect_timeout(Duration::ZERO)
///         .disable_signals()
///         .bind(("127.0.0.1", 8080))?
///         .run();
///     levante::serve(server).shutdown_timeout(10).await
/// }
/// ```
///
/// Set `.tcp_nodelay(true)`, as above: otherwise small messages wait for 40 ms. And set
/// `.client_disconnect_timeout(Duration::ZERO)`: otherwise a TCP connection stays for a second after
/// the closing handshake.
///
/// Call `.disable_signals()`, as above. Otherwise actix handles the same signals itself when the
/// sockets are closed. For SIGTERM this makes no difference, but on SIGINT actix drops the requests
/// that it is still answering.
///
/// A stop through actix's own [handle](actix_web::dev::ServerHandle) does not close the sockets.
/// Shut down their space first.
pub fn serve(server: Server) -> Serve {
    Serve {
        server,
        time: SHUTDOWN_TIMEOUT,
    }
}

/// The future of [`serve()`]. The server runs while the future is awaited. It is `Send`.
///
/// ```no_run
/// # use actix_web::{App, HttpServer};
/// # async fn run() -> std::io::Result<()> {
/// let server = HttpServer::new(App::new).disable_signals().bind(("127.0.0.1", 8080))?.run();
/// levante::serve(server).shutdown_timeout(10).await
/// # }
/// ```
///
/// # Errors
///
/// Errors of the server, and of installing the signal handlers.
#[must_use = "a server runs only while it is awaited"]
pub struct Serve {
    server: Server,
    time: Duration,
}

impl Serve {
    /// How many seconds a graceful stop may take, for sockets and requests together. After that all
    /// connections are dropped. Default: 30 seconds.
    ///
    /// ```no_run
    /// # use actix_web::{App, HttpServer};
    /// # async fn run() -> std::io::Result<()> {
    /// # let server = HttpServer::new(App::new).disable_signals().bind(("127.0.0.1", 8080))?.run();
    /// levante::serve(server).shutdown_timeout(10).await
    /// # }
    /// ```
    pub fn shutdown_timeout(mut self, seconds: u64) -> Self {
        self.time = Duration::from_secs(seconds);
        self
    }
}

impl IntoFuture for Serve {
    type Output = io::Result<()>;
    type IntoFuture = BoxFuture<'static, io::Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run(self.server, self.time))
    }
}

/// Runs a server until it has ended.
async fn run(mut server: Server, time: Duration) -> io::Result<()> {
    // So that another server of the process does not leave the clusters of this one.
    let _runs = Runs::begin();
    let mut signals = Signals::new()?;
    // A server that also listens to the signals must not act on them before the sockets are closed.
    // So the signals are polled first, and after a signal the server is not polled until all
    // sockets are closed.
    let graceful = tokio::select! {
        biased;
        graceful = signals.next() => graceful?,
        outcome = &mut server => return outcome,
    };
    let outcome = if graceful {
        // On a second signal the server is dropped, which stops it at once.
        tokio::select! {
            biased;
            again = signals.next() => again.map(drop),
            outcome = stop(server, time) => outcome,
        }
    } else {
        drop(server);
        Ok(())
    };
    everybody_gone().await;
    // After a stop at once. After a graceful one all have left.
    leave_all(clock::now()).await;
    stop_system();
    outcome
}

/// Shuts down the sockets, stops the server, and then leaves the cluster: requests that the server
/// still answers may publish.
async fn stop(server: Server, time: Duration) -> io::Result<()> {
    let deadline = clock::deadline(time);
    let outcome = stop_server(server, time, deadline).await;
    leave_all(deadline).await;
    outcome
}

async fn stop_server(server: Server, time: Duration, deadline: Instant) -> io::Result<()> {
    shut_down_all(deadline).await;
    // If the time is over, no graceful stop is requested: during one, a worker takes up to a second
    // to notice that it must stop at once.
    if clock::now() < deadline {
        // `stop` sends the command at once. The server executes it while it is polled.
        drop(server.handle().stop(true));
        if let Ok(outcome) = timeout_at(deadline, server).await {
            return outcome;
        }
    }
    tracing::warn!(timeout = ?time, "not everybody left in time; cutting off");
    Ok(())
}

async fn shut_down_all(deadline: Instant) {
    let reason = CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown);
    let spaces = hub::all().into_iter();
    // Start all shutdowns first, so that they run at the same time.
    let leaving: Vec<_> = spaces
        .map(|space| hub::shut_down_sockets(space, reason.clone(), deadline))
        .collect();
    let mut cut_off = 0;
    for space in leaving {
        cut_off += space.await;
    }
    if cut_off > 0 {
        tracing::warn!(cut_off, "not every peer has answered the Close frame");
    }
}

async fn leave_all(deadline: Instant) {
    let spaces = hub::all();
    // Start all stops first, so that they run at the same time.
    let leaving: Vec<_> = spaces
        .iter()
        .map(|space| hub::leave(space, deadline))
        .collect();
    for space in leaving {
        space.await;
    }
}

/// Waits a short time for the `close` handlers, which the workers call when they stop at once.
async fn everybody_gone() {
    let deadline = clock::deadline(FAREWELL);
    for space in hub::all() {
        let _ = timeout_at(deadline, space.empty()).await;
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("shutdown_timeout", &self.time)
            .finish_non_exhaustive()
    }
}

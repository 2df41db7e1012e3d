//! The engine of a node: everything between the link of a space and the driver of a broker.
//!
//! All of it runs on one thread, `levante-broker`, never on a worker: a busy worker must not keep the
//! node from reading, because a broker ends the connection of a slow reader. [`run`] connects, and
//! connects again. A [`session`] is one connection; its parts run side by side: [`publishing`],
//! [`receiving`], [`subscribing`] and [`watching`]. They share the [`core`]. Towards workers there are
//! only the inboxes that other threads use, too, so nothing here waits for a worker.

mod core;
mod counts;
mod gathering;
mod publishing;
mod receiving;
mod run;
mod session;
mod shared;
mod signal;
mod subscribing;
mod watching;

use std::{sync::Arc, thread};

use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
    task::LocalSet,
};

pub(crate) use self::shared::{Request, Shared};
use super::{
    broker::Driver, error::JoinError, handle::Cluster, settings::Settings, state::State,
    subject::Subjects,
};
use crate::{
    clock,
    guard::Guarded,
    hub::{self, NotJoined},
    link::Link,
    server::Server,
    worker::Space,
};

/// A server that is to join, and its settings.
pub struct Begin {
    pub(super) server: Server,
    pub(super) settings: Settings,
}

/// All that the thread of the broker gets.
struct Seed<D> {
    driver: D,
    subjects: Subjects,
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    /// Gets the result of the start.
    begun: oneshot::Sender<Result<(), JoinError>>,
}

/// Starts a node, and waits until it has joined.
pub(super) async fn begin<D: Driver>(driver: D, begin: Begin) -> Result<Cluster, JoinError> {
    let Begin { server, settings } = begin;
    settings.check()?;
    let subjects = Subjects::new(driver.style(), &settings.prefix)?;
    let node = getrandom::u64().map_err(JoinError::thread)?;
    let link = Arc::new(Link::new(node, settings.buffer));
    let is_degraded = settings.is_degraded;
    let (shared, requests) = Shared::new(
        link.clone(),
        server.space(),
        settings,
        driver.url(),
        clock::now(),
    );
    let shared = Arc::new(shared);
    let (begun, has_begun) = oneshot::channel();
    let seed = Seed {
        driver,
        subjects,
        shared: shared.clone(),
        requests,
        begun,
    };
    if is_degraded {
        join(server.space(), &shared)?;
    }
    if let Err(error) = start(seed) {
        shared.leave();
        return Err(error);
    }
    match has_begun.await {
        Ok(begun) => begun?,
        Err(_) => return Err(JoinError::thread("it has ended")),
    }
    if !is_degraded {
        // Until it hears its topics. This cannot fail, because `shared` holds the sender.
        let mut states = shared.state.subscribe();
        let is_over = |state: &State| !matches!(state, State::Joining { .. });
        let _ = states.wait_for(is_over).await;
    }
    Ok(Cluster::new(shared))
}

/// Links the space to the node.
fn join(space: &Space, shared: &Shared) -> Result<(), JoinError> {
    hub::join(space, &shared.link).map_err(|error| match error {
        NotJoined::Connected => JoinError::HasConnections,
        NotJoined::Joined => JoinError::AlreadyJoined,
        NotJoined::ShutDown => JoinError::ShutDown,
    })
}

/// Starts the engine on a thread of its own. In a test with `levante::test` it runs on the thread of
/// the test, so that the clock of the test moves it.
fn start<D: Driver>(seed: Seed<D>) -> Result<(), JoinError> {
    #[cfg(feature = "test")]
    if crate::worker::of_test::is_running() {
        tokio::task::spawn_local(run(seed));
        return Ok(());
    }
    let thread = thread::Builder::new().name("levante-broker".to_owned());
    let started = thread.spawn(
        || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => LocalSet::new().block_on(&runtime, run(seed)),
            Err(error) => {
                let _ = seed.begun.send(Err(JoinError::thread(error)));
                seed.shared.leave();
            }
        },
    );
    started.map(drop).map_err(JoinError::thread)
}

/// Runs the engine to its end.
async fn run<D: Driver>(seed: Seed<D>) {
    let ending = Ending(seed.shared.clone());
    let engine = Guarded::new(Box::pin(run::run(seed)), None);
    if let Err(panic) = engine.await {
        ending.0.fail(panic);
    }
}

/// Notes the end of the engine, however it ends: a stop must not wait for it.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.leave();
    }
}

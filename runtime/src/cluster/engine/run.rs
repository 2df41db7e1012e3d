//! Connects to the broker, and connects again when the connection is lost.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Seed,
    core::Core,
    join,
    session::{self, Ended},
    shared::Request,
};
use crate::{
    clock,
    cluster::{
        backoff::Backoff,
        broker::{BrokerError, Driver, Kind},
        error::JoinError,
        state::State,
    },
};

/// While the broker is away, the queues are looked at no more often than this.
const TICK: Duration = Duration::from_millis(100);

/// Runs a node until it leaves the cluster.
pub(super) async fn run<D: Driver>(seed: Seed<D>) {
    let Seed {
        mut driver,
        subjects,
        shared,
        mut requests,
        mut begun,
    } = seed;
    let core = Core::new(shared, subjects, driver.echoes(), clock::now());
    let mut next = None;
    if core.shared.settings.is_degraded {
        let _ = begun.send(Ok(()));
    } else {
        let first = tokio::select! {
            first = session::connect(&core, &mut driver) => first,
            // The caller has given up.
            () = begun.closed() => return,
        };
        let joined = first
            .map_err(|error| JoinError::of_broker(&core.shared.url, &error))
            .and_then(|connection| match core.shared.space.upgrade() {
                Some(space) => join(&space, &core.shared).map(|()| connection),
                None => Err(JoinError::ShutDown),
            });
        match joined {
            Ok(connection) => next = Some(connection),
            Err(error) => {
                let _ = begun.send(Err(error));
                return;
            }
        }
        let _ = begun.send(Ok(()));
    }
    let mut attempts = Attempts::new();
    loop {
        let connection = match next.take() {
            Some(connection) => connection,
            None => match attempts.connect(&core, &mut driver, &mut requests).await {
                Some(connection) => connection,
                None => return,
            },
        };
        match session::run(&core, connection, &mut requests).await {
            Ended::Left => return,
            Ended::Broken(error) => attempts.lost(&core, &error, clock::now()),
        }
    }
}

/// The attempts to connect since the connection was lost.
struct Attempts {
    backoff: Backoff,
    count: u32,
    /// What the last attempt has failed with, as it was logged.
    error: Option<BrokerError>,
    /// Whether to wait before the next attempt.
    waits: bool,
}

impl Attempts {
    fn new() -> Self {
        Self {
            backoff: Backoff::default(),
            count: 0,
            error: None,
            waits: false,
        }
    }

    /// Tries until there is a connection. `None` if the node is to leave before.
    async fn connect<D: Driver>(
        &mut self,
        core: &Core,
        driver: &mut D,
        requests: &mut mpsc::Receiver<Request>,
    ) -> Option<session::ConnectionOf<D>> {
        loop {
            if self.waits {
                let is_refused =
                    matches!(&self.error, Some(error) if error.kind() == Kind::Refused);
                // Without a random number the nodes lose only their jitter.
                let random = getrandom::u32().unwrap_or_default();
                let wait = self.backoff.next(is_refused, random);
                tokio::select! {
                    biased;
                    () = away(core, requests) => return None,
                    () = sleep(wait) => {}
                }
            }
            self.waits = true;
            self.count += 1;
            self.tell(core);
            let connected = tokio::select! {
                biased;
                connected = session::connect(core, driver) => connected,
                () = away(core, requests) => return None,
            };
            match connected {
                Ok(connection) => return Some(connection),
                Err(error) => self.failed(core, error),
            }
        }
    }

    fn failed(&mut self, core: &Core, error: BrokerError) {
        if self.error.as_ref() != Some(&error) {
            core.log(&error, "the broker of the cluster cannot be reached");
        }
        self.error = Some(error);
        self.tell(core);
    }

    /// Notes the end of a session.
    fn lost(&mut self, core: &Core, error: &BrokerError, now: Instant) {
        let lasted = now.saturating_duration_since(core.session.began.get());
        // A broker that ends each connection at once is not tried again and again without a wait.
        if lasted >= core.shared.settings.lease {
            self.backoff.reset();
        }
        self.count = 0;
        self.waits = true;
        core.log(error, "the connection to the broker of the cluster is lost");
        core.shared.counters.reconnects.add(1);
        self.error = Some(error.clone());
        core.shared.state.send_replace(State::Reconnecting {
            since: now,
            attempts: 0,
            error: error.to_string().into(),
        });
    }

    /// Tells the state how many attempts there were.
    fn tell(&self, core: &Core) {
        let last: Option<Arc<str>> = self.error.as_ref().map(|error| error.to_string().into());
        core.shared.state.send_modify(|state| match state {
            State::Joining {
                attempts, error, ..
            } => (*attempts, *error) = (self.count, last),
            State::Reconnecting {
                attempts, error, ..
            } => {
                *attempts = self.count;
                if let Some(last) = last {
                    *error = last;
                }
            }
            State::Connected { .. } | State::Left | State::Failed { .. } => {}
        });
    }
}

/// What the engine does while there is no connection. Completes when the node is to leave.
async fn away(core: &Core, requests: &mut mpsc::Receiver<Request>) {
    let link = &core.shared.link;
    let mut stages = link.stages();
    loop {
        let now = clock::now();
        core.stage.set(*stages.borrow_and_update());
        core.take_marks(now);
        core.absorb(now);
        if core.may_leave() {
            return;
        }
        let deadline = core.window.borrow().deadline();
        let has_work = poll_fn(|cx| {
            let (items, marks) = (link.poll_items(cx), link.poll_marks(cx));
            if items.is_ready() || marks.is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        tokio::select! {
            biased;
            _ = stages.changed() => continue,
            Some(request) = requests.recv() => core.serve(request, false, now),
            () = sleep_until(deadline.unwrap_or(now)), if deadline.is_some() => {}
            () = has_work => {}
        }
        // A burst is taken together.
        tokio::select! {
            biased;
            _ = stages.changed() => {}
            () = sleep(TICK) => {}
        }
    }
}

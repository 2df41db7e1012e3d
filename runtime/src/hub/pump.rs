//! A worker as its own thread sees it: the pump, which delivers, writes and watches the clock.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{task::unconstrained, time::sleep};

use super::{Hub, Worker};
use crate::{
    config::Config,
    core::{Core, Identity},
    topics::Key,
};

/// Timeouts are looked at so many times within the shortest of them, so that none is late by more
/// than that fraction.
const LOOKS_PER_TIMEOUT: u32 = 8;
const SHORTEST_LOOK: Duration = Duration::from_millis(2);
const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// A connection as the pump drives it.
pub(crate) trait Driven {
    /// The outbox was scheduled: write, and attend to what else has changed.
    fn visit(&self);
    /// A moment has passed: look at the timeouts.
    fn tick(&self, now: Instant);
}

/// This thread's part of one [`Hub`].
pub(crate) struct LocalWorker {
    worker: Arc<Worker>,
    /// By the key that the worker gave.
    driven: RefCell<Vec<Option<Rc<dyn Driven>>>>,
    /// How often the timeouts are looked at.
    look: Cell<Duration>,
}

thread_local! {
    static LOCAL: RefCell<Vec<Rc<LocalWorker>>> = const { RefCell::new(Vec::new()) };
}

/// A registered connection; dropping it gives its place free.
pub(crate) struct Registration {
    local: Rc<LocalWorker>,
    core: Arc<Core>,
}

impl LocalWorker {
    /// The worker of `hub` on this thread, if there is one.
    pub(super) fn current(hub: &Hub) -> Option<Arc<Worker>> {
        // `try_with`, because a socket may be dropped while the thread's own data are.
        LOCAL
            .try_with(|local| {
                let local = local.borrow();
                let mut of_hub = local
                    .iter()
                    .filter(|local| std::ptr::eq(&**local.worker.hub(), hub));
                of_hub.next().map(|local| local.worker.clone())
            })
            .ok()
            .flatten()
    }

    /// The worker of `hub` on this thread, set up if this is its first connection here.
    ///
    /// It lives as long as its pump, which is a local task: with the runtime of the thread.
    pub(crate) fn of(hub: &Arc<Hub>) -> Rc<Self> {
        LOCAL.with(|all| {
            let found = all
                .borrow()
                .iter()
                .find(|l| Arc::ptr_eq(l.worker.hub(), hub))
                .cloned();
            found.unwrap_or_else(|| {
                let local = Rc::new(Self {
                    worker: Arc::new(Worker::new(hub.clone())),
                    driven: RefCell::default(),
                    look: Cell::new(LONGEST_LOOK),
                });
                hub.add_worker(local.worker.clone());
                all.borrow_mut().push(local.clone());
                // Visiting many sockets in a row must not exhaust tokio's budget for a task, which
                // would wake every one of theirs instead.
                actix_rt::spawn(unconstrained(Retire(local.clone()).pump()));
                local
            })
        })
    }

    /// Gives a new connection its place on this worker.
    pub(crate) fn register(self: Rc<Self>, identity: Identity) -> Registration {
        self.shorten_look(&identity.config);
        let core = self.worker.register(identity);
        Registration { local: self, core }
    }

    fn shorten_look(&self, config: &Config) {
        let timeouts = [
            Some(config.idle_timeout),
            config.max_lifetime,
            Some(config.close_timeout),
        ];
        let shortest = timeouts
            .into_iter()
            .flatten()
            .filter(|timeout| !timeout.is_zero())
            .min();
        let look = shortest.map_or(LONGEST_LOOK, |shortest| shortest / LOOKS_PER_TIMEOUT);
        self.look
            .set(self.look.get().min(look.clamp(SHORTEST_LOOK, LONGEST_LOOK)));
        // The pump is asleep for longer than that, or for as long as nobody is connected.
        self.worker.wake.notify_one();
    }

    fn driven(&self, key: Key) -> Option<Rc<dyn Driven>> {
        self.driven.borrow().get(key).cloned().flatten()
    }

    /// Delivers what other workers have handed over, then has every dirty socket written.
    fn run(&self) {
        let inbox = self.worker.take_inbox();
        for publish in &inbox.publishes {
            let frame = publish.frame.as_frame();
            self.worker
                .deliver(&publish.topic, frame, publish.except.as_ref());
        }
        for key in inbox.dirty.into_iter().chain(self.worker.take_dirty()) {
            if let Some(driven) = self.driven(key) {
                driven.visit();
            }
        }
    }

    fn tick(&self) {
        let now = Instant::now();
        let all: Vec<_> = self.driven.borrow().iter().flatten().cloned().collect();
        for driven in all {
            driven.tick(now);
        }
    }
}

impl Registration {
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// From now on the pump drives the connection.
    pub(crate) fn drive(&self, connection: Rc<dyn Driven>) {
        let mut driven = self.local.driven.borrow_mut();
        if driven.len() <= self.core.key {
            driven.resize_with(self.core.key + 1, || None);
        }
        driven[self.core.key] = Some(connection);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut driven = self.local.driven.borrow_mut();
        let connection = driven.get_mut(self.core.key).and_then(Option::take);
        while driven.last().is_some_and(Option::is_none) {
            driven.pop();
        }
        if driven.capacity() > 64 && driven.len() < driven.capacity() / 8 {
            driven.shrink_to_fit();
        }
        drop(driven);
        drop(connection);
        self.local.worker.unregister(self.core.key);
    }
}

/// Takes the worker off its hub when its pump ends, which happens when the thread's runtime does.
struct Retire(Rc<LocalWorker>);

impl Retire {
    async fn pump(self) {
        let local = &self.0;
        let mut look = LONGEST_LOOK;
        let mut next_look = pin!(sleep(look));
        loop {
            if local.look.get() != look {
                look = local.look.get();
                next_look.as_mut().reset(tokio::time::Instant::now() + look);
            }
            // Not biased: neither may starve the other.
            tokio::select! {
                () = local.worker.wake.notified() => local.run(),
                () = &mut next_look, if local.worker.connections() > 0 => {
                    local.tick();
                    next_look.as_mut().reset(tokio::time::Instant::now() + look);
                }
            }
        }
    }
}

impl Drop for Retire {
    fn drop(&mut self) {
        let worker = &self.0.worker;
        worker.hub().remove_worker(worker);
        // During the thread's own end there is nothing left to be removed from.
        let _ = LOCAL.try_with(|all| {
            all.borrow_mut().retain(|local| !Rc::ptr_eq(local, &self.0));
        });
    }
}

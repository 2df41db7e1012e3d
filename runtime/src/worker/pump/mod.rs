//! A worker on its own thread: the pump, which runs its connections, delivers publishes, writes,
//! and checks timeouts. It reads the clock once a round and hands the time down.
//!
//! A connection has no task of its own. Its waker, which is its [`Core`], puts it on a list, and
//! the pump polls the listed connections. That saves the memory of a task for each connection. It
//! also orders the work: the pump first polls every connection that has something to read, and then
//! writes to every connection that has something to write.

mod looks;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    mem,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    task::{unconstrained, yield_now},
    time::{Instant, sleep_until},
};

use self::looks::Looks;
use super::{
    Core, Identity, Metered, Space, Worker, Writing,
    schedule::{Todo, Visit, Write},
};
use crate::{
    clock::{self, Reading},
    config::Config,
    guard,
    topics::Key,
};

/// Timeouts are checked this many times within the shortest of them. So no timeout is late by more
/// than that fraction.
const LOOKS_PER_TIMEOUT: u32 = 8;
const SHORTEST_LOOK: Duration = Duration::from_millis(2);
const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// The capacity that a list of visits keeps. After a larger round the memory is given back.
pub(super) const MOST_SPARE_VISITS: usize = 4096;

/// A connection as the pump runs it.
pub(crate) trait Driven {
    /// The core, and the core as a waker. The connection keeps the waker, so that no visit makes
    /// one. A visit asks for both in one call.
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker);

    fn core(&self) -> &Arc<Core> {
        self.core_and_waker().0
    }

    /// Goes as far as possible without waiting. The time is `now`.
    fn poll(&self, now: Instant, cx: &mut Context<'_>) -> Visit;
    /// Writes the outbox.
    fn flush(&self, outbox: Writing<'_>, cx: &mut Context<'_>) -> Visit;
    /// Writes the outbox, also while a handler of the connection runs. Bytes that find no room stay
    /// in the outbox, and are written as soon as there is room.
    fn write_now(&self);
    /// Checks the timeouts. The time is `now`. For the part `late` of the time since the last
    /// check, the worker did not read from the network.
    fn tick(&self, now: Instant, late: Duration);
    /// Drops the connection at any point of its life.
    fn abandon(&self);
}

/// The worker of a [`Space`] on this thread.
pub(crate) struct LocalWorker {
    worker: Arc<Worker>,
    /// The settings of the endpoints that have connections: as they were mounted, and with their
    /// meter on this worker.
    metered: RefCell<Vec<(Arc<Config>, Arc<Metered>)>>,
    /// The connections, indexed by the keys of the worker.
    driven: RefCell<Vec<Option<Rc<dyn Driven>>>>,
    /// The interval at which the timeouts are checked.
    look: Cell<Duration>,
    /// An empty list for the next round of visits, so that a round does not allocate one.
    visits: Cell<Vec<Key>>,
    /// An empty list for the visits that only write.
    writes: Cell<Vec<Key>>,
    polls: Cell<Polls>,
}

/// How far a round is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Polls {
    /// No connection is polled.
    #[default]
    Over,
    Running,
    /// They run, and the link to other nodes is to be woken when they are over.
    OweWake,
}

thread_local! {
    static LOCAL: RefCell<Vec<Rc<LocalWorker>>> = const { RefCell::new(Vec::new()) };
}

/// A registered connection. Dropping it frees its place on the worker.
pub(crate) struct Registration(Arc<Core>);

impl LocalWorker {
    /// The worker of `space` on this thread, if it exists.
    pub(crate) fn current(space: &Space) -> Option<Rc<Self>> {
        Self::find(|worker| std::ptr::eq(&**worker.space(), space))
    }

    /// This worker, if this is its thread.
    pub(crate) fn here(worker: &Worker) -> Option<Rc<Self>> {
        Self::find(|other| std::ptr::eq(other, worker))
    }

    fn find(is_wanted: impl Fn(&Worker) -> bool) -> Option<Rc<Self>> {
        // `try_with`, because a socket may be dropped while the thread drops its own data.
        LOCAL
            .try_with(|local| {
                let local = local.borrow();
                let mut wanted = local.iter().filter(|local| is_wanted(&local.worker));
                wanted.next().cloned()
            })
            .ok()
            .flatten()
    }

    /// Every worker of this thread.
    #[cfg(feature = "test")]
    pub(crate) fn all_here() -> Vec<Arc<Worker>> {
        LOCAL.with_borrow(|local| local.iter().map(|local| local.worker.clone()).collect())
    }

    pub(crate) fn worker(&self) -> &Arc<Worker> {
        &self.worker
    }

    /// The worker of `space` on this thread. The first connection on the thread makes it.
    ///
    /// It lives as long as its pump. The pump is a local task, so it ends with the runtime of the
    /// thread.
    pub(crate) fn of(space: &Arc<Space>) -> Rc<Self> {
        LOCAL.with(|all| {
            let found = all
                .borrow()
                .iter()
                .find(|l| Arc::ptr_eq(l.worker.space(), space))
                .cloned();
            found.unwrap_or_else(|| {
                let local = Rc::new(Self {
                    worker: Arc::new(Worker::new(space.clone())),
                    metered: RefCell::default(),
                    driven: RefCell::default(),
                    look: Cell::new(LONGEST_LOOK),
                    visits: Cell::default(),
                    writes: Cell::default(),
                    polls: Cell::default(),
                });
                space.add_worker(local.worker.clone());
                all.borrow_mut().push(local.clone());
                // Many visits in a row must not use up tokio's budget for the task. Otherwise tokio
                // would wake each of these sockets instead of reading it.
                let pump = Pump(local.clone()).run();
                #[cfg(feature = "test")]
                let pump = super::of_test::within_same(pump);
                actix_rt::spawn(unconstrained(pump));
                local
            })
        })
    }

    /// Registers a new connection with this worker.
    pub(crate) fn register(&self, identity: Identity) -> Registration {
        self.shorten_look(&identity.config);
        let config = self.metered(&identity.config);
        Registration(self.worker.register(identity, config))
    }

    /// The settings with their meter on this worker. Endpoints with the same path share a meter.
    fn metered(&self, config: &Arc<Config>) -> Arc<Metered> {
        let mut all = self.metered.borrow_mut();
        if let Some((_, metered)) = all.iter().find(|(of, _)| Arc::ptr_eq(of, config)) {
            return metered.clone();
        }
        let same_path = all.iter().find(|(of, _)| of.path == config.path);
        let metered = match same_path {
            Some((_, other)) => Metered::new(config, other.meter.clone()),
            None => Metered::open(config, self.worker.space()),
        };
        // Applications may come and go on this thread.
        all.retain(|(_, metered)| Arc::strong_count(metered) > 1);
        all.push((config.clone(), metered.clone()));
        metered
    }

    fn shorten_look(&self, config: &Config) {
        let timeouts = [
            Some(config.idle_timeout),
            Some(config.ping_interval),
            Some(config.max_lifetime),
            config.handler_timeout,
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
        // The pump sleeps for longer than that, or without a limit if there are no connections.
        self.worker.inbox().wake();
    }

    fn driven(&self, key: Key) -> Option<Rc<dyn Driven>> {
        self.driven.borrow().get(key).cloned().flatten()
    }

    /// Writes these outboxes, if they still hold more than their limit.
    pub(super) fn write_overdrawn(&self, keys: &[Key]) {
        for driven in keys.iter().filter_map(|&key| self.driven(key)) {
            if driven.core().is_overdrawn() {
                driven.write_now();
            }
        }
    }

    /// Writes an outbox, whatever its connection is doing.
    pub(super) fn write_now(&self, key: Key) {
        if let Some(driven) = self.driven(key) {
            driven.write_now();
        }
    }

    /// Runs one round: delivers a portion of the publishes of other threads, closes the sockets
    /// that are to be closed, polls the connections that have woken, and then writes every dirty
    /// outbox.
    pub(crate) fn run(&self, now: Instant) {
        let mut visits = self.visits.take();
        let (has_publishes, closings) = self.worker.inbox().take(&mut visits);
        if has_publishes {
            self.worker.deliver_portion();
        }
        // Most rounds have none, and do not pay for an empty list.
        if let Some(closings) = closings {
            for closing in &closings {
                self.worker.close_all(closing);
            }
        }
        let mut late = self.writes.take();
        self.polls.set(Polls::Running);
        for key in visits.drain(..) {
            if self.visit(now, key, Write::Later) {
                late.push(key);
            }
        }
        // Before the writes, which take longest.
        self.end_polls();
        visits.shrink_to(MOST_SPARE_VISITS);
        self.visits.set(visits);
        loop {
            let mut shard = self.worker.lock();
            shard.deliver_pending();
            shard.take_dirty(&mut late);
            drop(shard);
            if late.is_empty() {
                break;
            }
            for key in late.drain(..) {
                self.visit(now, key, Write::Now);
            }
        }
        late.shrink_to(MOST_SPARE_VISITS);
        self.writes.set(late);
        let limit = self.worker.space().publish_limit();
        self.worker.inbox().end_round(limit);
    }

    /// Whether the pump polls connections. It then wakes the link to other nodes when all are polled.
    pub(crate) fn will_wake_link(&self) -> bool {
        let is_polling = self.polls.get() != Polls::Over;
        if is_polling {
            self.polls.set(Polls::OweWake);
        }
        is_polling
    }

    #[inline]
    fn end_polls(&self) {
        if self.polls.take() == Polls::OweWake {
            self.wake_link();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_link(&self) {
        if let Some(link) = self.worker.space().link() {
            link.wake();
        }
    }

    /// Visits a connection. Returns whether its outbox is to be written after the polls of all
    /// other connections.
    fn visit(&self, now: Instant, key: Key, write: Write) -> bool {
        let Some(driven) = self.driven(key) else {
            return false;
        };
        let (core, waker) = driven.core_and_waker();
        let cx = &mut Context::from_waker(waker);
        let visit = guarded(core, || match core.visit(write) {
            Todo::Poll => driven.poll(self.time_for(core, now), cx),
            Todo::Write(outbox) => driven.flush(outbox, cx),
            Todo::Nothing => Visit::Done,
        });
        match visit.unwrap_or(Visit::Over) {
            Visit::Done => {}
            Visit::WriteLater => return true,
            Visit::PollAgain => waker.wake_by_ref(),
            Visit::Over => self.remove(key),
        }
        false
    }

    /// The time for a visit in the round that began at `now`. With a limit on the message rate it
    /// is read anew: a round may be long, and the peer earns messages until its visit.
    fn time_for(&self, core: &Core, now: Instant) -> Instant {
        match core.config.max_message_rate {
            Some(_) => clock::now(),
            None => now,
        }
    }

    fn remove(&self, key: Key) {
        let driven = self.driven.borrow_mut().get_mut(key).and_then(Option::take);
        if let Some(driven) = driven {
            abandon(driven);
        }
        let mut all = self.driven.borrow_mut();
        while all.last().is_some_and(Option::is_none) {
            all.pop();
        }
        if all.capacity() > 64 && all.len() < all.capacity() / 8 {
            all.shrink_to_fit();
        }
    }

    /// Checks the timeouts of every connection.
    fn tick(&self, now: Instant, late: Duration) {
        let count = self.driven.borrow().len();
        for key in 0..count {
            if let Some(driven) = self.driven(key)
                && guarded(driven.core(), || driven.tick(now, late)).is_none()
            {
                self.remove(key);
            }
        }
    }
}

impl Registration {
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0
    }

    /// Has the pump run the connection from now on. If the pump of this thread has ended, the
    /// connection is dropped with its driver.
    pub(crate) fn drive(&self, connection: Rc<dyn Driven>) {
        let Self(core) = self;
        let Some(local) = LocalWorker::here(&core.worker) else {
            return;
        };
        let mut driven = local.driven.borrow_mut();
        if driven.len() <= core.key() {
            driven.resize_with(core.key() + 1, || None);
        }
        driven[core.key()] = Some(connection);
        core.wake();
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.0.worker.unregister(self.0.key());
    }
}

/// Runs the work of one connection; `None` if that panics. Code of the application has guards of
/// its own. This guard is for mistakes of the engine, which must not end the other connections of
/// the worker.
fn guarded<R>(core: &Core, work: impl FnOnce() -> R) -> Option<R> {
    let done = guard::call(work);
    done.map_err(|panic| panic.log(&core.config.path, "a connection panicked; dropping it"))
        .ok()
}

/// Drops a connection at any point of its life.
fn abandon(driven: Rc<dyn Driven>) {
    let core = driven.core().clone();
    guarded(&core, move || driven.abandon());
}

/// Runs the worker, and removes it from its space when the runtime of its thread ends.
struct Pump(Rc<LocalWorker>);

impl Pump {
    async fn run(self) {
        let local = &self.0;
        let mut round = clock::now();
        let mut look = LONGEST_LOOK;
        let mut next_look = pin!(sleep_until(round + look));
        let looks = Looks::begin(Reading::take());
        poll_fn(|cx| {
            let now = clock::now();
            let last_round = mem::replace(&mut round, now);
            if mem::replace(&mut look, local.look.get()) != look {
                next_look.as_mut().reset(now + look);
            }
            if now.duration_since(last_round) > look && looks.is_clock_moved(&Reading::take()) {
                // A test has advanced the clock. The connections have noted input and output since
                // the last check, without a time. A check at `now` would date these after the
                // advance, so one with the time of the last round comes first.
                local.tick(last_round, Duration::ZERO);
            }
            local.run(now);
            // Timeouts are checked after reading: a peer must not be given up while its bytes wait
            // to be read.
            while local.worker.connections() > 0 && next_look.as_mut().poll(cx).is_ready() {
                local.tick(now, looks.note(Reading::take(), look));
                next_look.as_mut().reset(now + look);
            }
            if !local.worker.inbox().rest(cx.waker()) {
                // Work that came up meanwhile waits until tokio has run its other tasks, its timers
                // and the network. Tokio runs a task that wakes itself sixty times before that, and
                // a peer that floods its socket would delay the others by so much.
                let _ = pin!(yield_now()).poll(cx);
            }
            Poll::Pending
        })
        .await
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        let local = &self.0;
        // After a panic in a round.
        local.end_polls();
        // No pump runs these connections any more.
        let driven = mem::take(&mut *local.driven.borrow_mut());
        driven.into_iter().flatten().for_each(abandon);
        local.worker.inbox().end();
        local.worker.space().remove_worker(&local.worker);
        // While the thread itself ends, the list may be gone already.
        let _ = LOCAL.try_with(|all| all.borrow_mut().retain(|other| !Rc::ptr_eq(other, local)));
    }
}

#[cfg(test)]
mod tests;

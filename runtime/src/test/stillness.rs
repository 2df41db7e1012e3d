//! Detects that nothing more happens by itself.
//!
//! tokio calls a hook before it parks the thread. At that time no task is left to run. If the
//! thread parked, tokio would move the paused clock to the next timer. So the hook lets the thread
//! park only while the test moves the clock or lets it run in real time. Otherwise the hook wakes
//! the root of the test, which decides what happens next: see [`run`](super::run).

use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool,
            Ordering::{AcqRel, Acquire, Release},
        },
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

/// While the thread waits for blocking tasks, it polls real I/O after each such period.
const REST: Duration = Duration::from_millis(1);

/// The state that the hooks of the runtime share with the root of the test. It is also the waker of
/// the test and of all its tasks.
#[derive(Debug)]
pub(super) struct Stillness {
    /// Whether the test or one of its tasks has been woken.
    woken: AtomicBool,
    /// Whether the thread was about to park although nothing had been woken.
    still: AtomicBool,
    /// Whether the thread may park. If it parks, tokio moves the clock to the next timer.
    may_park: AtomicBool,
    /// The number of threads that run blocking tasks.
    blocking: Mutex<usize>,
    changed: Condvar,
    root: Mutex<Option<Waker>>,
}

impl Stillness {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            woken: AtomicBool::new(true),
            still: AtomicBool::new(false),
            may_park: AtomicBool::new(false),
            blocking: Mutex::new(0),
            changed: Condvar::new(),
            root: Mutex::new(None),
        })
    }

    /// Builds a runtime of one thread with a paused clock. Its hooks update this state.
    pub(super) fn runtime(self: &Arc<Self>) -> io::Result<Runtime> {
        let (on_park, on_spawn, on_stop) = (self.clone(), self.clone(), self.clone());
        Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .on_thread_park(move || on_park.before_park())
            // The naming function counts the threads. tokio calls it before the thread starts, so
            // no thread is missed. With a keep-alive of zero, a thread stops when it has no more
            // tasks.
            .thread_name_fn(move || {
                on_spawn.count_blocking(|threads| threads + 1);
                "levante-test-blocking".into()
            })
            .thread_keep_alive(Duration::ZERO)
            .on_thread_stop(move || on_stop.count_blocking(|threads| threads.saturating_sub(1)))
            .build()
    }

    /// Stores the waker of the root.
    pub(super) fn watch(&self, cx: &Context<'_>) {
        let mut root = lock(&self.root);
        match &mut *root {
            Some(root) => root.clone_from(cx.waker()),
            None => *root = Some(cx.waker().clone()),
        }
    }

    /// Whether the test or one of its tasks has been woken since the last call.
    pub(super) fn take_woken(&self) -> bool {
        self.woken.swap(false, AcqRel)
    }

    /// Whether the thread was about to park, without a wake, since the last call.
    pub(super) fn take_still(&self) -> bool {
        self.still.swap(false, AcqRel)
    }

    /// Sets whether the thread may park.
    pub(super) fn let_park(&self, may_park: bool) {
        self.may_park.store(may_park, Release);
    }

    fn before_park(&self) {
        // The root must be polled first, or the clock may move.
        if self.woken.load(Acquire) || self.may_park.load(Acquire) {
            return;
        }
        let threads = lock(&self.blocking);
        if *threads > 0 {
            let waits = |threads: &mut usize| *threads > 0 && !self.woken.load(Acquire);
            drop(self.changed.wait_timeout_while(threads, REST, waits));
        } else {
            drop(threads);
            self.still.store(true, Release);
        }
        self.wake_root();
    }

    fn count_blocking(&self, count: impl FnOnce(usize) -> usize) {
        let mut threads = lock(&self.blocking);
        *threads = count(*threads);
        drop(threads);
        self.changed.notify_all();
    }

    fn wake_root(&self) {
        let root = lock(&self.root);
        if let Some(root) = &*root {
            root.wake_by_ref();
        }
    }
}

impl Wake for Stillness {
    fn wake(self: Arc<Self>) {
        Self::wake_by_ref(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Release);
        self.changed.notify_all();
        self.wake_root();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

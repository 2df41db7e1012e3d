//! The space that is the global one on the thread of a test.

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Weak},
    thread,
};

use super::Space;

thread_local! {
    static CURRENT: RefCell<Current> = const { RefCell::new(Current::NONE) };
}

#[derive(Clone)]
struct Current {
    /// The space of the test that runs on this thread.
    test: Option<Arc<Space>>,
    /// The space of the application whose code runs now.
    here: Option<Weak<Space>>,
    /// Whether the test has several nodes, so that outside of their code no space is the right one.
    has_nodes: bool,
}

impl Current {
    const NONE: Self = Self {
        test: None,
        here: None,
        has_nodes: false,
    };

    fn get() -> Self {
        // `try_with`, because a handler may ask while the thread's own data are dropped.
        let current = CURRENT.try_with(|current| current.borrow().clone());
        current.unwrap_or(Self::NONE)
    }

    fn change<T>(change: impl FnOnce(&mut Self) -> T) -> Option<T> {
        CURRENT
            .try_with(|current| change(&mut current.borrow_mut()))
            .ok()
    }
}

/// The space that is the global one here, if a test runs on this thread.
#[track_caller]
pub(crate) fn current() -> Option<Arc<Space>> {
    let Current {
        test,
        here,
        has_nodes,
    } = Current::get();
    let test = test?;
    if let Some(here) = here.and_then(|here| here.upgrade()) {
        return Some(here);
    }
    // A panic while another one drops the test would abort the process.
    if has_nodes && !thread::panicking() {
        panic!(
            "`Server::global()` is none of the nodes here. It is one only in the handlers, routes and \
             middleware of that node. Take its server there, with `ws.server()` or the extractor \
             `Server`, and give it to this task. The test itself has `nodes[0].server()`"
        );
    }
    Some(test)
}

/// Whether a test runs on this thread.
pub(crate) fn is_running() -> bool {
    Current::get().test.is_some()
}

/// Begins a test on this thread, whose space is the global one. `None` ends it.
pub(crate) fn replace(test: Option<Arc<Space>>) {
    let replaced = Current::change(|current| {
        let begun = Current {
            test,
            ..Current::NONE
        };
        std::mem::replace(current, begun)
    });
    // Dropped only now, because dropping it may run code that asks.
    drop(replaced);
}

/// Notes that the test has several nodes.
pub(crate) fn has_nodes() {
    Current::change(|current| current.has_nodes = true);
}

/// Runs code of the application with this space.
pub(crate) async fn within<F: Future>(space: Weak<Space>, code: F) -> F::Output {
    run_in(Some(space), code).await
}

/// Runs code of the application whose code runs now.
pub(crate) fn within_same<F: Future>(code: F) -> impl Future<Output = F::Output> {
    run_in(Current::get().here, code)
}

async fn run_in<F: Future>(here: Option<Weak<Space>>, code: F) -> F::Output {
    let mut code = pin!(code);
    poll_fn(|cx| {
        let _entered = Entered::new(here.clone());
        code.as_mut().poll(cx)
    })
    .await
}

/// Restores the space of the code before when it is dropped.
struct Entered(Option<Weak<Space>>);

impl Entered {
    fn new(here: Option<Weak<Space>>) -> Self {
        let before = Current::change(|current| std::mem::replace(&mut current.here, here));
        Self(before.flatten())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.0.take();
        Current::change(|current| current.here = before);
    }
}

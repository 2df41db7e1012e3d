use std::sync::Arc;

use super::{identity, register};
use crate::{
    wakes::Wakes,
    worker::{Core, Identity, Space, Worker, core::SocketId},
};

/// A worker whose pump sleeps on another thread.
pub(crate) struct Asleep {
    wakes: Arc<Wakes>,
    _core: Option<Arc<Core>>,
}

impl Asleep {
    /// The worker is awake until now, and has nothing to do.
    pub(super) fn now(worker: &Worker) -> Self {
        let (wakes, waker) = Wakes::new();
        assert!(worker.inbox().rest(&waker));
        Self { wakes, _core: None }
    }

    /// Adds such a worker to a space, with a subscriber.
    pub(crate) fn subscribed(space: &Arc<Space>, topic: &str) -> Self {
        let worker = Arc::new(Worker::new(space.clone()));
        space.add_worker(worker.clone());
        let tag = space.link().map(|link| link.tag());
        let id = SocketId::random(tag).unwrap();
        let core = register(&worker, Identity { id, ..identity() });
        assert!(worker.subscribe(&core, topic));
        let _core = Some(core);
        Self {
            _core,
            ..Self::now(&worker)
        }
    }

    /// How often the pump was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.get()
    }
}

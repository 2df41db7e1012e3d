//! Publishes that one worker hands over to another one.

use std::{
    hint::black_box,
    rc::Rc,
    sync::{
        Arc,
        atomic::{
            AtomicU8,
            Ordering::{Acquire, Release},
        },
    },
    thread::{self, JoinHandle, Thread},
};

use levante::{__drive::Worker, prelude::*};

use crate::{
    Call, HotPath,
    connections::{HEADER, PUBLISHED, subscribing},
    path,
    stream::{Peer, Stream},
};

/// A message is published on a worker without subscribers, waits for the worker of all subscribers, and
/// is delivered and written there.
pub(crate) const PATHS: &[HotPath] = &[
    path("hand-over-64-to-10", 10 * PUBLISHED, hand_over),
    path("hand-over-64-to-1000", 1_000 * PUBLISHED, hand_over),
];

/// `bytes` is how many bytes of payload all subscribers together receive.
fn hand_over(bytes: usize) -> Call {
    let subscribers = bytes / PUBLISHED;
    let peer = Rc::new(Peer::default());
    let server = Server::new();
    let worker = Worker::<subscribing::Endpoint>::new(&server);
    for _ in 0..subscribers {
        worker.connect(subscribing::Visitor, Stream(peer.clone()));
    }
    worker.turn();
    let publisher = Publisher::start(server);
    Box::new(move || {
        publisher.publish();
        worker.turn();
        peer.take_received().saturating_sub(subscribers * HEADER)
    })
}

/// A thread with a worker of its own. It and its maker take turns, so that the instructions of both do
/// not depend on time.
struct Publisher {
    task: Arc<AtomicU8>,
    thread: Option<JoinHandle<()>>,
}

/// What a [`Publisher`] is to do.
mod task {
    pub(super) const WAIT: u8 = 0;
    pub(super) const PUBLISH: u8 = 1;
    pub(super) const END: u8 = 2;
}

impl Publisher {
    fn start(server: Server) -> Self {
        let task = Arc::new(AtomicU8::new(task::WAIT));
        let (its_task, maker) = (task.clone(), thread::current());
        let thread = thread::spawn(move || obey(&server, &its_task, &maker));
        Self {
            task,
            thread: Some(thread),
        }
    }

    /// Returns when the thread has published.
    fn publish(&self) {
        self.tell(task::PUBLISH);
        while self.task.load(Acquire) == task::PUBLISH {
            thread::park();
        }
    }

    fn tell(&self, task: u8) {
        self.task.store(task, Release);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.tell(task::END);
        if let Some(thread) = self.thread.take() {
            // It fails only if the thread has panicked, which has printed why.
            let _ = thread.join();
        }
    }
}

fn obey(server: &Server, task: &AtomicU8, maker: &Thread) {
    let _worker = Worker::<subscribing::Endpoint>::new(server);
    let message = [b'a'; PUBLISHED];
    loop {
        match task.load(Acquire) {
            task::PUBLISH => {
                server.publish("feed", black_box(&message[..]));
                task.store(task::WAIT, Release);
                maker.unpark();
            }
            task::END => return,
            _ => thread::park(),
        }
    }
}

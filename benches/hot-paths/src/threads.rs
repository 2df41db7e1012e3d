//! Publishes of several workers at the same time.

use std::{
    fs, io,
    rc::Rc,
    sync::{Arc, Barrier},
    thread,
};

use levante::{__drive::Worker, prelude::*};

use crate::stream::{Peer, Stream};

/// Subscribers of each thread.
const SUBSCRIBERS: usize = 10;

const PAYLOAD: [u8; 64] = [b'a'; 64];

#[websocket("/topic")]
#[expect(dead_code, reason = "no application mounts it")]
mod subscribing {
    use super::*;

    pub(super) struct Visitor(pub(super) Rc<str>);

    fn attach() -> Visitor {
        Visitor(Rc::from(""))
    }

    fn open(ws: &Ws) {
        ws.subscribe(&*ws.data.0);
    }
}

/// What threads that publish at the same time have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Common {
    /// Nothing: each has a space of its own. It shows the cost of the machine alone.
    Nothing,
    /// The space. Each has a topic of its own.
    Space,
    /// The space, with a receiver in server code for one more topic.
    SpaceWithReceiver,
    /// The topic, too: each thread hands its publishes over to all others.
    Topic,
}

/// Lets each of several threads publish so often, to ten subscribers on each thread of its topic.
/// Returns the CPU time of a publish, in nanoseconds, with the deliveries on its thread. Topics of
/// another `trial` have other names.
///
/// # Errors
///
/// If the kernel does not say how long a thread has run.
pub fn publish_on_threads(
    threads: usize,
    publishes: usize,
    common: Common,
    trial: usize,
) -> io::Result<f64> {
    let shared = Server::new();
    let receiver = (common == Common::SpaceWithReceiver).then(|| shared.subscribe("other"));
    let barrier = Arc::new(Barrier::new(threads));
    let running: Vec<_> = (0..threads)
        .map(|number| {
            let server = match common {
                Common::Nothing => Server::new(),
                _ => shared.clone(),
            };
            let topic = match common {
                Common::Topic => trial.to_string(),
                _ => format!("{trial}/{number}"),
            };
            let barrier = barrier.clone();
            thread::spawn(move || publish(&server, &topic, publishes, &barrier))
        })
        .collect();
    let mut nanos = 0.0;
    for thread in running {
        let ended = thread.join();
        nanos += ended.map_err(|_| io::Error::other("a thread has panicked"))??;
    }
    drop(receiver);
    Ok(nanos / threads as f64)
}

fn publish(server: &Server, topic: &str, publishes: usize, barrier: &Barrier) -> io::Result<f64> {
    let peer = Rc::new(Peer::default());
    let worker = Worker::<subscribing::Endpoint>::new(server);
    for _ in 0..SUBSCRIBERS {
        let visitor = subscribing::Visitor(topic.into());
        worker.connect(visitor, Stream(peer.clone()));
    }
    worker.turn();
    let round = || {
        server.publish(topic, &PAYLOAD[..]);
        worker.turn();
    };
    // Buffers grow first.
    (0..100).for_each(|_| round());
    barrier.wait();
    let before = thread_time()?;
    (0..publishes).for_each(|_| round());
    let after = thread_time()?;
    // No thread ends while another one publishes.
    barrier.wait();
    Ok((after - before) as f64 / publishes as f64)
}

/// The time for which this thread has run, in nanoseconds.
fn thread_time() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split_whitespace().next().map(str::parse);
    match nanos {
        Some(Ok(nanos)) => Ok(nanos),
        _ => Err(io::Error::other(
            "this kernel's schedstat is not what we know",
        )),
    }
}

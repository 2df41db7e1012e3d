//! The connections of clients to the broker.

use std::sync::Arc;

use tokio::time::{sleep, sleep_until};

use super::bus::{Bus, Handle, Next};
use crate::{
    clock,
    cluster::broker::{
        BrokerError, Connection, Inbound, Post, Publisher, Received, Refusal, Subscriber,
    },
};

/// The connection that all parts share. The last part that is dropped ends it.
#[derive(Clone)]
struct Shared(Arc<Inner>);

struct Inner {
    bus: Arc<Bus>,
    handle: Handle,
}

pub(crate) struct MemoryPublisher(Shared);

pub(crate) struct MemorySubscriber(Shared);

pub(crate) struct MemoryInbound(Shared);

pub(super) async fn connect(
    bus: &Arc<Bus>,
    client: &str,
) -> Result<Connection<MemoryPublisher, MemorySubscriber, MemoryInbound>, BrokerError> {
    travel(bus, client).await;
    let handle = bus.lock().connect(client)?;
    let bus = bus.clone();
    let shared = Shared(Arc::new(Inner { bus, handle }));
    Ok(Connection {
        publisher: MemoryPublisher(shared.clone()),
        subscriber: MemorySubscriber(shared.clone()),
        inbound: MemoryInbound(shared),
    })
}

/// Takes the way from the client to the broker, or back.
async fn travel(bus: &Bus, client: &str) {
    let delay = bus.lock().faults.way(client).delay;
    if !delay.is_zero() {
        sleep(delay).await;
    }
    bus.passable(client).await;
}

impl Shared {
    async fn travel(&self) {
        travel(&self.0.bus, &self.0.handle.client).await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.bus.lock().disconnect(&self.handle);
    }
}

impl Publisher for MemoryPublisher {
    async fn publish(&mut self, batch: &[Post<'_>]) -> Result<Vec<Refusal>, BrokerError> {
        let Inner { bus, handle } = &*self.0.0;
        self.0.travel().await;
        let refusals = bus.lock().publish(handle, batch, clock::now());
        self.0.travel().await;
        refusals
    }

    fn max_payload(&self) -> usize {
        let max_payload = self.0.0.bus.lock().faults.max_payload;
        max_payload.unwrap_or(usize::MAX)
    }

    async fn close(self) {
        let Inner { bus, handle } = &*self.0.0;
        bus.lock().disconnect(handle);
        handle.arrived.notify_one();
    }
}

impl Subscriber for MemorySubscriber {
    async fn subscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError> {
        let Inner { bus, handle } = &*self.0.0;
        self.0.travel().await;
        let subscribed = bus.lock().subscribe(handle, subjects);
        self.0.travel().await;
        subscribed
    }

    async fn unsubscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError> {
        let Inner { bus, handle } = &*self.0.0;
        self.0.travel().await;
        let unsubscribed = bus.lock().unsubscribe(handle, subjects);
        self.0.travel().await;
        unsubscribed
    }
}

impl Inbound for MemoryInbound {
    async fn next(&mut self) -> Option<Result<Received, BrokerError>> {
        let Inner { bus, handle } = &*self.0.0;
        loop {
            let next = bus.lock().next(handle, clock::now());
            match next {
                Next::Received(received) => return Some(Ok(received)),
                Next::Ended => return None,
                Next::Wait => handle.arrived.notified().await,
                Next::Due(due) => sleep_until(due).await,
            }
        }
    }
}

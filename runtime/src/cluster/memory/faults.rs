//! Faults on purpose, for tests. A client is named as it has connected: see
//! [`Cluster::client`](crate::cluster::Cluster).

use std::time::Duration;

use super::{Memory, bus::Faults};
use crate::cluster::broker::{BrokerError, Kind};

#[allow(
    dead_code,
    reason = "the kit for tests needs some of them, our own tests all"
)]
impl Memory {
    /// Lets nothing through between a client and the broker, in either direction, and tells neither.
    pub(crate) fn cut(&self, client: &str) {
        self.change(|faults| faults.ways.entry(client.into()).or_default().is_cut = true);
    }

    /// Lets everything through again, also what was held up.
    pub(crate) fn heal(&self, client: &str) {
        self.change(|faults| faults.ways.entry(client.into()).or_default().is_cut = false);
    }

    /// How long each message between a client and the broker takes, in each direction.
    pub(crate) fn delay(&self, client: &str, delay: Duration) {
        self.change(|faults| faults.ways.entry(client.into()).or_default().delay = delay);
    }

    /// How long each message takes from one client to another. A client's own messages come back at
    /// once.
    pub(crate) fn delay_between(&self, delay: Duration) {
        self.change(|faults| faults.delay = delay);
    }

    /// Has the broker answer nothing, as a stopped process does.
    pub(crate) fn freeze(&self) {
        self.change(|faults| faults.is_frozen = true);
    }

    pub(crate) fn thaw(&self) {
        self.change(|faults| faults.is_frozen = false);
    }

    /// Ends all connections of a client.
    pub(crate) fn reset(&self, client: &str) {
        self.bus.lock().break_all(Some(client), true);
        self.change(|_| ());
    }

    /// Ends the broker: all connections break, and what was on its way is lost.
    pub(crate) fn stop(&self) {
        self.bus.lock().break_all(None, false);
        self.refuse(Kind::Unreachable, "the broker is stopped");
    }

    /// Starts a stopped broker, and ends all refusals.
    pub(crate) fn start(&self) {
        self.change(|faults| {
            faults.refusal = None;
            faults.denied.clear();
        });
    }

    /// Refuses all connections that are made from now on.
    pub(crate) fn refuse(&self, kind: Kind, text: &str) {
        self.change(|faults| faults.refusal = Some(BrokerError::new(kind, text)));
    }

    /// Refuses to publish and to subscribe subjects with this beginning.
    pub(crate) fn deny(&self, beginning: &str) {
        self.change(|faults| faults.denied.push(beginning.into()));
    }

    /// Ends the connection of a client that publishes a payload with this text.
    pub(crate) fn break_on(&self, text: &str) {
        self.change(|faults| faults.breaking = Some(text.into()));
    }

    /// Refuses larger payloads from the next connection on.
    pub(crate) fn set_max_payload(&self, bytes: usize) {
        self.change(|faults| faults.max_payload = Some(bytes));
    }

    /// The number of connections that subscribe to a subject.
    #[cfg(test)]
    pub(crate) fn subscribers_of(&self, subject: &str) -> usize {
        self.bus.lock().subscribers_of(subject)
    }

    /// The number of connections.
    #[cfg(test)]
    pub(crate) fn connections(&self) -> usize {
        self.bus.connections()
    }

    fn change(&self, change: impl FnOnce(&mut Faults)) {
        let mut state = self.bus.lock();
        change(&mut state.faults);
        state.wake_all();
        drop(state);
        self.bus.changed.notify_waiters();
    }
}

//! Heartbeats, and all that ends by time: leases, counts, the patience with the broker.

use std::future::poll_fn;

use tokio::time::{Instant, sleep_until};

use super::core::{Asks, Core};
use crate::{
    clock,
    cluster::{
        broker::{BrokerError, Kind},
        gate::Gate,
        subject::Subject,
    },
    log::{Quoted, limited},
};

/// After so many leases the messages do not wait any longer for a node that is alive and does not
/// become ready.
const PATIENCE: u32 = 2;

/// Watches a session, and ends with an error if the broker is silent for too long.
pub(super) async fn run(core: &Core) -> BrokerError {
    let settings = &core.shared.settings;
    let (deadline, beat) = (settings.deadline, settings.lease / 3);
    let mut now = clock::now();
    let mut reads = core.session.reads.borrow().count();
    let (mut next_beat, mut probed) = (now + beat, now);
    loop {
        if next_beat <= now {
            core.want_hello(Asks::No);
            next_beat = now + beat;
        }
        let reads_now = core.session.reads.borrow().count();
        if reads_now != reads {
            // A large message is on its way.
            reads = reads_now;
            core.session.proof.set(now);
        }
        let proof = core.session.proof.get();
        if proof + deadline <= now {
            let text = format!("nothing has come back for {deadline:?}");
            return BrokerError::new(Kind::TimedOut, text);
        }
        let mut next_probe = proof.max(probed) + deadline / 3;
        if next_probe <= now {
            core.probe(Subject::Node(core.shared.link.tag()), now);
            probed = now;
            next_probe = now + deadline / 3;
        }
        core.end_leases(now);
        let patience = core.open_gate(now);
        core.counts.borrow_mut().expire(now);
        let others = [
            core.shared.registry().deadline(),
            core.counts.borrow().deadline(),
            patience,
        ];
        let next = others
            .into_iter()
            .flatten()
            .chain([next_beat, next_probe, proof + deadline])
            .min();
        tokio::select! {
            () = sleep_until(next.unwrap_or(next_beat)) => {}
            () = poll_fn(|cx| core.to_watch.poll(cx)) => {}
        }
        now = clock::now();
    }
}

impl Core {
    /// Forgets the nodes whose lease has ended.
    fn end_leases(&self, now: Instant) {
        let mut ended = Vec::new();
        self.shared.registry().expire(now, |peer| ended.push(peer));
        for peer in ended {
            limited!(
                WARN,
                node = %Quoted(&peer.name),
                "the lease of a node of the cluster has ended"
            );
            self.gone(peer.id, now);
        }
    }

    /// Opens the gate if other nodes need too long to become ready, and takes what is kept of nodes that
    /// do not answer. Returns when that will be, if there is such a node.
    fn open_gate(&self, now: Instant) -> Option<Instant> {
        let waiting = self.gate.borrow().awaited().count();
        if waiting == 0 && self.hold.borrow().is_open() {
            return None;
        }
        let until = self.session.began.get() + self.shared.settings.lease * PATIENCE;
        if now < until {
            return Some(until);
        }
        self.open_hold(now);
        if waiting == 0 {
            return None;
        }
        limited!(
            WARN,
            nodes = waiting,
            "nodes of the cluster are alive and do not hear their topics: messages wait no longer for \
             them"
        );
        self.at_gate(Gate::open);
        None
    }

    /// Waits no longer for a node that has left the cluster.
    pub(super) fn gone(&self, node: u64, now: Instant) {
        self.counts.borrow_mut().gone(node);
        self.at_gate(|gate| gate.gone(node));
        self.release(node, now);
    }

    /// Changes the gate. The messages that wait at it go on if it opens.
    pub(super) fn at_gate(&self, change: impl FnOnce(&mut Gate)) {
        let mut gate = self.gate.borrow_mut();
        let was_open = gate.is_open();
        change(&mut gate);
        if gate.is_open() && !was_open {
            self.to_publish.set();
        }
    }
}

//! The connection of a space to the other nodes of a cluster, as the space sees it: a queue of what
//! other nodes are to get, and the topics of which this node's interest may have changed.
//!
//! A worker only pushes. The thread of the broker takes, encodes, sends and waits. So this room
//! knows no broker and no clock, and needs no runtime. Its lock is the last in the order: topics
//! are marked under a stripe of the directory or under the lock of the receivers.

mod item;
mod marks;
mod queue;
mod routed;
mod slot;
mod stage;

use std::{
    cell::Cell,
    collections::VecDeque,
    fmt,
    task::{Context, Poll},
};

use tokio::sync::watch;

#[cfg(test)]
pub(crate) use self::item::OwnedPolicy;
pub use self::routed::Routed;
pub(crate) use self::{
    item::{Item, Target, What},
    queue::Levels,
    slot::Slot,
    stage::Stage,
};
use self::{marks::Marks, queue::Queue};
use crate::topics::{Name, SharedName};

/// The lock of [`queue`]. A test replaces it with that of a model checker.
mod sync {
    pub(super) use crate::lock::MutexGuard;
    use crate::lock::{LINK, Mutex};

    pub(super) type LinkMutex<T> = Mutex<T, LINK>;
}

/// The link of a space to other nodes.
pub(crate) struct Link {
    /// Identifies this node. It is random.
    node: u64,
    /// The bytes that items may hold until they are [released](Self::release).
    limit: usize,
    queue: Queue<(Target, What), Marks>,
    stage: watch::Sender<Stage>,
    /// All items up to this sequence number are acknowledged or lost.
    confirmed: watch::Sender<u64>,
}

impl Link {
    pub(crate) fn new(node: u64, limit: usize) -> Self {
        Self {
            node,
            limit,
            queue: Queue::new(),
            stage: watch::Sender::new(Stage::Running),
            confirmed: watch::Sender::new(0),
        }
    }

    pub(crate) fn node(&self) -> u64 {
        self.node
    }

    /// The part of [`Self::node`] that is in the ids of this node's sockets.
    pub(crate) fn tag(&self) -> u32 {
        self.node as u32
    }

    /// Queues an item for other nodes. `false` if there is no room or the link stops; the item then
    /// counts as refused. Any thread may call it, without a lock of a lower rank.
    pub(crate) fn offer(&self, target: Target, what: What) -> bool {
        let cost = item::cost(&target, &what);
        self.queue.offer((target, what), cost, self.limit)
    }

    /// Queues an item as [`Self::offer`] does, and may let the thread of the broker sleep on: each wake
    /// takes longer than the rest of a publish, and would divide a burst. [`Self::wake`] must follow at
    /// once behind the last item.
    pub(crate) fn offer_quietly(&self, target: Target, what: What) -> bool {
        let cost = item::cost(&target, &what);
        self.queue.offer_quietly((target, what), cost, self.limit)
    }

    /// Wakes the thread of the broker if items wait for it.
    pub(crate) fn wake(&self) {
        self.queue.wake_taker();
    }

    /// Notes that this node's interest in a topic may have changed. To be called under the lock
    /// under which it has changed: whoever reads the interest afterwards sees the change.
    pub(crate) fn mark(&self, topic: Name<'_>) {
        self.queue.mark(|marks| marks.insert(topic));
    }

    /// Appends items to `into`, oldest first, until they have a cost of `bytes`. Takes at least one,
    /// if there is one.
    pub(crate) fn take(&self, into: &mut VecDeque<Item>, bytes: usize) {
        let count = Cell::new(0);
        let wants = |_, taken| taken <= bytes || count.get() == 0;
        self.queue.take(wants, |sequence, item| {
            count.set(count.get() + 1);
            into.push_back(Item::new(sequence, item));
        });
    }

    /// Appends the items up to this sequence number to `into`.
    #[cfg_attr(not(test), allow(dead_code, reason = "the engine takes all"))]
    pub(crate) fn take_up_to(&self, into: &mut VecDeque<Item>, last: u64) {
        let wants = |sequence, _| sequence <= last;
        self.queue.take(wants, |sequence, item| {
            into.push_back(Item::new(sequence, item));
        });
    }

    /// The topics that were marked since the last call. They are bounded only by these calls.
    pub(crate) fn take_marks(&self) -> Vec<SharedName> {
        self.queue.take_marks().into_names()
    }

    /// Waits for items. Keeps the waker of the last call only; [`Self::take`] forgets it, so that an
    /// offer to a busy thread wakes nothing.
    pub(crate) fn poll_items(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.queue.poll_items(cx.waker())
    }

    /// Waits for marks, as [`Self::poll_items`] does for items.
    pub(crate) fn poll_marks(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.queue.poll_marks(cx.waker())
    }

    /// Makes room: items of this total [cost](Item::cost) hold no memory any more.
    pub(crate) fn release(&self, cost: usize) {
        self.queue.release(cost);
    }

    /// Notes that all items up to this sequence number are acknowledged or lost.
    pub(crate) fn confirm(&self, sequence: u64) {
        self.confirmed.send_if_modified(|confirmed| {
            let rises = *confirmed < sequence;
            *confirmed = sequence.max(*confirmed);
            rises
        });
    }

    pub(crate) fn levels(&self) -> Levels {
        self.queue.levels()
    }

    pub(crate) fn stages(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Accepts no more items, and has the thread of the broker send those that were accepted, say
    /// goodbye and leave.
    pub(crate) fn stop(&self) {
        self.queue.close();
        self.raise(Stage::Stopping);
    }

    /// Has the thread of the broker leave at once.
    pub(crate) fn abandon(&self) {
        self.queue.close();
        self.raise(Stage::Abandoned);
    }

    /// Notes that the thread of the broker has left. Items that still wait count as refused.
    pub(crate) fn left(&self) {
        self.queue.end();
        self.raise(Stage::Left);
        self.confirm(u64::MAX);
    }

    /// Waits until the thread of the broker has left.
    pub(crate) async fn stopped(&self) {
        // This cannot fail, because `self` holds the sender.
        let _ = self.stages().wait_for(|stage| *stage == Stage::Left).await;
    }

    /// Waits until all items that were accepted before the call are acknowledged or lost.
    pub(crate) async fn flushed(&self) {
        let last = self.levels().last_sequence;
        let mut confirmed = self.confirmed.subscribe();
        // This cannot fail, because `self` holds the sender.
        let _ = confirmed.wait_for(|confirmed| *confirmed >= last).await;
    }

    fn raise(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let rises = *stage < to;
            *stage = to.max(*stage);
            rises
        });
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("levels", &self.levels())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

//! Counts on other nodes that are not complete yet.

use std::collections::{BTreeMap, BTreeSet};

use tokio::{sync::oneshot, time::Instant};

use super::shared::Others;

#[derive(Default)]
pub(super) struct Counts {
    last: u64,
    open: BTreeMap<u64, Count>,
}

struct Count {
    missing: BTreeSet<u64>,
    others: Others,
    deadline: Instant,
    reply: oneshot::Sender<Others>,
}

impl Counts {
    /// Begins a count, and returns its number. It waits for these nodes.
    pub(super) fn begin(
        &mut self,
        nodes: impl Iterator<Item = u64>,
        deadline: Instant,
        reply: oneshot::Sender<Others>,
    ) -> u64 {
        self.last += 1;
        let count = Count {
            missing: nodes.collect(),
            others: Others::default(),
            deadline,
            reply,
        };
        self.open.insert(self.last, count);
        self.end(|count| count.missing.is_empty());
        self.last
    }

    /// Notes the answer of a node. An answer of a node that is not waited for does not count.
    pub(super) fn answered(&mut self, query: u64, node: u64, subscribers: u64) {
        if let Some(count) = self.open.get_mut(&query)
            && count.missing.remove(&node)
        {
            count.others.nodes += 1;
            let subscribers = usize::try_from(subscribers).unwrap_or(usize::MAX);
            count.others.subscribers = count.others.subscribers.saturating_add(subscribers);
        }
        self.end(|count| count.missing.is_empty());
    }

    /// Notes that a node has left the cluster: it has no subscribers any more.
    pub(super) fn gone(&mut self, node: u64) {
        for count in self.open.values_mut() {
            count.missing.remove(&node);
        }
        self.end(|count| count.missing.is_empty());
    }

    /// Ends those whose deadline is over, and those for which nothing waits any more.
    pub(super) fn expire(&mut self, now: Instant) {
        self.end(|count| count.deadline <= now || count.reply.is_closed());
    }

    /// Ends all, because the connection is lost.
    pub(super) fn disconnected(&mut self) {
        self.end(|_| true);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.values().map(|count| count.deadline).min()
    }

    fn end(&mut self, is_over: impl Fn(&Count) -> bool) {
        let over = self.open.iter().filter(|(_, count)| is_over(count));
        for query in over.map(|(query, _)| *query).collect::<Vec<_>>() {
            let Some(count) = self.open.remove(&query) else {
                continue;
            };
            let missing = count.missing.len();
            // The caller may have given up.
            let _ = count.reply.send(Others {
                is_connected: true,
                missing,
                ..count.others
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn others(reply: &mut oneshot::Receiver<Others>) -> Option<(usize, usize, usize)> {
        let others = reply.try_recv().ok()?;
        Some((others.subscribers, others.nodes, others.missing))
    }

    #[test]
    fn a_count_ends_when_all_have_answered_once() {
        let mut counts = Counts::default();
        let now = Instant::now();
        let (reply, mut result) = oneshot::channel();
        let query = counts.begin([1, 2, 3].into_iter(), now, reply);
        counts.answered(query, 1, 10);
        counts.answered(query, 1, 10);
        counts.answered(query + 1, 2, 10);
        counts.answered(query, 4, 10);
        assert_eq!(others(&mut result), None);
        counts.gone(2);
        counts.answered(query, 3, u64::MAX);
        assert_eq!(others(&mut result), Some((usize::MAX, 2, 0)));
        assert_eq!(counts.deadline(), None);
    }

    #[test]
    fn a_count_without_other_nodes_ends_at_once() {
        let mut counts = Counts::default();
        let (reply, mut result) = oneshot::channel();
        counts.begin([].into_iter(), Instant::now(), reply);
        assert_eq!(others(&mut result), Some((0, 0, 0)));
    }

    #[test]
    fn a_count_says_how_many_are_missing() {
        let mut counts = Counts::default();
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let (reply, mut first) = oneshot::channel();
        let query = counts.begin([1, 2].into_iter(), now, reply);
        let (reply, mut second) = oneshot::channel();
        counts.begin([1, 2].into_iter(), later, reply);
        let (reply, given_up) = oneshot::channel();
        counts.begin([1, 2].into_iter(), later, reply);
        drop(given_up);
        counts.answered(query, 1, 5);
        assert_eq!(counts.deadline(), Some(now));
        counts.expire(now);
        assert_eq!(others(&mut first), Some((5, 1, 1)));
        assert_eq!(counts.open.len(), 1);
        counts.disconnected();
        assert_eq!(others(&mut second), Some((0, 0, 2)));
    }
}

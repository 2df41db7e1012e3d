//! Subscribes to the topics that have a subscriber on this node, and to no others.

use std::future::poll_fn;

use tokio::time::{sleep_until, timeout};

use super::core::{Asks, Core};
use crate::{
    clock,
    cluster::{
        broker::{BrokerError, Kind, Subscriber},
        interest::Change,
        state::State,
        subject::Subject,
    },
    log::{Quoted, limited},
};

/// Subscribes and unsubscribes until that fails.
pub(super) async fn run(core: &Core, subscriber: &mut impl Subscriber) -> BrokerError {
    loop {
        core.take_marks(clock::now());
        if let Err(error) = reconcile(core, subscriber).await {
            return error;
        }
        // What was marked meanwhile. Those that wait have marked before they began to wait.
        core.take_marks(clock::now());
        let (is_synced, deadline) = {
            let interest = core.interest.borrow();
            (interest.is_synced(), interest.deadline())
        };
        if !is_synced {
            continue;
        }
        core.is_synced();
        let link = &core.shared.link;
        tokio::select! {
            biased;
            () = poll_fn(|cx| core.to_subscribe.poll(cx)) => {}
            () = poll_fn(|cx| link.poll_marks(cx)) => {}
            () = sleep_until(deadline.unwrap_or_else(clock::now)), if deadline.is_some() => {}
        }
    }
}

/// Makes the subscriptions what they should be.
async fn reconcile(core: &Core, subscriber: &mut impl Subscriber) -> Result<(), BrokerError> {
    let deadline = core.shared.settings.deadline;
    loop {
        let batch = core.interest.borrow_mut().next(clock::now());
        let Some(batch) = batch else {
            return Ok(());
        };
        let subjects: Vec<_> = {
            let interest = core.interest.borrow();
            let names = interest.names(&batch);
            names
                .map(|name| core.subjects.text(Subject::Topic(name)))
                .collect()
        };
        let changed = match batch.change {
            Change::Subscribe => timeout(deadline, subscriber.subscribe(&subjects)).await,
            Change::Unsubscribe => timeout(deadline, subscriber.unsubscribe(&subjects)).await,
        };
        changed.unwrap_or_else(|_| {
            let text = format!("no answer to a subscription within {deadline:?}");
            Err(BrokerError::new(Kind::TimedOut, text))
        })?;
        let mut interest = core.interest.borrow_mut();
        interest.done(batch, clock::now());
        core.shared
            .counters
            .topics
            .set(interest.subscribed() as u64);
    }
}

impl Core {
    /// Notes that the node hears all that it wants to hear.
    fn is_synced(&self) {
        self.synced();
        if self.session.is_ready.replace(true) {
            return;
        }
        let since = self.session.began.get();
        self.shared.state.send_replace(State::Connected { since });
        limited!(
            INFO,
            url = %Quoted(&self.shared.url),
            topics = self.shared.counters.topics.get(),
            "the node is connected to the broker of the cluster"
        );
        // The others hold their messages until then.
        self.want_hello(Asks::No);
    }
}

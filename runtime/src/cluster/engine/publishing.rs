//! Sends what this node has for others: its messages in their order, and the engine's own.

use std::{
    future::poll_fn,
    ops::Range,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};

use super::{
    core::{Core, OwnPost},
    gathering::{Gathering, NAP},
    session::Ended,
};
use crate::{
    clock,
    cluster::{
        broker::{BrokerError, Kind, Post, Publisher, Refusal},
        envelope::{Body, Envelope},
        subject::Subject,
        window::{Limits, Unsendable},
    },
    link::{Item, Target},
    log::Quoted,
};

/// The most messages of a batch.
const MOST_MESSAGES: usize = 256;

/// The bytes of a batch. It must be through well within the deadline, or the broker seems dead. So
/// a slow broker gets smaller ones.
pub(super) const FIRST_BUDGET: usize = 64 << 10;
const LEAST_BUDGET: usize = 4 << 10;
const MOST_BUDGET: usize = 256 << 10;

/// When nothing follows, a batch without messages is sent after this time. Its acknowledgement means
/// that the messages before need not be kept any longer.
const CONFIRM: Duration = Duration::from_millis(100);

/// While messages wait at the gate, the link is emptied so often.
const TICK: Duration = Duration::from_millis(100);

/// Publishes until that fails, or until the node has left.
pub(super) async fn run(core: &Core, publisher: &mut impl Publisher) -> Ended {
    let mut batch = Batch::default();
    let mut gathering = Gathering::default();
    let mut is_unconfirmed = false;
    loop {
        let is_forced = core.work(is_unconfirmed).await == Work::Confirm;
        let now = clock::now();
        core.absorb(now);
        let is_last = core.may_leave();
        batch.clear();
        if is_last {
            core.post(Subject::Control, Body::Goodbye, now);
        }
        if !batch.fill(core, publisher.max_payload(), is_forced, now) {
            continue;
        }
        if let Err(error) = batch.publish(core, publisher, now).await {
            return Ended::Broken(error);
        }
        if is_last {
            return Ended::Left;
        }
        is_unconfirmed = !batch.sequences.is_empty();
        if is_unconfirmed && core.is_idle() && gathering.sleeps_after(now) {
            // All of the thread: what arrives meanwhile waits, too.
            clock::block(NAP);
            gathering.slept(core.has_messages());
        }
    }
}

/// Why a batch is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// There may be something to send.
    Send,
    /// The messages before must be confirmed.
    Confirm,
}

impl Core {
    /// Whether nothing waits to be sent or read. A thread that sleeps while the broker has more for it
    /// falls behind, and the broker ends the connection of a slow reader.
    fn is_idle(&self) -> bool {
        !self.has_messages() && !self.is_behind.get()
    }

    /// Whether messages wait to be sent.
    fn has_messages(&self) -> bool {
        self.window.borrow().waiting() > 0 || self.shared.link.levels().waiting > 0
    }

    /// Waits until there is something to send.
    async fn work(&self, is_unconfirmed: bool) -> Work {
        loop {
            let is_held = !self.gate.borrow().is_open();
            tokio::select! {
                biased;
                () = poll_fn(|cx| self.poll_work(cx)) => return Work::Send,
                () = sleep(CONFIRM), if is_unconfirmed => return Work::Confirm,
                () = sleep(TICK), if is_held && !is_unconfirmed => self.absorb(clock::now()),
            }
        }
    }

    fn poll_work(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.to_publish.poll(cx).is_ready() || self.has_posts() || self.may_leave() {
            return Poll::Ready(());
        }
        if !self.gate.borrow().is_open() {
            return Poll::Pending;
        }
        if self.window.borrow().waiting() > 0 {
            return Poll::Ready(());
        }
        self.shared.link.poll_items(cx)
    }
}

/// A batch while it is made and sent. It keeps its memory for the next one.
#[derive(Default)]
struct Batch {
    own: Vec<OwnPost>,
    /// The subjects and the envelopes of the messages, one after the other.
    subjects: String,
    payloads: Vec<u8>,
    /// Where the subject and the envelope of each message are.
    places: Vec<(Range<usize>, Range<usize>)>,
    /// The sequence number of each message.
    sequences: Vec<u64>,
}

impl Batch {
    fn clear(&mut self) {
        self.own.clear();
        self.subjects.clear();
        self.payloads.clear();
        self.places.clear();
        self.sequences.clear();
        // A large message must not hold memory for ever.
        self.payloads.shrink_to(2 * MOST_BUDGET);
        self.subjects.shrink_to(MOST_BUDGET);
    }

    /// Takes what is to be sent next. `false` if there is nothing, unless a batch is `forced`.
    fn fill(&mut self, core: &Core, max_payload: usize, is_forced: bool, now: Instant) -> bool {
        core.post_hello(now);
        let limits = Limits {
            messages: MOST_MESSAGES,
            bytes: core.budget.get(),
        };
        let registry = core.shared.registry();
        let (version, session) = (registry.write_version(now), registry.session());
        drop(registry);
        let is_open = core.gate.borrow().is_open();
        let (mut lost, acknowledged) = (0, core.acknowledged.get());
        let mut window = core.window.borrow_mut();
        let batch = match is_open {
            true => window.batch(limits, |item| {
                let encoded = self.encode(core, item, version, session, max_payload);
                lost += u64::from(encoded.is_err() && item.sequence > acknowledged);
                encoded
            }),
            false => None,
        };
        drop(window);
        self.own.extend(std::iter::from_fn(|| core.next_post()));
        if let Some(batch) = batch {
            core.lose(lost, "they are larger than the broker takes");
            core.shared.link.release(batch.unsendable.cost);
        }
        if self.places.is_empty() {
            if self.own.is_empty() && !is_forced {
                return false;
            }
            core.window.borrow_mut().empty_batch();
        }
        if self.own.is_empty() && self.places.is_empty() {
            core.probe(Subject::Node(core.shared.link.tag()), now);
            self.own.extend(core.next_post());
        }
        let sent = core.session.sent.get();
        core.session
            .sent
            .set(self.sequences.last().map_or(sent, |last| sent.max(*last)));
        true
    }

    fn encode(
        &mut self,
        core: &Core,
        item: &Item,
        version: u8,
        session: u32,
        max_payload: usize,
    ) -> Result<usize, Unsendable> {
        let (subject, payload) = (self.subjects.len(), self.payloads.len());
        let target = match &item.target {
            Target::Topic(topic) => Subject::Topic(topic),
            Target::Node(tag) => Subject::Node(*tag),
        };
        let carries = core.subjects.write(target, &mut self.subjects);
        let envelope = Envelope::of(item, core.node(), session, carries);
        let encoded = envelope.map(|it| it.encode(version, &mut self.payloads));
        let bytes = self.payloads.len() - payload;
        if !matches!(encoded, Some(Ok(()))) || bytes > max_payload {
            self.subjects.truncate(subject);
            self.payloads.truncate(payload);
            return Err(Unsendable);
        }
        self.places
            .push((subject..self.subjects.len(), payload..self.payloads.len()));
        self.sequences.push(item.sequence);
        Ok(bytes)
    }

    fn posts(&self) -> Vec<Post<'_>> {
        let own = self.own.iter().map(OwnPost::as_post);
        let messages = self.places.iter().map(|(subject, payload)| Post {
            subject: &self.subjects[subject.clone()],
            payload: &self.payloads[payload.clone()],
        });
        own.chain(messages).collect()
    }

    async fn publish(
        &self,
        core: &Core,
        publisher: &mut impl Publisher,
        began: Instant,
    ) -> Result<(), BrokerError> {
        let deadline = core.shared.settings.deadline;
        let posts = self.posts();
        let Ok(published) = timeout(deadline, publisher.publish(&posts)).await else {
            core.budget.set((core.budget.get() / 4).max(LEAST_BUDGET));
            let text = format!("no answer to a publish within {deadline:?}");
            return Err(BrokerError::new(Kind::TimedOut, text));
        };
        let refusals = published?;
        let now = clock::now();
        core.adapt(now.saturating_duration_since(began));
        self.acknowledged(core, refusals, now)?;
        if !core.echoes {
            core.session.proof.set(now);
        }
        Ok(())
    }

    /// Notes the answers of the broker. An error if it has refused what each node must be able to
    /// send.
    fn acknowledged(
        &self,
        core: &Core,
        refusals: Vec<Refusal>,
        now: Instant,
    ) -> Result<(), BrokerError> {
        let (mut refused, mut of_message, mut of_own) = (Vec::new(), None, None);
        for Refusal { index, error } in refusals {
            match index.checked_sub(self.own.len()) {
                Some(index) => {
                    refused.push(index);
                    of_message = Some(error);
                }
                None => of_own = Some(error),
            }
        }
        let answer = core.window.borrow_mut().acknowledged(&refused);
        let acknowledged = core.acknowledged.get();
        let is_new = |sequence: u64| sequence > acknowledged;
        let new = self.sequences.iter().filter(|it| is_new(**it)).count() as u64;
        let refused = refused
            .iter()
            .filter_map(|index| self.sequences.get(*index));
        let lost = refused.filter(|it| is_new(**it)).count() as u64;
        let Core { shared, .. } = core;
        shared.counters.acknowledged.add(new.saturating_sub(lost));
        if let Some(error) = of_message {
            let error = Quoted(error);
            core.lose(lost, format_args!("the broker has refused them: {error}"));
            core.doubt(now);
        }
        shared
            .link
            .release(answer.confirmed.cost + answer.refused.cost);
        if let Some(last) = self.sequences.last() {
            core.acknowledged.set(acknowledged.max(*last));
            core.confirm();
        }
        of_own.map_or(Ok(()), Err)
    }
}

impl Core {
    /// Makes batches smaller if an answer takes long, and larger if it does not.
    fn adapt(&self, took: Duration) {
        let deadline = self.shared.settings.deadline;
        let budget = self.budget.get();
        let budget = if took >= deadline / 4 {
            budget / 2
        } else if took <= deadline / 64 {
            budget * 2
        } else {
            budget
        };
        self.budget.set(budget.clamp(LEAST_BUDGET, MOST_BUDGET));
    }
}

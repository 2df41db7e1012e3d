//! Reads what the broker delivers, and hands it to the space.

use std::{future::poll_fn, pin::pin};

use bytes::Bytes;
use tokio::{
    task::{unconstrained, yield_now},
    time::Instant,
};

use super::core::{Asks, Core};
use crate::{
    clock,
    close::{CloseReason, ClosedBy},
    cluster::{
        broker::{BrokerError, Inbound, Kind, Received},
        envelope::{Body, Envelope, Hello, Payload, Unreadable, Versions, is_returned},
        registry::Warning,
        subject::{Heard, Subject},
    },
    hub,
    log::{Quoted, limited},
    message::{Outgoing, SHARE_FROM},
    worker::{SocketId, Space},
};

/// After so many messages in a row the other parts of the session get their turn.
const PORTION: usize = 128;

/// The longest payload that is copied out of the buffer that it was read into. A queue or a receiver
/// that keeps a longer one keeps a buffer of some 64 KiB: at most eight times as much.
/// A payload that is too short to be shared is copied by each queue.
const COPIED_TO: usize = 8 << 10;

/// Reads until the connection ends. The portion bounds it, and not tokio's budget: the other parts of
/// the session share that, and would get nothing of it while there is always something to read.
pub(super) async fn read(core: &Core, inbound: &mut impl Inbound) -> BrokerError {
    let error = unconstrained(read_portions(core, inbound)).await;
    core.wake_workers();
    error
}

async fn read_portions(core: &Core, inbound: &mut impl Inbound) -> BrokerError {
    loop {
        core.is_behind.set(false);
        for _ in 0..PORTION {
            match next(core, inbound).await {
                Some(Ok(received)) => core.receive(&received, clock::now()),
                Some(Err(error)) => return error,
                None => {
                    return BrokerError::new(Kind::Broken, "the broker has ended the connection");
                }
            }
        }
        core.is_behind.set(true);
        core.wake_workers();
        yield_now().await;
    }
}

/// The next message. The workers are woken before the wait for one that has not arrived, and not for
/// each of those that have arrived together.
pub(super) async fn next(
    core: &Core,
    inbound: &mut impl Inbound,
) -> Option<Result<Received, BrokerError>> {
    let mut next = pin!(inbound.next());
    poll_fn(|cx| {
        let next = next.as_mut().poll(cx);
        if next.is_pending() {
            core.wake_workers();
        }
        next
    })
    .await
}

impl Core {
    /// Handles one message of the broker. [`Self::wake_workers`] must follow behind the last of those
    /// that have arrived.
    pub(super) fn receive(&self, received: &Received, now: Instant) {
        self.session.proof.set(now);
        self.handle(received, now);
    }

    /// Wakes the workers for which messages wait.
    pub(super) fn wake_workers(&self) {
        if self.owes_wake.take()
            && let Some(space) = self.shared.space.upgrade()
        {
            hub::wake(&space);
        }
    }

    fn handle(&self, received: &Received, now: Instant) {
        if is_returned(&received.payload, self.node()) {
            return;
        }
        let envelope = match Envelope::decode(&received.payload, Versions::OURS) {
            Ok(envelope) => envelope,
            Err(unreadable) => return self.unreadable(unreadable),
        };
        if envelope.node == self.node() {
            if let Body::Probe { number } = envelope.body {
                self.session.echo.set(number.max(self.session.echo.get()));
            }
            return;
        }
        if envelope.body.is_in_sequence() && self.hold.borrow().holds(envelope.node) {
            return self.keep(envelope.node, received, now);
        }
        let heard = self.subjects.parse(&received.subject);
        let is_handled = match &heard {
            Some(Heard::Topic(topic)) => self.for_topic(topic, &envelope, received),
            Some(Heard::Hashed) => envelope.topic.is_some_and(|topic| {
                self.subjects.is_hash_of(&received.subject, topic)
                    && self.for_topic(topic, &envelope, received)
            }),
            Some(Heard::Node(_)) => self.for_node(&envelope, received),
            Some(Heard::Control) => self.for_all(&envelope, now),
            None => false,
        };
        if !is_handled {
            self.unreadable(Unreadable::Corrupt);
        }
    }

    /// Handles a message for the subscribers of a topic. `false` if it is none.
    fn for_topic(&self, topic: &str, envelope: &Envelope<'_>, received: &Received) -> bool {
        match envelope.body {
            Body::Publish {
                payload,
                compress,
                policy,
                except,
            } => self.once(envelope, |space| {
                let except = except.map(SocketId);
                let published = with_message(payload, compress, received, |message| {
                    self.owes_wake.set(true);
                    hub::deliver(space, topic, message, policy, except).refused
                });
                self.shared.counters.refused.add(published as u64);
            }),
            Body::CloseTopic { code, reason } => self.once(envelope, |space| {
                let reason = CloseReason::new(code.into(), reason, ClosedBy::Server);
                hub::close_topic(space, topic, &reason);
            }),
            // The check of a node that starts.
            Body::Probe { .. } => {}
            _ => return false,
        }
        true
    }

    /// Handles a message for this node. `false` if it is none.
    fn for_node(&self, envelope: &Envelope<'_>, received: &Received) -> bool {
        match envelope.body {
            Body::Send {
                id,
                payload,
                compress,
            } => self.once(envelope, |space| {
                with_message(payload, compress, received, |message| {
                    // The socket may be gone. The sender was told only that the message is queued.
                    let _ = hub::send_here(space, SocketId(id), message);
                });
            }),
            Body::CloseSocket { id, code, reason } => self.once(envelope, |space| {
                let reason = CloseReason::new(code.into(), reason, ClosedBy::Server);
                let _ = hub::close_here(space, SocketId(id), reason);
            }),
            Body::CountReply { query, subscribers } => {
                let mut counts = self.counts.borrow_mut();
                counts.answered(query, envelope.node, subscribers);
            }
            // Another node has the same tag.
            Body::Probe { .. } => {}
            _ => return false,
        }
        true
    }

    /// Handles a message for all nodes. `false` if it is none.
    fn for_all(&self, envelope: &Envelope<'_>, now: Instant) -> bool {
        match envelope.body {
            Body::Hello(hello) => self.hello(envelope, &hello, now),
            Body::Goodbye => {
                if self.shared.registry().goodbye(envelope.node) {
                    limited!(
                        INFO,
                        node = format_args!("{:016x}", envelope.node),
                        "a node has left the cluster"
                    );
                }
                self.gone(envelope.node, now);
            }
            Body::Count { query, topic } => {
                let subscribers = self.shared.count_here(topic) as u64;
                let reply = Body::CountReply { query, subscribers };
                self.post(Subject::Node(envelope.node as u32), reply, now);
            }
            Body::Probe { .. } => {}
            _ => return false,
        }
        true
    }

    /// Keeps a message until it is known whether it comes again.
    fn keep(&self, node: u64, received: &Received, now: Instant) {
        let Received { subject, payload } = received;
        // It may be kept for long, and must not hold a large buffer.
        let received = Received {
            subject: Bytes::copy_from_slice(subject),
            payload: Bytes::copy_from_slice(payload),
        };
        let bytes = subject.len() + payload.len();
        if !self.hold.borrow_mut().keep(node, bytes, received) {
            self.open_hold(now);
        }
    }

    /// Handles the messages of a node that were kept.
    pub(super) fn release(&self, node: u64, now: Instant) {
        let released = self.hold.borrow_mut().release(node);
        self.receive_all(&released, now);
    }

    /// Handles all messages that were kept.
    pub(super) fn open_hold(&self, now: Instant) {
        let released = self.hold.borrow_mut().open();
        self.receive_all(&released, now);
    }

    fn receive_all(&self, released: &[Received], now: Instant) {
        for received in released {
            self.handle(received, now);
        }
        self.wake_workers();
    }

    /// Handles a message that is part of a sequence, unless it has been handled before.
    fn once(&self, envelope: &Envelope<'_>, handle: impl FnOnce(&Space)) {
        let Envelope {
            node,
            lane,
            sequence,
            session,
            ..
        } = *envelope;
        let mut sequences = self.sequences.borrow_mut();
        let is_new = sequences.is_new(node, lane, session, sequence);
        drop(sequences);
        let counters = &self.shared.counters;
        if !is_new {
            counters.duplicates.add(1);
            return;
        }
        counters.received.add(1);
        if let Some(space) = self.shared.space.upgrade() {
            handle(&space);
        }
    }

    fn hello(&self, envelope: &Envelope<'_>, hello: &Hello<'_>, now: Instant) {
        let Envelope {
            node,
            lane,
            sequence,
            ..
        } = *envelope;
        let mut registry = self.shared.registry();
        let (noticed, said) = (registry.heard(node, hello, now), registry.said(hello));
        drop(registry);
        if let Some(warning) = noticed.warning {
            self.warn(warning, hello);
        }
        if noticed.joined {
            limited!(
                INFO,
                node = %Quoted(hello.name),
                application = %Quoted(hello.application),
                "a node has joined the cluster"
            );
        }
        self.sequences.borrow_mut().heartbeat(node, lane, sequence);
        // What came over an earlier connection, or before both ways were known to lead to the same
        // broker, does not say that the node hears what is published now. Nor does what was waiting in
        // a frozen broker: the gate tells it apart.
        if self.session.is_checked.get() {
            self.at_gate(|gate| gate.heard(node, said));
            if let Some(session) = said.present() {
                self.present(envelope, session, now);
            }
        }
        if hello.asks || noticed.is_new_session {
            self.want_hello(Asks::No);
        }
        self.to_watch.set();
    }

    /// Handles what was kept of a node that has named the present connection of this one.
    fn present(&self, envelope: &Envelope<'_>, session: u32, now: Instant) {
        let Envelope { node, lane, .. } = *envelope;
        if self.hold.borrow().holds(node) {
            self.sequences.borrow_mut().since(node, lane, session);
            self.release(node, now);
        }
    }

    fn warn(&self, warning: Warning, hello: &Hello<'_>) {
        match warning {
            Warning::OtherApplication => limited!(
                WARN,
                prefix = %Quoted(&self.shared.settings.prefix),
                application = %Quoted(&self.shared.settings.application),
                other = %Quoted(hello.application),
                node = %Quoted(hello.name),
                "another application has joined the cluster: give each its own prefix"
            ),
            Warning::SameTag => limited!(
                WARN,
                node = %Quoted(hello.name),
                "another node has the same random tag: restart one of the two"
            ),
            Warning::TooMany => limited!(
                WARN,
                node = %Quoted(hello.name),
                "the cluster has too many nodes: some are not counted"
            ),
        }
    }

    fn unreadable(&self, unreadable: Unreadable) {
        let counters = &self.shared.counters;
        let Unreadable::Version { version, node } = unreadable else {
            counters.unreadable.add(1);
            let why = match unreadable {
                Unreadable::NotOurs => "it was not written by a node",
                _ => "it is damaged",
            };
            limited!(
                WARN,
                prefix = %Quoted(&self.shared.settings.prefix),
                "a message under the prefix of the cluster cannot be read: {why}"
            );
            return;
        };
        counters.other_version.add(1);
        if self.shared.registry().other_version(node) {
            limited!(
                WARN,
                node = format_args!("{node:016x}"),
                version,
                "a node of the cluster speaks a version that this one does not read"
            );
        }
    }
}

/// Calls `handle` with a message. A long one shares the bytes in which it was received.
fn with_message<R: Default>(
    payload: Payload<'_>,
    compress: bool,
    received: &Received,
    handle: impl FnOnce(&Outgoing<'_>) -> R,
) -> R {
    let bytes = match payload.bytes.len() {
        SHARE_FROM..=COPIED_TO => Bytes::copy_from_slice(payload.bytes),
        _ => received.payload.slice_ref(payload.bytes),
    };
    let message = Outgoing::from_parts(payload.kind, &bytes, compress);
    message.map_or_else(R::default, |message| handle(&message))
}

//! One connection: bytes in, frames, handlers. It performs no I/O: a driver gives it what arrived
//! and writes what is in its outbox.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use crate::{
    __private::{Outcome, Running},
    close::{CloseCode, CloseReason, ClosedBy},
    core::Core,
    dispatch::{Call, Dispatch, poll_guarded},
    error::HandlerError,
    hub::Registration,
    message::{Incoming, Kind},
    outbox::ReadyState,
    protocol::{Decoder, Event, Payload, ProtocolError, ReceivedClose},
    timing::{Due, Timing},
};

/// A connection after its handshake.
pub(crate) struct Connection {
    registration: Registration,
    handlers: Box<dyn Dispatch>,
    decoder: Decoder,
    /// The `async` handler being waited for. Nothing else happens to the connection meanwhile.
    running: Option<Running>,
    /// Set while the `error` handler is at work.
    failure: Option<Failure>,
    stage: Stage,
    /// Nothing more is to come from the peer that would matter: it has sent its Close frame, broken
    /// the protocol or gone.
    settled: bool,
    /// How the peer has broken the protocol, of which it may not yet know.
    violation: Option<ProtocolError>,
    /// Our Close frame is queued: nothing is handled any more, only awaited.
    closing: bool,
    timing: Timing,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// `open` has not been called.
    New,
    /// Messages are handled.
    Open,
    /// `close` has been called; it may still be running.
    Leaving,
    /// No handler will be called any more. What is queued may still be written.
    Over,
}

/// What the `error` handler is at work on.
#[derive(Clone, Copy, Debug)]
struct Failure {
    /// A panic closes the connection whatever the `error` handler does.
    panicked: bool,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// More bytes from the peer.
    Input,
    /// A handler to finish, or `resume`. The driver reads nothing meanwhile.
    Patience,
    /// The others of its worker to have their turn.
    Turn,
    /// Its queue to be written and the transport to be closed.
    End,
}

/// How far a connection has come with its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many bytes of the input were taken. The rest is to be offered again.
    pub(crate) used: usize,
    pub(crate) want: Want,
}

impl Connection {
    pub(crate) fn new(registration: Registration, handlers: Box<dyn Dispatch>) -> Self {
        let decoder = Decoder::new(registration.core().config.max_message_size, false);
        Self {
            registration,
            handlers,
            decoder,
            running: None,
            failure: None,
            stage: Stage::New,
            settled: false,
            violation: None,
            closing: false,
            timing: Timing::new(Instant::now()),
        }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        self.registration.core()
    }

    pub(crate) fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Whether the peer may still be sending when the connection is over.
    pub(crate) fn expects_more(&self) -> bool {
        self.violation.is_some()
    }

    /// Whether the peer is most likely sending when the connection is over: a message that is too
    /// big, of which only the header was looked at.
    pub(crate) fn expects_much_more(&self) -> bool {
        self.violation == Some(ProtocolError::MessageTooBig)
    }

    /// Goes as far as handlers and input allow. Messages are handled in order, one at a time.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, input: &mut [u8]) -> Progress {
        if !input.is_empty() {
            self.timing.heard();
        }
        let mut used = 0;
        let want = loop {
            if self.poll_running(cx).is_pending() {
                break Want::Patience;
            }
            match self.stage {
                Stage::New => self.open(),
                Stage::Leaving => {
                    self.stage = Stage::Over;
                    self.core().outbox().finish();
                }
                Stage::Over => break Want::End,
                Stage::Open => {
                    if self.see_to_outbox() {
                        continue;
                    }
                    // The peer's answer to our Close frame is read all the same.
                    if !self.closing && self.core().is_paused() {
                        break Want::Patience;
                    }
                    if used == input.len() {
                        break Want::Input;
                    }
                    used += self.receive(&mut input[used..]);
                }
            }
        };
        Progress { used, want }
    }

    /// The transport has ended, and with it everything that was queued.
    pub(crate) fn lose(&mut self) {
        self.settled = true;
        self.core().outbox().terminate(CloseReason::lost());
    }

    /// Looks at the timeouts. What they call for is done when the connection is next polled.
    ///
    /// Returns whether the driver should wait no longer for the peer to read what is left.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        let core = self.registration.core();
        let due = if core.state() == ReadyState::Open {
            let rests = self.running.is_some() || core.is_paused();
            self.timing.look(now, rests, &core.config)
        } else {
            self.timing.look_closing(now, &core.config)
        };
        let abnormal = |by| CloseReason::new(CloseCode::Abnormal, "", by);
        match due {
            Due::Nothing => {}
            Due::Ping => _ = core.send_ping(),
            Due::IdleTimeout => core.terminate(abnormal(ClosedBy::IdleTimeout)),
            Due::Lifetime => {
                core.close(CloseReason::new(
                    CloseCode::GoingAway,
                    "",
                    ClosedBy::Lifetime,
                ));
            }
            Due::CloseTimeout => core.cut_off(abnormal(ClosedBy::Lost)),
        }
        due == Due::CloseTimeout && self.stage == Stage::Over
    }

    fn open(&mut self) {
        self.stage = Stage::Open;
        let call = self.handlers.open();
        self.take_up(call);
    }

    /// Does what the state of the outbox calls for; `false` if that is nothing.
    fn see_to_outbox(&mut self) -> bool {
        let core = self.registration.core();
        if !core.take_news() {
            return false;
        }
        let mut outbox = core.outbox();
        outbox.attended();
        self.closing = outbox.state() != ReadyState::Open;
        let ends = match outbox.state() {
            ReadyState::Open => false,
            ReadyState::Closing => self.settled,
            ReadyState::Closed => true,
        };
        let drains = !ends && outbox.take_drain();
        let reason = if ends { outbox.ending().cloned() } else { None };
        drop(outbox);
        if ends {
            self.leave(reason.unwrap_or_else(CloseReason::lost));
        } else if drains {
            let call = self.handlers.drain();
            self.take_up(call);
        }
        ends || drains
    }

    fn leave(&mut self, reason: CloseReason) {
        self.stage = Stage::Leaving;
        let core = self.registration.core();
        core.worker.take_leave(core.key());
        let call = self.handlers.close(reason);
        self.take_up(call);
    }

    /// Takes one event off the input, and returns how many bytes it was.
    fn receive(&mut self, input: &mut [u8]) -> usize {
        let len = input.len();
        let (used, step) = match self.decoder.decode(input) {
            Ok(decoded) => {
                let core = self.registration.core();
                (
                    decoded.consumed,
                    decoded
                        .event
                        .and_then(|event| step(core, &*self.handlers, self.closing, event)),
                )
            }
            Err(error) => (len, Some(Step::Violated(error))),
        };
        match step {
            None => {}
            Some(Step::Call(call)) => self.take_up(call),
            Some(Step::Closed(reason)) => self.settle(reason),
            Some(Step::Violated(error)) => {
                self.violation = Some(error);
                let code = CloseCode::from(error.close_code());
                self.settle(CloseReason::new(
                    code,
                    error.to_string(),
                    ClosedBy::Protocol,
                ));
            }
        }
        used
    }

    /// Nothing more is to come from the peer. It is answered with a Close frame of the same code
    /// ([RFC 6455 section 5.5.1](https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1)), unless it
    /// was our Close frame that it has answered.
    fn settle(&mut self, reason: CloseReason) {
        self.settled = true;
        let core = self.registration.core();
        core.close(reason);
        // Even if it was closing already: it is settled only now.
        core.outbox().call_for_attention();
    }

    fn poll_running(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(running) = &mut self.running {
            let Poll::Ready(outcome) = poll_guarded(running, cx) else {
                return Poll::Pending;
            };
            self.running = None;
            self.finish(outcome);
        }
        Poll::Ready(())
    }

    fn take_up(&mut self, call: Call) {
        match call {
            Call::Done(outcome) => self.finish(outcome),
            Call::Running(running) => self.running = Some(running),
        }
    }

    /// A handler has finished; `failure` tells whether it was the `error` handler.
    fn finish(&mut self, outcome: Outcome) {
        match (outcome, self.failure.take()) {
            (Ok(()), None | Some(Failure { panicked: false })) => {}
            (Ok(()), Some(Failure { panicked: true })) => self.give_up(CloseCode::Internal, ""),
            (Err(error), Some(_)) => {
                let id = self.core().id;
                tracing::error!(socket = %id, %error, "the error handler failed; closing");
                self.give_up(CloseCode::Internal, "");
            }
            (Err(error), None) => self.fail(error),
        }
    }

    fn fail(&mut self, error: HandlerError) {
        let panicked = matches!(error, HandlerError::Panicked(_));
        match self.handlers.error(error) {
            Ok(call) => {
                self.failure = Some(Failure { panicked });
                self.take_up(call);
            }
            Err(error) => {
                let id = self.core().id;
                tracing::error!(socket = %id, %error, "closing, as there is no error handler");
                self.give_up(error.close_code(), error.public_reason());
            }
        }
    }

    fn give_up(&self, code: CloseCode, reason: &'static str) {
        let reason = CloseReason::new(code, reason, ClosedBy::Handler);
        self.core().close(reason);
    }
}

/// A connection is dropped early when its worker is stopped by force. There is no time left for
/// `async` handlers then, but a sync `close` still runs.
impl Drop for Connection {
    fn drop(&mut self) {
        self.running = None;
        if self.stage != Stage::Open {
            return;
        }
        let reason = CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown);
        let reason = {
            let mut outbox = self.registration.core().outbox();
            outbox.terminate(reason.clone());
            outbox.ending().cloned().unwrap_or(reason)
        };
        self.leave(reason);
    }
}

/// What an event leads to.
enum Step {
    Call(Call),
    Closed(CloseReason),
    Violated(ProtocolError),
}

/// `None` if there is nothing more to be done about the event.
fn step(core: &Core, handlers: &dyn Dispatch, closing: bool, event: Event<'_>) -> Option<Step> {
    let call = match event {
        Event::Close(close) => return Some(Step::Closed(close_reason(close))),
        _ if closing => return None,
        // Nothing negotiates compression, so the decoder has refused it.
        Event::Message {
            compressed: true, ..
        } => return Some(Step::Violated(ProtocolError::ReservedBits)),
        Event::Message { kind, payload, .. } => match incoming(kind, &payload) {
            Ok(incoming) => handlers.message(incoming),
            Err(error) => return Some(Step::Violated(error)),
        },
        Event::Ping(data) => {
            core.outbox().answer_ping(data, &core.config);
            handlers.ping(data)
        }
        Event::Pong(data) => handlers.pong(data),
    };
    match call {
        // Most handlers are done at once, and moving that around costs more than saying it.
        Call::Done(Ok(())) => None,
        call => Some(Step::Call(call)),
    }
}

fn incoming<'m>(kind: Kind, payload: &'m Payload<'_>) -> Result<Incoming<'m>, ProtocolError> {
    Ok(match (payload, kind) {
        (Payload::Text(text), _) => Incoming::text(text, None),
        (Payload::Bytes(bytes), _) => Incoming::binary(bytes, None),
        (Payload::Owned(bytes), Kind::Binary) => Incoming::binary(bytes, Some(bytes)),
        (Payload::Owned(bytes), Kind::Text) => match std::str::from_utf8(bytes) {
            Ok(text) => Incoming::text(text, Some(bytes)),
            Err(_) => return Err(ProtocolError::InvalidUtf8),
        },
    })
}

fn close_reason(close: Option<ReceivedClose<'_>>) -> CloseReason {
    match close {
        Some(close) => CloseReason::new(CloseCode::from(close.code), close.reason, ClosedBy::Peer),
        None => CloseReason::new(CloseCode::NoStatus, "", ClosedBy::Peer),
    }
}

#[cfg(test)]
mod tests;

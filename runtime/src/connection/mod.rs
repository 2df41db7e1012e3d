//! One connection: from bytes to frames to handlers. It performs no I/O: a driver hands it the
//! received bytes and writes its outbox.

mod ahead;
mod allowance;
mod attention;
mod extra;
mod progress;
mod running;
mod stage;
mod step;

use std::{mem, sync::Arc, task::Context, time::Duration};

use tokio::time::Instant;

pub(crate) use self::progress::{Progress, Turn, Want};
use self::{
    extra::Extra,
    running::AtWork,
    stage::{Peer, Stage},
    step::{Step, step, step_held},
};
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    dispatch::{Dispatch, NoHandlers},
    guard,
    outbox::ReadyState,
    protocol::{Decoder, Limits},
    timing::{Due, Look, Moment, Timing, spread},
    worker::{Core, Registration},
};

/// A connection after its handshake.
pub(crate) struct Connection {
    registration: Registration,
    handlers: Box<dyn Dispatch>,
    decoder: Decoder,
    stage: Stage,
    at_work: Option<AtWork>,
    timing: Timing,
    extra: Option<Box<Extra>>,
}

impl Connection {
    pub(crate) fn new(registration: Registration, handlers: Box<dyn Dispatch>) -> Self {
        let core = registration.core();
        core.meter().opened();
        let extra = Extra::new(core);
        Self {
            registration,
            handlers,
            decoder: Decoder::default(),
            stage: Stage::New,
            at_work: None,
            timing: Timing::new(),
            extra,
        }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        self.registration.core()
    }

    pub(crate) fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Whether the peer may still send when the connection is over.
    pub(crate) fn expects_more(&self) -> bool {
        self.stage.peer() == Peer::Unruly
    }

    /// Whether the peer may still send something that has an effect.
    pub(crate) fn hears_peer(&self) -> bool {
        self.stage.peer() == Peer::Speaks
    }

    /// Whether an `async` handler runs, so that nothing else can be handled.
    pub(crate) fn is_busy(&self) -> bool {
        self.at_work.is_some()
    }

    /// Whether [`Self::poll`] without input would do nothing, and want some.
    #[inline]
    pub(crate) fn only_reads(&self) -> bool {
        let core = self.registration.core();
        self.at_work.is_none()
            && self.stage.is_at_rest()
            && !core.calls_for_attention()
            && !core.is_paused()
    }

    /// Called when the pump visits the connection. Timeouts are measured from the first call.
    pub(crate) fn begin(&mut self, now: Instant) {
        let now = self.moment(now);
        self.timing.begin(now);
    }

    fn moment(&self, now: Instant) -> Moment {
        Moment::at(self.core().worker.age(now))
    }

    /// Goes as far as the handlers, the input and the turn allow. Messages are handled in order,
    /// one at a time.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        turn: &mut Turn<'_>,
        input: &mut [u8],
    ) -> Progress {
        if !input.is_empty() {
            self.timing.heard();
            if let Some(allowance) = Extra::allowance(&mut self.extra) {
                allowance.heard(turn.now);
            }
        }
        if self.stage.take_behind() {
            self.core().call_for_attention();
        }
        let mut told = 0;
        let mut used = 0;
        let want = loop {
            if self.poll_running(cx).is_pending() {
                break self.look_ahead(input, &mut used);
            }
            match self.stage {
                Stage::New | Stage::Lost { .. } => self.open(turn.now),
                Stage::Parting(_) => self.leave(),
                Stage::Leaving(_) => self.stage.end(),
                Stage::Over(_) => break Want::End,
                Stage::Open { .. } | Stage::Closing { .. } | Stage::Left { .. } => {
                    if self.see_to_outbox(&mut told, cx) {
                        continue;
                    }
                    if self.is_held_up() {
                        break self.look_ahead(input, &mut used);
                    }
                    if self.stage.ahead().is_some() {
                        if !turn.count() {
                            break Want::Turn;
                        }
                        self.catch_up(turn.now);
                        continue;
                    }
                    if used == input.len() {
                        if self.hears_peer() {
                            break Want::Input;
                        }
                        self.part();
                        continue;
                    }
                    if !turn.count() {
                        break Want::Turn;
                    }
                    used += self.receive(&mut input[used..]);
                }
            }
        };
        if let Want::Ahead(_) | Want::Patience = want
            && let Some(allowance) = Extra::allowance(&mut self.extra)
        {
            allowance.rest(turn.now);
        }
        Progress { used, want }
    }

    /// Whether `pause` keeps messages from being handled.
    fn is_held_up(&self) -> bool {
        // The peer's answer to our Close frame is read although the socket is paused. Messages that
        // the peer sent before its end wait for `resume`, for `close_timeout` at most.
        let may_wait = self.stage.is_open() || self.owes_peer();
        may_wait && self.core().is_paused()
    }

    /// Handles one waiting event.
    #[cold]
    #[inline(never)]
    fn catch_up(&mut self, now: Instant) {
        let Some(held) = self.take_ahead() else {
            return;
        };
        if let Some(allowance) = Extra::allowance(&mut self.extra)
            && !allowance.covers_held(now)
        {
            self.forget_ahead();
            return self.follow(Step::Flooded);
        }
        let core = self.registration.core();
        let step = step_held(core, &*self.handlers, &mut self.extra, held);
        if let Some(step) = step {
            self.follow(step);
        }
    }

    /// Called when the transport has ended. Queued messages are lost.
    pub(crate) fn lose(&mut self) {
        self.give_peer_up(CloseReason::lost());
    }

    /// Ends the connection: the peer sends nothing any more, and nothing can be sent to it.
    fn give_peer_up(&mut self, reason: CloseReason) {
        let core = self.registration.core();
        let was_open = core.state() == ReadyState::Open;
        self.stage.settle(Peer::Settled, was_open);
        core.terminate(reason);
    }

    /// Checks the timeouts. The next poll does what they call for. For the time `late`, the worker
    /// did not read from the network.
    ///
    /// Returns whether the driver should stop waiting for the peer to read the rest.
    pub(crate) fn tick(&mut self, now: Instant, late: Duration) -> bool {
        let reads_nothing = self.room_ahead() == 0;
        let core = self.registration.core();
        let waits = self.is_busy() || core.is_paused();
        let (wrote, state) = core.take_written();
        let look = Look {
            now: self.moment(now),
            late,
            rests: waits && reads_nothing,
            wrote,
            expired: core.has_expired(now),
        };
        if let Some(at_work) = &mut self.at_work
            && at_work.look(&self.timing, look, &core.config)
        {
            core.wake();
        }
        let due = if state == ReadyState::Open {
            let ping_interval = spread(core.config.ping_interval, core.key());
            self.timing.look(look, ping_interval, &core.config)
        } else {
            self.timing.look_closing(look, &core.config)
        };
        let abnormal = |by| CloseReason::new(CloseCode::Abnormal, "", by);
        let outlived = |text| CloseReason::new(CloseCode::GoingAway, text, ClosedBy::Lifetime);
        match due {
            Due::Nothing => {}
            Due::Ping => _ = core.send_ping(),
            Due::IdleTimeout => self.give_peer_up(abnormal(ClosedBy::IdleTimeout)),
            Due::Lifetime => _ = core.close(outlived("")),
            Due::Expiry => _ = core.close(outlived("expired")),
            Due::CloseTimeout if matches!(self.stage, Stage::Left { .. }) => {
                // No `resume` has come in time, or a handler still runs.
                core.terminate(abnormal(ClosedBy::Lost));
                self.forget_ahead();
            }
            Due::CloseTimeout => core.cut_off(abnormal(ClosedBy::Lost)),
        }
        if !matches!(due, Due::Nothing | Due::Ping) {
            // The connection is polled even if another thread has corked it.
            self.core().wake();
        }
        due == Due::CloseTimeout
    }

    fn open(&mut self, now: Instant) {
        self.begin(now);
        self.stage.open();
        let call = self.handlers.open();
        self.take_up(call);
    }

    /// Decodes and handles one event, and returns how many bytes it consumed.
    fn receive(&mut self, input: &mut [u8]) -> usize {
        let len = input.len();
        let limits = limits(self.registration.core());
        let decoded = match self.decoder.decode(input, limits) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.follow(Step::Violated(error));
                return len;
            }
        };
        let used = decoded.consumed;
        if let Some(event) = decoded.event {
            let is_closing = !self.stage.is_open();
            if !is_closing
                && let Some(allowance) = Extra::allowance(&mut self.extra)
                && !allowance.covers(&event)
            {
                self.follow(Step::Flooded);
                return len;
            }
            let core = self.registration.core();
            let extra = &mut self.extra;
            if let Some(step) = step(core, &*self.handlers, is_closing, extra, event) {
                self.follow(step);
            }
        }
        used
    }

    /// A separate, cold function. Most handlers are done at once, and their messages must not pay
    /// for moving a [`Step`] around.
    #[cold]
    fn follow(&mut self, step: Step) {
        match step {
            Step::Call(call) => self.take_up(call),
            Step::Closed(reason) => self.settle(Peer::Settled, reason),
            Step::Flooded => {
                let text = "more messages than the limit";
                let reason = CloseReason::new(CloseCode::Policy, text, ClosedBy::RateLimit);
                self.settle(Peer::Unruly, reason);
            }
            Step::Violated(error) => {
                let code = CloseCode::from(error.close_code());
                let reason = CloseReason::new(code, error.to_string(), ClosedBy::Protocol);
                self.settle(Peer::Unruly, reason);
            }
        }
    }

    /// Records that the peer sends nothing more that has an effect. Answers with a Close frame of
    /// the same code
    /// ([RFC 6455 section 5.5.1](https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1)), unless the
    /// peer has just answered ours.
    fn settle(&mut self, peer: Peer, reason: CloseReason) {
        let core = self.registration.core();
        let was_open = core.state() == ReadyState::Open;
        self.stage.settle(peer, was_open);
        core.close(reason);
        // Also if the connection was closing already: only now can it end.
        core.call_for_attention();
    }
}

/// The limits on the messages of the peer.
#[inline]
fn limits(core: &Core) -> Limits {
    Limits {
        max_message_size: core.config.max_message_size,
        max_frames: core.config.max_frames_per_message,
        compression: core.compression.is_some(),
    }
}

/// A connection is dropped early if its worker is stopped by force. `async` handlers can no longer
/// run then, but a sync `close` still runs, and the notices before it are still told.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Stage::Open { .. } | Stage::Closing { .. } | Stage::Left { .. } = self.stage {
            let reason = CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown);
            self.core().terminate(reason);
            self.part();
        }
        self.forget_running();
        while let Stage::Parting(_) = self.stage {
            self.leave();
            self.forget_running();
        }
        let span = self.handlers.span();
        let _entered = span.enter();
        // Drops the socket, and with it the application's data if nothing else holds the socket.
        let handlers = mem::replace(&mut self.handlers, Box::new(NoHandlers));
        guard::discard(handlers, &self.core().config.path);
        // The last step before the connection leaves its worker, so none is missed.
        let reason = self.core().attending().ending().cloned();
        let reason = reason.unwrap_or_else(CloseReason::lost);
        self.core().meter().closed(&reason);
    }
}

#[cfg(test)]
mod tests;

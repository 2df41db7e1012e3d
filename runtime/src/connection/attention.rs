//! The work that the outbox of a connection calls for: notices to handlers, a drain, the end.

use std::task::Context;

use super::Connection;
use crate::{
    close::CloseReason,
    log::limited,
    outbox::{Notice, ReadyState},
};

/// The notices that one poll may tell. A handler can cause the next notice, and the peer and the
/// other connections of the worker must have their turn.
const TOLD_AT_ONCE: usize = 64;

impl Connection {
    /// Does the work that the outbox calls for; `false` if there is none. Notices come first, up to
    /// [`TOLD_AT_ONCE`] in a poll: `told` counts them.
    pub(super) fn see_to_outbox(&mut self, told: &mut usize, cx: &Context<'_>) -> bool {
        let core = self.registration.core();
        if !core.calls_for_attention() {
            return false;
        }
        let mut outbox = core.attending();
        if *told < TOLD_AT_ONCE
            && let Some(notice) = outbox.take_notice()
        {
            // The outbox still calls for attention, so the caller comes here again.
            drop(outbox);
            *told += 1;
            self.tell(notice);
            return true;
        }
        outbox.attended();
        let state = outbox.state();
        let ends = self.ends_in(state);
        let is_behind = outbox.has_notices();
        let drains = !ends && !is_behind && outbox.take_drain();
        drop(outbox);
        if state != ReadyState::Open {
            self.stage.begin_closing();
        }
        self.stage.set_behind(is_behind);
        if ends {
            self.part();
        } else if drains {
            let call = self.handlers.drain();
            self.take_up(call);
        } else if is_behind {
            cx.waker().wake_by_ref();
        }
        ends || drains
    }

    /// Whether the connection ends, given the state of its outbox.
    fn ends_in(&self, state: ReadyState) -> bool {
        let is_over = match state {
            ReadyState::Open => false,
            ReadyState::Closing => !self.hears_peer(),
            ReadyState::Closed => true,
        };
        // Messages that the peer sent before its end are handled first.
        is_over && !self.owes_peer()
    }

    fn tell(&mut self, notice: Notice) {
        match notice {
            Notice::Dropped(message) => {
                let call = self.handlers.dropped(message);
                self.take_up(call);
            }
            Notice::Subscription { topic, subscribers } => {
                let call = self.handlers.subscription(topic, subscribers);
                self.take_up(call);
            }
            Notice::Forgotten { dropped, changes } => {
                let span = self.handlers.span();
                let _entered = span.enter();
                let socket = self.core().number.get();
                limited!(
                    WARN,
                    socket,
                    dropped,
                    changes,
                    "more was dropped, joined or left than the handlers could be told"
                );
            }
        }
    }

    /// Stops the handling of messages.
    pub(super) fn part(&mut self) {
        self.stage.part();
        let core = self.registration.core();
        core.worker.take_leave(core.key());
    }

    /// Tells the next notice. After the last one, calls `close`.
    pub(super) fn leave(&mut self) {
        let mut outbox = self.registration.core().attending();
        if let Some(notice) = outbox.take_notice() {
            drop(outbox);
            return self.tell(notice);
        }
        let reason = outbox.ending().cloned();
        self.stage.leave();
        outbox.finish();
        drop(outbox);
        let call = self
            .handlers
            .close(reason.unwrap_or_else(CloseReason::lost));
        self.take_up(call);
    }
}

//! What the outbox of a connection calls for: handlers to be told, a drain, the end.

use std::task::Context;

use super::{Connection, Stage};
use crate::{
    close::CloseReason,
    log::limited,
    outbox::{Notice, ReadyState},
};

/// So many notices are told in one poll. A handler may well cause the next one by what it does, and
/// the peer and the other connections of the worker have their turn all the same.
const TOLD_AT_ONCE: usize = 64;

impl Connection {
    /// Does what the state of the outbox calls for; `false` if that is nothing. What there is to be
    /// told comes first, up to a point: `told` counts it.
    pub(super) fn see_to_outbox(&mut self, told: &mut usize, cx: &Context<'_>) -> bool {
        let core = self.registration.core();
        if !core.calls_for_attention() {
            return false;
        }
        let mut outbox = core.attending();
        if *told < TOLD_AT_ONCE
            && let Some(notice) = outbox.take_notice()
        {
            // The outbox still calls for attention, so that this is not the last look at it.
            drop(outbox);
            *told += 1;
            self.tell(notice);
            return true;
        }
        outbox.attended();
        self.closing = outbox.state() != ReadyState::Open;
        let ends = match outbox.state() {
            ReadyState::Open => false,
            ReadyState::Closing => self.settled,
            ReadyState::Closed => true,
        };
        // What the peer has sent before it left is handled first.
        let ends = ends && !(self.peer_left && self.has_ahead());
        self.behind = outbox.has_notices();
        let drains = !ends && !self.behind && outbox.take_drain();
        drop(outbox);
        if ends {
            self.part();
        } else if drains {
            let call = self.handlers.drain();
            self.take_up(call);
        } else if self.behind {
            cx.waker().wake_by_ref();
        }
        ends || drains
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

    pub(super) fn part(&mut self) {
        self.stage = Stage::Parting;
        let core = self.registration.core();
        core.worker.take_leave(core.key());
    }

    /// Tells one more thing, or calls `close` if all is told.
    pub(super) fn leave(&mut self) {
        let mut outbox = self.registration.core().attending();
        let notice = outbox.take_notice();
        let reason = outbox.ending().cloned();
        drop(outbox);
        if let Some(notice) = notice {
            return self.tell(notice);
        }
        self.stage = Stage::Leaving;
        let call = self
            .handlers
            .close(reason.unwrap_or_else(CloseReason::lost));
        self.take_up(call);
    }
}

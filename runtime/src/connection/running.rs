//! Running `async` handlers, and what follows when a handler fails.

use std::task::{Context, Poll};

use super::Connection;
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    config::Config,
    dispatch::{Call, Running, poll_guarded},
    error::{HandlerError, HandlerKind},
    guard,
    log::{Quoted, limited},
    timing::{Busy, Look, Timing},
};

/// The `async` handler that the connection waits for. Nothing else is handled meanwhile.
pub(super) struct AtWork {
    handler: Running,
    duty: Duty,
    busy: Busy,
    /// Whether it has run longer than `handler_timeout`.
    is_late: bool,
}

/// The reason why a handler was called.
#[derive(Clone, Copy)]
enum Duty {
    /// An event.
    Event(HandlerKind),
    /// The failure of another handler. The handler is `error`.
    Failure {
        /// The connection closes whatever the `error` handler does, for example after a panic.
        is_fatal: bool,
    },
}

impl Duty {
    fn handler(self) -> HandlerKind {
        match self {
            Self::Event(kind) => kind,
            Self::Failure { .. } => HandlerKind::Error,
        }
    }
}

impl AtWork {
    /// Checks how long the handler has run. `true` if that is too long: the next poll drops it.
    pub(super) fn look(&mut self, timing: &Timing, look: Look, config: &Config) -> bool {
        self.is_late |= timing.is_handler_late(&mut self.busy, look, config);
        self.is_late
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), HandlerError>> {
        let kind = self.duty.handler();
        match self.is_late {
            true => Poll::Ready(Err(HandlerError::TimedOut(kind))),
            false => poll_guarded(kind, &mut self.handler, cx),
        }
    }
}

impl Connection {
    pub(super) fn poll_running(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(at_work) = &mut self.at_work {
            let Poll::Ready(outcome) = at_work.poll(cx) else {
                return Poll::Pending;
            };
            let duty = at_work.duty;
            // A late handler is dropped before it is done.
            self.forget_running();
            self.finish(duty, outcome);
        }
        Poll::Ready(())
    }

    /// Drops the running handler, done or not.
    pub(super) fn forget_running(&mut self) {
        if let Some(at_work) = self.at_work.take() {
            guard::discard(at_work.handler, &self.core().config.path);
        }
    }

    /// Continues with the result of a handler that was called for an event.
    pub(super) fn take_up(&mut self, call: Call) {
        match call {
            Call::Done(Ok(())) => {}
            Call::Done(Err(error)) => self.fail(error),
            Call::Running(kind, handler) => self.wait_for(handler, Duty::Event(kind)),
        }
    }

    fn wait_for(&mut self, handler: Running, duty: Duty) {
        self.at_work = Some(AtWork {
            handler,
            duty,
            busy: Busy::UNSEEN,
            is_late: false,
        });
    }

    /// Called when a handler has finished.
    fn finish(&mut self, duty: Duty, outcome: Result<(), HandlerError>) {
        match (duty, outcome) {
            (Duty::Event(_) | Duty::Failure { is_fatal: false }, Ok(())) => {}
            (Duty::Failure { is_fatal: true }, Ok(())) => self.give_up(CloseCode::Internal, ""),
            (Duty::Failure { .. }, Err(error)) => {
                self.core().meter().failed(&error);
                self.log(&error, "the error handler failed; closing");
                guard::discard(error, &self.core().config.path);
                self.give_up(CloseCode::Internal, "");
            }
            (Duty::Event(_), Err(error)) => self.fail(error),
        }
    }

    /// Calls the `error` handler after a failure, or closes the connection if the module has none.
    fn fail(&mut self, error: HandlerError) {
        self.core().meter().failed(&error);
        let is_fatal = error.is_fatal();
        if self.handlers.handles_errors() {
            self.log(&error, "a handler failed; the `error` handler is told");
        }
        match self.handlers.error(error) {
            Ok(Call::Done(outcome)) => self.finish(Duty::Failure { is_fatal }, outcome),
            Ok(Call::Running(_, handler)) => self.wait_for(handler, Duty::Failure { is_fatal }),
            Err(error) => {
                let (code, reason) = (error.close_code(), error.public_reason());
                self.log(&error, "closing, as there is no error handler");
                guard::discard(error, &self.core().config.path);
                self.give_up(code, reason);
            }
        }
    }

    /// Logs a failure.
    fn log(&self, error: &HandlerError, what: &str) {
        let core = self.core();
        let span = self.handlers.span();
        let _entered = span.enter();
        // The `Display` of the cause may be code of the application.
        let log = || {
            let (socket, handler) = (core.number.get(), error.handler());
            let quoted = Quoted(error.cause());
            match error {
                // The peer is at fault, and can repeat that as often as it likes. So the level is
                // debug.
                HandlerError::Payload(_) => {
                    tracing::debug!(socket, %handler, error = %quoted, "{what}");
                }
                _ => limited!(ERROR, socket, %handler, error = %quoted, "{what}"),
            }
        };
        if let Err(panic) = guard::call(log) {
            panic.log(&core.config.path, "an error panicked when it was shown");
        }
    }

    fn give_up(&self, code: CloseCode, reason: &'static str) {
        let reason = CloseReason::new(code, reason, ClosedBy::Handler);
        self.core().close(reason);
    }
}

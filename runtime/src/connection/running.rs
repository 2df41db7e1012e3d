//! Handlers at work, and what becomes of those that fail.

use std::{
    mem,
    task::{Context, Poll},
};

use super::{Connection, Failure};
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    dispatch::{Call, poll_guarded},
    error::HandlerError,
    guard,
    log::{Quoted, limited},
};

impl Connection {
    pub(super) fn poll_running(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(running) = &mut self.running {
            let outcome = if mem::take(&mut self.timed_out) {
                Err(HandlerError::TimedOut(self.at_work))
            } else {
                match poll_guarded(self.at_work, running, cx) {
                    Poll::Ready(outcome) => outcome,
                    Poll::Pending => return Poll::Pending,
                }
            };
            // One that has taken too long is dropped half-way.
            if let Some(running) = self.running.take() {
                guard::discard(running, &self.core().config.path);
            }
            self.finish(outcome);
        }
        Poll::Ready(())
    }

    /// Drops a handler that is not done.
    pub(super) fn forget_running(&mut self) {
        if let Some(running) = self.running.take() {
            guard::discard(running, &self.core().config.path);
        }
        self.failure = None;
    }

    pub(super) fn take_up(&mut self, call: Call) {
        match call {
            Call::Done(outcome) => self.finish(outcome),
            Call::Running(kind, running) => {
                self.at_work = kind;
                self.running = Some(running);
                self.timed_out = false;
                self.timing.begin_handler();
            }
        }
    }

    /// A handler has finished; `failure` tells whether it was the `error` handler.
    fn finish(&mut self, outcome: Result<(), HandlerError>) {
        match (outcome, self.failure.take()) {
            (Ok(()), None | Some(Failure { is_fatal: false })) => {}
            (Ok(()), Some(Failure { is_fatal: true })) => self.give_up(CloseCode::Internal, ""),
            (Err(error), Some(_)) => {
                self.log(&error, "the error handler failed; closing");
                guard::discard(error, &self.core().config.path);
                self.give_up(CloseCode::Internal, "");
            }
            (Err(error), None) => self.fail(error),
        }
    }

    fn fail(&mut self, error: HandlerError) {
        let is_fatal = error.is_fatal();
        if self.handlers.handles_errors() {
            self.log(&error, "a handler failed; the `error` handler is told");
        }
        match self.handlers.error(error) {
            Ok(call) => {
                self.failure = Some(Failure { is_fatal });
                self.take_up(call);
            }
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
        // What says the cause may be code of the application.
        let log = || {
            let (socket, handler) = (core.number.get(), error.handler());
            let quoted = Quoted(error.cause());
            match error {
                // The peer is at fault, as it can be as often as it likes.
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

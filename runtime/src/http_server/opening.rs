//! A connection whose 101 is being written, to a peer that does not read.
//!
//! What its peer has not read of earlier responses may be in the way. The worker's pump runs it
//! like any connection, so that actix does not count it any more, and that it ends with the others
//! at a stop. `open` is called when the 101 has been written.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::BytesMut;
use tokio::time::Instant;

use super::{gate::Pass, raw::poll_write_all};
use crate::{
    close::CloseReason,
    connection::Connection,
    driver::takeover::{self, Stream},
    outbox::ReadyState,
    worker::{Core, Driven, Visit, Writing},
};

/// A connection and its stream, before the 101 has been written.
pub(super) struct Opening<T> {
    pub(super) connection: Connection,
    pub(super) pass: Pass,
    pub(super) stream: T,
    /// What arrived behind the handshake.
    pub(super) received: Vec<u8>,
    /// What is to be written: the 101, behind what is left of earlier responses.
    pub(super) unwritten: BytesMut,
}

impl<T: Stream> Opening<T> {
    /// Writes the 101 and starts the connection, now or later. It ends if its peer takes nothing
    /// for as long as `patience`; zero is no limit.
    pub(super) async fn run(mut self, patience: Duration) -> io::Result<()> {
        // As a rule the stream takes it at once.
        match poll_fn(|cx| Poll::Ready(self.poll_write(cx))).await {
            Poll::Ready(written) => written.map(|()| self.start()),
            Poll::Pending => {
                self.wait(patience);
                Ok(())
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_write_all(&mut self.stream, &mut self.unwritten, cx)
    }

    fn start(self) {
        takeover::start(self.connection, self.stream, self.received, self.pass);
    }

    fn wait(self, patience: Duration) {
        let core = self.connection.core().clone();
        let waiting = Rc::new(Waiting {
            waker: core.clone().into(),
            core,
            patience,
            state: RefCell::default(),
        });
        self.connection.registration().drive(waiting.clone());
        waiting.state.replace(Some(State {
            opening: self,
            since: None,
        }));
    }
}

/// An [`Opening`] in the hands of the pump.
struct Waiting<T> {
    core: Arc<Core>,
    waker: Waker,
    patience: Duration,
    /// `None` once it is open, or over.
    state: RefCell<Option<State<T>>>,
}

struct State<T> {
    opening: Opening<T>,
    /// When the peer last took something, or was first waited for; `None` before the first visit.
    since: Option<Instant>,
}

impl<T: Stream> State<T> {
    fn poll_write(&mut self, now: Instant, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let before = self.opening.unwritten.len();
        let written = self.opening.poll_write(cx);
        if self.since.is_none() || self.opening.unwritten.len() < before {
            self.since = Some(now);
        }
        written
    }
}

impl<T: Stream> Driven for Waiting<T> {
    fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn waker(&self) -> &Waker {
        &self.waker
    }

    fn poll(&self, now: Instant, cx: &mut Context<'_>) -> Visit {
        let mut outbox = self.core.writing();
        outbox.release();
        // No handler knows of it, and its peer cannot be told anything before the 101.
        if outbox.state() != ReadyState::Open {
            return Visit::Over;
        }
        drop(outbox);
        let mut state = self.state.borrow_mut();
        let written = match &mut *state {
            Some(state) => state.poll_write(now, cx),
            None => return Visit::Over,
        };
        match written {
            Poll::Pending => Visit::Done,
            Poll::Ready(Err(_)) => Visit::Over,
            Poll::Ready(Ok(())) => {
                let opened = state.take();
                drop(state);
                if let Some(State { opening, .. }) = opened {
                    // The driver of an open connection takes the place of this one.
                    opening.start();
                }
                Visit::Done
            }
        }
    }

    fn flush(&self, mut outbox: Writing<'_>, _: &mut Context<'_>) -> Visit {
        // What is sent before the 101 waits for it.
        outbox.hold_back();
        Visit::Done
    }

    fn write_now(&self) {
        self.core.writing().hold_back();
    }

    fn tick(&self, now: Instant, late: Duration) {
        let is_stuck = |since: &mut Instant| {
            *since += late;
            let waited = now.saturating_duration_since(*since);
            !self.patience.is_zero() && waited >= self.patience
        };
        let mut state = self.state.borrow_mut();
        let since = state.as_mut().and_then(|state| state.since.as_mut());
        let is_stuck = since.is_some_and(is_stuck);
        drop(state);
        if is_stuck {
            // The pump drops it at its next visit.
            self.core.terminate(CloseReason::lost());
        }
    }

    fn abandon(&self) {
        let state = self.state.borrow_mut().take();
        drop(state);
    }
}

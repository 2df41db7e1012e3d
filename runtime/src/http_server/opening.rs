//! A connection whose 101 is not completely written yet, because its peer does not read.
//!
//! Unread bytes of earlier responses may block the 101. The worker's pump drives the connection
//! like any other. So actix no longer counts it, and a stop of the server ends it with all others.
//! The `open` handler is called when the 101 has been written.

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
    /// The bytes that arrived after the handshake request.
    pub(super) received: Vec<u8>,
    /// The bytes to write: unwritten bytes of earlier responses, then the 101.
    pub(super) unwritten: BytesMut,
}

impl<T: Stream> Opening<T> {
    /// Writes the 101 and starts the connection, now or later. If the peer reads nothing for the
    /// time `patience`, the connection ends. Zero: no limit.
    pub(super) async fn run(mut self, patience: Duration) -> io::Result<()> {
        // Usually the stream accepts all bytes at once.
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

/// An [`Opening`] that the pump drives.
struct Waiting<T> {
    core: Arc<Core>,
    waker: Waker,
    patience: Duration,
    /// `None` once the connection is open or has ended.
    state: RefCell<Option<State<T>>>,
}

struct State<T> {
    opening: Opening<T>,
    /// When the peer last accepted bytes, or when the first visit was; `None` before the first
    /// visit.
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
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, now: Instant, cx: &mut Context<'_>) -> Visit {
        let mut outbox = self.core.writing();
        outbox.release();
        // `open` was not called yet, and no Close frame may precede the 101. So the connection just
        // ends.
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
                    // `start` registers the driver of the open connection in place of this one.
                    opening.start();
                }
                Visit::Done
            }
        }
    }

    fn flush(&self, mut outbox: Writing<'_>, _: &mut Context<'_>) -> Visit {
        // Messages that are sent before the 101 must wait for it.
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
            // The pump drops the connection at its next visit.
            self.core.terminate(CloseReason::lost());
        }
    }

    fn abandon(&self) {
        let state = self.state.borrow_mut().take();
        drop(state);
    }
}

//! A connection on its stream: reading, answering, and closing.

use std::{
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::Instant;

use super::{Stream, Takeover, buffer::with_read_buffer};
use crate::{
    close::CloseReason,
    connection::{Connection, Progress, Turn, Want},
    outbox::ReadyState,
    worker::Visit,
};

/// How often a connection reads before the others of its worker have their turn.
const READS: usize = 16;

/// A connection and the phase of its stream.
pub(super) struct Wire<P> {
    connection: Connection,
    phase: Phase,
    /// While it exists, the connection counts against the server's limit.
    _pass: P,
}

/// The phase of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The stream is read and written.
    Live,
    /// Nothing more is read. The rest of the outbox is written.
    Flushing,
    /// Our half of the stream is being shut down.
    Shutdown,
    /// The peer's half is read and dropped until it ends. Closing a stream with unread bytes resets
    /// it, and the peer might then lose our Close frame.
    Lingering,
    /// The stream is closed. A handler may still run.
    Done,
}

impl<P> Wire<P> {
    pub(super) fn new(connection: Connection, pass: P) -> Self {
        Self {
            connection,
            phase: Phase::Live,
            _pass: pass,
        }
    }

    /// Checks the time limits. Returns whether one has passed, so that the stream is to be closed at
    /// once.
    pub(super) fn tick(&mut self, now: Instant, late: Duration) -> bool {
        let is_over = self.connection.tick(now, late);
        if is_over {
            self.phase = Phase::Done;
        }
        is_over
    }

    pub(super) fn poll<S: Stream>(
        &mut self,
        now: Instant,
        of: &Takeover<S, P>,
        cx: &mut Context<'_>,
    ) -> Visit {
        let mut turn = Turn::new(now, &of.core.worker);
        if self.phase == Phase::Live
            && let Some(visit) = self.poll_live(of, &mut turn, cx)
        {
            return visit;
        }
        let want = self.connection.poll(cx, &mut turn, &mut []).want;
        let is_closed = self.poll_end(of, cx).is_ready();
        match want {
            Want::End if is_closed => return Visit::Over,
            // Handlers continue without a stream.
            _ if is_closed => of.core.terminate(CloseReason::lost()),
            _ => {}
        }
        of.core.writing().release();
        match want {
            Want::Turn => Visit::PollAgain,
            _ => Visit::Done,
        }
    }

    /// Handles input, then writes the answers. Until then the outbox counts as being polled, so
    /// that no other caller lists it. `None` if nothing more is to be read.
    fn poll_live<S: Stream>(
        &mut self,
        of: &Takeover<S, P>,
        turn: &mut Turn<'_>,
        cx: &mut Context<'_>,
    ) -> Option<Visit> {
        loop {
            let want = self.advance(of, turn, cx);
            let mut outbox = of.core.writing();
            let is_heard = match outbox.state() {
                ReadyState::Open => true,
                // The peer's answer to our Close frame is still to come.
                ReadyState::Closing => self.connection.hears_peer(),
                ReadyState::Closed => false,
            };
            if want == Want::End || !is_heard {
                self.phase = Phase::Flushing;
                return None;
            }
            // Other connections of this round may still publish to it, and one write is enough.
            if outbox.put_off() {
                drop(outbox);
                if want == Want::Turn {
                    of.core.wake();
                }
                return Some(Visit::WriteLater);
            }
            if let Poll::Ready(Err(_)) = of.write(outbox.unwritten(), cx) {
                drop(outbox);
                self.connection.lose();
                self.phase = Phase::Flushing;
                return None;
            }
            // While a handler runs, the connection cannot do what the outbox calls for.
            if outbox.calls_for_attention() && !self.connection.is_busy() {
                continue;
            }
            outbox.release();
            return Some(match want {
                Want::Turn => Visit::PollAgain,
                _ => Visit::Done,
            });
        }
    }

    /// Writes the rest of the outbox and closes the stream.
    fn poll_end<S: Stream>(&mut self, of: &Takeover<S, P>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.phase = match self.phase {
                Phase::Live | Phase::Flushing => {
                    match ready!(of.write(of.core.writing().unwritten(), cx)) {
                        Ok(()) => Phase::Shutdown,
                        Err(_) => Phase::Done,
                    }
                }
                Phase::Shutdown => {
                    match ready!(of.with_stream(|stream| stream.poll_shutdown(cx))) {
                        Ok(()) if self.connection.expects_more() => Phase::Lingering,
                        _ => Phase::Done,
                    }
                }
                Phase::Lingering => {
                    ready!(poll_linger(of, cx));
                    Phase::Done
                }
                Phase::Done => {
                    let stream = of.stream.borrow_mut().take();
                    drop(stream);
                    return Poll::Ready(());
                }
            };
        }
    }

    fn advance<S: Stream>(
        &mut self,
        of: &Takeover<S, P>,
        turn: &mut Turn<'_>,
        cx: &mut Context<'_>,
    ) -> Want {
        let mut unhandled = self.connection.take_unhandled();
        let want = if !unhandled.is_empty() {
            let Progress { used, want } = self.connection.poll(cx, turn, &mut unhandled);
            if used < unhandled.len() {
                unhandled.drain(..used);
                self.connection.keep_unhandled(unhandled);
                return want;
            }
            want
        } else if self.connection.only_reads() {
            // Most visits are for bytes that have just arrived.
            Want::Input
        } else {
            self.connection.poll(cx, turn, &mut []).want
        };
        match want {
            Want::Input | Want::Ahead(_) => {
                with_read_buffer(|buffer| self.read(of, buffer, want, turn, cx))
            }
            Want::Patience | Want::Turn | Want::End => want,
        }
    }

    /// Reads and handles input without waiting, up to [`READS`] times.
    fn read<S: Stream>(
        &mut self,
        of: &Takeover<S, P>,
        buffer: &mut [u8],
        mut want: Want,
        turn: &mut Turn<'_>,
        cx: &mut Context<'_>,
    ) -> Want {
        for _ in 0..READS {
            let most = match want {
                Want::Input => buffer.len(),
                Want::Ahead(room) => room.min(buffer.len()),
                Want::Patience | Want::Turn | Want::End => return want,
            };
            let Poll::Ready(received) = of.read(&mut buffer[..most], cx) else {
                return want;
            };
            if received.is_empty() {
                self.connection.lose();
            }
            let progress = self.connection.poll(cx, turn, received);
            want = progress.want;
            if progress.used < received.len() {
                let unhandled = received[progress.used..].to_vec();
                self.connection.keep_unhandled(unhandled);
                return want;
            }
        }
        Want::Turn
    }
}

fn poll_linger<S: Stream, P>(of: &Takeover<S, P>, cx: &mut Context<'_>) -> Poll<()> {
    with_read_buffer(|buffer| {
        for _ in 0..READS {
            if ready!(of.read(buffer, cx)).is_empty() {
                return Poll::Ready(());
            }
        }
        // The peer may send as fast as this reads. The other connections have their turn
        // nevertheless.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

//! The driver of [`HttpServer`](crate::HttpServer): after the 101 response it owns the raw stream.
//!
//! It reads into a buffer that its whole worker shares. Messages that the handlers of a connection
//! send to their own peer are written at the end of its poll. Messages that other connections
//! publish to it are written when the worker's pump has polled every connection that had something
//! to read.

use std::{
    cell::RefCell,
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use crate::{
    close::CloseReason,
    connection::{Connection, Progress, Turn, Want},
    outbox::ReadyState,
    worker::{Core, Driven, Unwritten, Visit, Writing},
};

/// The size of the read buffer that the connections of a worker share.
const READ_BUFFER: usize = 64 << 10;

/// How often a connection reads before the others of its worker have their turn.
const READS: usize = 16;

/// The number of pieces of memory in one vectored write.
const PIECES: usize = 16;

/// A stream that the driver can own: TCP, TLS or Unix.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + 'static> Stream for T {}

/// Runs a connection on a stream whose 101 response has been written. `received` are the bytes that
/// arrived behind the handshake. `pass` is dropped when the stream is.
pub(crate) fn start<S: Stream, P: 'static>(
    mut connection: Connection,
    stream: S,
    received: Vec<u8>,
    pass: P,
) {
    connection.keep_unhandled(received);
    let takeover = Rc::new(Takeover {
        core: connection.core().clone(),
        waker: connection.core().clone().into(),
        stream: RefCell::new(Some(stream)),
        wire: RefCell::new(None),
    });
    connection.registration().drive(takeover.clone());
    let wire = Wire {
        connection,
        phase: Phase::Live,
        _pass: pass,
    };
    takeover.wire.replace(Some(Box::new(wire)));
}

struct Takeover<S, P> {
    core: Arc<Core>,
    waker: Waker,
    /// Apart from the connection, so that it can be written while a handler runs. `None` once the
    /// stream has ended, even if a handler still runs.
    stream: RefCell<Option<S>>,
    /// `None` once the connection is over.
    ///
    /// Two allocations take less memory than one. Together they fit the size classes of allocators
    /// better. With glibc, the smaller one also fits the gap before or after a stream's
    /// registration with tokio, which is aligned to 128 bytes.
    wire: RefCell<Option<Box<Wire<P>>>>,
}

/// A connection and the phase of its stream.
struct Wire<P> {
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

impl<S: Stream, P> Driven for Takeover<S, P> {
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, now: Instant, cx: &mut Context<'_>) -> Visit {
        match &mut *self.wire.borrow_mut() {
            Some(wire) => wire.poll(now, self, cx),
            None => Visit::Over,
        }
    }

    fn flush(&self, mut outbox: Writing<'_>, cx: &mut Context<'_>) -> Visit {
        match self.write(outbox.unwritten(), cx) {
            // A drain may be due now, or the stream has ended.
            Poll::Ready(Ok(())) if outbox.calls_for_attention() => Visit::PollAgain,
            Poll::Ready(Err(_)) => Visit::PollAgain,
            Poll::Ready(Ok(())) | Poll::Pending => Visit::Done,
        }
    }

    fn write_now(&self) {
        let mut outbox = self.core.writing();
        let cx = &mut Context::from_waker(&self.waker);
        if let Poll::Ready(Err(_)) = self.write(outbox.unwritten(), cx) {
            outbox.fail();
        }
        self.core.end_write(outbox);
    }

    fn tick(&self, now: Instant, late: Duration) {
        if let Some(wire) = &mut *self.wire.borrow_mut()
            && wire.connection.tick(now, late)
        {
            wire.phase = Phase::Done;
            self.core.wake();
        }
    }

    fn abandon(&self) {
        let stream = self.stream.borrow_mut().take();
        drop(stream);
        let wire = self.wire.borrow_mut().take();
        drop(wire);
    }
}

impl<S: Stream, P> Takeover<S, P> {
    /// Polls the stream. A stream that is gone counts as ended.
    fn with_stream<R>(
        &self,
        poll: impl FnOnce(Pin<&mut S>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        match &mut *self.stream.borrow_mut() {
            Some(stream) => poll(Pin::new(stream)),
            None => Poll::Ready(Err(ErrorKind::NotConnected.into())),
        }
    }

    /// Writes the outbox. `Pending` if the stream accepts no more for now.
    fn write(&self, unwritten: Unwritten<'_>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with_stream(|stream| flush(stream.get_mut(), unwritten, cx))
    }

    /// Reads the available bytes. `Ready` with an empty slice at the end of the stream.
    fn read<'b>(&self, buffer: &'b mut [u8], cx: &mut Context<'_>) -> Poll<&'b mut [u8]> {
        let mut unread = ReadBuf::new(buffer);
        let read = ready!(self.with_stream(|stream| stream.poll_read(cx, &mut unread)));
        let filled = if read.is_ok() {
            unread.filled().len()
        } else {
            0
        };
        Poll::Ready(&mut buffer[..filled])
    }
}

impl<P> Wire<P> {
    fn poll<S: Stream>(
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

fn flush<S: Stream>(
    stream: &mut S,
    mut unwritten: Unwritten<'_>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    unwritten.set_stalled(false);
    while !unwritten.is_empty() {
        let stream = Pin::new(&mut *stream);
        let written = match unwritten.only_piece() {
            Some(piece) => stream.poll_write(cx, piece),
            None => {
                let mut slices = [IoSlice::new(&[]); PIECES];
                let filled = unwritten.peek(&mut slices);
                stream.poll_write_vectored(cx, &slices[..filled])
            }
        };
        match written {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(count)) => unwritten.advance(count),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {
                unwritten.set_stalled(true);
                return Poll::Pending;
            }
        }
    }
    Pin::new(stream).poll_flush(cx)
}

/// Lends the worker's read buffer.
pub(crate) fn with_read_buffer<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let mut buffer = BUFFER.take();
    buffer.resize(READ_BUFFER, 0);
    let result = read(&mut buffer);
    BUFFER.set(buffer);
    result
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    /// A larger type costs each connection more than its growth if it leaves a size class of the
    /// allocator: see the inventory in `benches/README.md`.
    #[test]
    fn the_parts_of_an_idle_connection_are_no_larger_than_they_were() {
        type Pass = Arc<()>;
        let stream = size_of::<TcpStream>();
        assert!(size_of::<Takeover<TcpStream, Pass>>() <= 48 + stream);
        assert!(size_of::<Wire<Pass>>() <= 120);
        assert!(size_of::<Connection>() <= 104);
        assert!(size_of::<Core>() <= 136);
    }
}

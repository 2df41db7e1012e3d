//! The driver of [`HttpServer`](crate::HttpServer): after the 101 response it owns the raw stream.
//!
//! It reads into a buffer that its whole worker shares. Messages that the handlers of a connection
//! send to their own peer are written at the end of its poll. Messages that other connections
//! publish to it are written when the worker's pump has polled every connection that had something
//! to read.

mod buffer;
mod wire;

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

#[cfg(feature = "rustls-0_23")]
pub(crate) use self::buffer::lend;
pub(crate) use self::buffer::with_read_buffer;
use self::wire::Wire;
use crate::{
    connection::Connection,
    worker::{Core, Driven, Unwritten, Visit, Writing},
};

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
    let wire = Wire::new(connection, pass);
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
            && wire.tick(now, late)
        {
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

//! The stream that actix's dispatchers read and write. It never waits for a peer without a limit.
//!
//! actix limits the time for the head of the first request, and the time that a connection may stay
//! idle before the next request. This stream limits how long a peer may read nothing of a response.
//! Together with [`Exchanges`] it also limits the time until the head of the next request is
//! complete.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_http::Protocol;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::exchanges::{Exchanges, Limits};
use crate::patience::Countdown;

/// A stream that fails if its peer reads nothing for too long, and that ends if the next request
/// does not arrive in time.
pub(super) struct Guarded<T> {
    stream: T,
    limits: Limits,
    /// Runs while the peer reads nothing.
    stalled: Countdown,
    /// `None` for HTTP/2, which handles requests in parallel.
    exchanges: Option<Rc<Exchanges>>,
}

impl<T> Guarded<T> {
    pub(super) fn new(stream: T, protocol: Protocol, limits: Limits) -> Self {
        Self {
            stream,
            limits,
            stalled: Countdown::default(),
            exchanges: (protocol == Protocol::Http1).then(|| Rc::new(Exchanges::new(limits))),
        }
    }

    pub(super) fn get_ref(&self) -> &T {
        &self.stream
    }

    pub(super) fn exchanges(&self) -> Option<&Rc<Exchanges>> {
        self.exchanges.as_ref()
    }

    /// Returns the inner stream, without limits.
    pub(super) fn into_inner(self) -> T {
        self.stream
    }

    /// Fails if a write has been pending for too long.
    fn limited<R>(
        &mut self,
        written: Poll<io::Result<R>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.stalled.stop();
            return written;
        }
        ready!(self.stalled.poll_for(self.limits.stall, cx));
        tracing::debug!(limit = ?self.limits.stall, "a peer does not read its response");
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guarded<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(exchanges) = &this.exchanges
            && exchanges.poll_over(cx).is_ready()
        {
            // Reading no bytes means the end of the stream.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guarded<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.limited(written, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, pieces);
        this.limited(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // A dispatcher reads first, then makes the response, and flushes last. So the timer of the
        // next request must be polled here.
        if let Some(exchanges) = &this.exchanges {
            exchanges.wake_at_end(cx);
        }
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.limited(flushed, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let shut_down = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.limited(shut_down, cx)
    }
}

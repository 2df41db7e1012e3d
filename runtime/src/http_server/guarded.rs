//! The stream below actix's dispatchers, which waits for no peer for ever.
//!
//! actix limits the head of the first request, and how long a connection is kept that has sent
//! nothing of the next one. The rest is limited here: how long a peer may take nothing of a
//! response, and how long the next request may take to be whole. Of the limits that are not about
//! the stream, [`Exchanges`] knows.

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

/// A stream that fails if its peer takes nothing for too long, and that ends if no request comes
/// when one should.
pub(super) struct Guarded<T> {
    stream: T,
    limits: Limits,
    /// Runs while the peer takes nothing.
    stalled: Countdown,
    /// `None` for HTTP/2, whose requests do not come one after the other.
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

    /// The stream without limits.
    pub(super) fn into_inner(self) -> T {
        self.stream
    }

    /// Fails if something that is written has been pending for too long.
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
        tracing::debug!(limit = ?self.limits.stall, "a peer takes nothing of its response");
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
            // The end of the stream.
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
        // The dispatcher flushes after each response. It reads before, so it would not know that
        // the time of the next request has begun.
        if let Some(exchanges) = &this.exchanges {
            exchanges.have_end_read(cx);
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

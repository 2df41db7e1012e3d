//! A connection's stream without a network.

use std::{
    cell::{Cell, RefCell},
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The peer of one stream, or of many. It counts the bytes that are written to it, and drops them.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    /// The frames that it sends again and again.
    frames: Vec<u8>,
    speaks: Cell<bool>,
    /// The task that waits until it speaks.
    listener: RefCell<Option<Waker>>,
    received: Cell<usize>,
}

impl Peer {
    pub(crate) fn new(frames: Vec<u8>) -> Rc<Self> {
        Rc::new(Self {
            frames,
            ..Self::default()
        })
    }

    /// Sends its frames, which arrive in one read.
    pub(crate) fn speak(&self) {
        self.speaks.set(true);
        if let Some(listener) = self.listener.take() {
            listener.wake();
        }
    }

    /// How many bytes have been written since the last call.
    pub(crate) fn take_received(&self) -> usize {
        self.received.take()
    }

    fn receive(&self, count: usize) -> Poll<io::Result<usize>> {
        self.received.update(|received| received + count);
        Poll::Ready(Ok(count))
    }
}

/// The server's end of the stream.
#[derive(Debug)]
pub(crate) struct Stream(pub(crate) Rc<Peer>);

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.speaks.take() {
            buffer.put_slice(&self.0.frames);
            return Poll::Ready(Ok(()));
        }
        self.0.listener.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.receive(bytes.len())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.receive(slices.iter().map(|slice| slice.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

//! The other end of a stream.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Default)]
pub(crate) struct Peer {
    /// The bytes on their way to the server, one entry for each read.
    sent: RefCell<VecDeque<Vec<u8>>>,
    has_hung_up: Cell<bool>,
    /// How many more bytes the server can write.
    room: Cell<usize>,
    written: RefCell<Vec<u8>>,
    is_shut_down: Cell<bool>,
    reading: RefCell<Option<Waker>>,
    writing: RefCell<Option<Waker>>,
    /// Whether anything has happened since the last call of `take_progress`.
    progress: Cell<bool>,
}

impl Peer {
    pub(crate) fn send(&self, bytes: &[u8]) {
        if !bytes.is_empty() && !self.has_hung_up.get() {
            self.sent.borrow_mut().push_back(bytes.to_vec());
            self.wake(&self.reading);
        }
    }

    pub(crate) fn hang_up(&self) {
        self.has_hung_up.set(true);
        self.wake(&self.reading);
    }

    pub(crate) fn make_room(&self, count: usize) {
        self.room.update(|room| room.saturating_add(count));
        self.wake(&self.writing);
    }

    pub(crate) fn take_written(&self) -> Vec<u8> {
        self.written.take()
    }

    pub(crate) fn take_progress(&self) -> bool {
        self.progress.take()
    }

    fn wake(&self, sleeper: &RefCell<Option<Waker>>) {
        self.progress.set(true);
        if let Some(waker) = sleeper.take() {
            waker.wake();
        }
    }
}

/// The server's end.
pub(crate) struct Stream(pub(crate) Rc<Peer>);

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let peer = &self.0;
        let next = peer.sent.borrow_mut().pop_front();
        if let Some(mut bytes) = next {
            peer.progress.set(true);
            let rest = bytes.split_off(bytes.len().min(buffer.remaining()));
            buffer.put_slice(&bytes);
            if !rest.is_empty() {
                peer.sent.borrow_mut().push_front(rest);
            }
            return Poll::Ready(Ok(()));
        }
        if peer.has_hung_up.get() {
            return Poll::Ready(Ok(()));
        }
        peer.reading.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let peer = &self.0;
        assert!(
            !peer.is_shut_down.get(),
            "nothing is written behind the end"
        );
        let count = bytes.len().min(peer.room.get());
        if count == 0 {
            peer.writing.replace(Some(cx.waker().clone()));
            return Poll::Pending;
        }
        peer.progress.set(true);
        peer.room.update(|room| room - count);
        peer.written.borrow_mut().extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.is_shut_down.set(true);
        Poll::Ready(Ok(()))
    }
}

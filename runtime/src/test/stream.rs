//! A connection in memory: the server's end, and the state that both ends share.

use std::{
    cell::{Ref, RefCell, RefMut},
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::inbound::Inbound;

/// A handle of a connection. Both ends have one.
#[derive(Clone)]
pub(super) struct Link(Rc<RefCell<State>>);

pub(super) struct State {
    /// The bytes that the client has sent and the server has not read.
    sent: BytesMut,
    /// The client has ended its half of the connection.
    client_ended: bool,
    /// The server's waker, while the server waits for bytes to read.
    reader: Option<Waker>,
    /// The number of bytes that the client reads before it stops. `None` if it reads without a
    /// limit.
    pub(super) room: Option<usize>,
    /// The server's waker, while the server waits for room to write.
    writer: Option<Waker>,
    /// The server has closed the connection, or its half of it.
    pub(super) server_ended: bool,
    /// The connection has been reset.
    reset: bool,
    /// The bytes and frames that the client has read.
    pub(super) inbound: Inbound,
    /// The client's waker, while the client waits for a change.
    client: Option<Waker>,
}

/// A handle that does not keep the connection in memory.
#[derive(Clone)]
pub(super) struct WeakLink(Weak<RefCell<State>>);

/// The server's end of a connection.
pub(super) struct ServerEnd(Link);

impl WeakLink {
    pub(super) fn upgrade(&self) -> Option<Link> {
        self.0.upgrade().map(Link)
    }
}

impl Link {
    pub(super) fn new() -> (Self, ServerEnd) {
        let link = Self(Rc::new(RefCell::new(State {
            sent: BytesMut::new(),
            client_ended: false,
            reader: None,
            room: None,
            writer: None,
            server_ended: false,
            reset: false,
            inbound: Inbound::default(),
            client: None,
        })));
        (link.clone(), ServerEnd(link))
    }

    pub(super) fn downgrade(&self) -> WeakLink {
        WeakLink(Rc::downgrade(&self.0))
    }

    pub(super) fn state(&self) -> Ref<'_, State> {
        self.0.borrow()
    }

    pub(super) fn state_mut(&self) -> RefMut<'_, State> {
        self.0.borrow_mut()
    }

    /// Changes the state. Then wakes the end that can go on after the change.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.0.borrow_mut();
        let result = change(&mut state);
        let woken = state.settle();
        drop(state);
        woken.into_iter().flatten().for_each(Waker::wake);
        result
    }

    /// Waits until `find` returns a value.
    pub(super) async fn find<T>(&self, mut find: impl FnMut(&mut State) -> Option<T>) -> T {
        std::future::poll_fn(|cx| {
            let mut state = self.0.borrow_mut();
            match find(&mut state) {
                Some(found) => Poll::Ready(found),
                None => {
                    state.client = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl State {
    /// Sends bytes to the server. Drops them if the connection is over or the client has ended its
    /// half.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        if !self.is_over() && !self.client_ended {
            self.sent.extend_from_slice(bytes);
        }
    }

    /// Ends the client's half.
    pub(super) fn end_half(&mut self) {
        self.client_ended = true;
    }

    /// Resets the connection. Bytes that the server has not read are lost.
    pub(super) fn reset(&mut self) {
        self.reset = true;
        self.sent.clear();
    }

    /// Whether the server can no longer receive what the client sends.
    pub(super) fn is_over(&self) -> bool {
        self.reset || self.server_ended
    }

    /// Stores the waker that wakes the server when there is room to write.
    pub(super) fn wait_for_room(&mut self, writer: &Waker) {
        self.writer = Some(writer.clone());
    }

    /// Applies the consequences of a change: sends answers, and ends the client's input. Returns
    /// the wakers to call.
    fn settle(&mut self) -> [Option<Waker>; 3] {
        let answers = self.inbound.take_answers();
        self.send(&answers);
        // A client that has stopped reading does not see that the server has closed.
        if self.reset || (self.server_ended && self.room.is_none()) {
            self.inbound.end();
            self.client_ended = true;
        }
        let has_input = self.reset || self.client_ended || !self.sent.is_empty();
        let has_room = self.reset || self.room != Some(0);
        [
            self.reader.take_if(|_| has_input),
            self.writer.take_if(|_| has_room),
            self.client.take(),
        ]
    }

    fn read(&mut self, buffer: &mut ReadBuf<'_>, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if self.reset {
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        }
        if self.sent.is_empty() && !self.client_ended {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = self.sent.len().min(buffer.remaining());
        buffer.put_slice(&self.sent[..count]);
        self.sent.advance(count);
        Poll::Ready(Ok(()))
    }

    fn write(&mut self, pieces: &[IoSlice<'_>], cx: &Context<'_>) -> Poll<io::Result<usize>> {
        if self.reset {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        let mut written = 0;
        for piece in pieces {
            let room = self.room.unwrap_or(usize::MAX);
            let piece = &piece[..piece.len().min(room)];
            self.room = self.room.map(|room| room - piece.len());
            self.inbound.read(piece);
            written += piece.len();
        }
        if written == 0 && pieces.iter().any(|piece| !piece.is_empty()) {
            self.wait_for_room(cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for ServerEnd {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.state_mut().read(buffer, cx)
    }
}

impl AsyncWrite for ServerEnd {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.change(|state| state.write(pieces, cx))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.change(|state| state.server_ended = true);
        Poll::Ready(Ok(()))
    }
}

/// The server drops its end after it has closed the connection, or after a reset.
impl Drop for ServerEnd {
    fn drop(&mut self) {
        self.0.change(|state| state.server_ended = true);
    }
}

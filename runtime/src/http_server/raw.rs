//! A stream behind an upgrade request, shared between its response and its payload.

use std::{
    cell::RefCell,
    future::poll_fn,
    io::{self, ErrorKind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_http::{Payload, error::PayloadError};
use bytes::{Buf, Bytes, BytesMut};
use tokio::{io::ReadBuf, time::timeout};

use crate::driver::takeover::{Stream, with_read_buffer};

/// A stream and what has been read off it.
pub(super) struct RawStream<T>(Rc<RefCell<Option<(T, BytesMut)>>>);

impl<T: Stream> RawStream<T> {
    pub(super) fn new(stream: T, received: BytesMut) -> Self {
        Self(Rc::new(RefCell::new(Some((stream, received)))))
    }

    /// The stream as a payload. It reads only when it is polled, so that a stream that is taken
    /// has lost nothing.
    pub(super) fn payload(&self) -> Payload {
        Payload::Stream {
            payload: Box::pin(PayloadStream(self.0.clone())),
        }
    }

    /// Takes the stream; the payload, if anybody still has it, ends.
    pub(super) fn take(&self) -> Option<(T, BytesMut)> {
        self.0.take()
    }

    pub(super) async fn write_all(&self, bytes: &mut BytesMut) -> io::Result<()> {
        while bytes.has_remaining() {
            let written =
                poll_fn(|cx| self.poll(|stream| Pin::new(stream).poll_write(cx, bytes))).await?;
            if written == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            bytes.advance(written);
        }
        poll_fn(|cx| self.poll(|stream| Pin::new(stream).poll_flush(cx))).await
    }

    /// Ends our half, and waits for the peer to end its own: closing a stream on which bytes wait
    /// would reset it, and the peer might lose the response.
    pub(super) async fn close(self, patience: Duration) -> io::Result<()> {
        poll_fn(|cx| self.poll(|stream| Pin::new(stream).poll_shutdown(cx))).await?;
        let linger = poll_fn(|cx| {
            loop {
                match ready!(poll_read(&self.0, cx)) {
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Poll::Ready(()),
                }
            }
        });
        // A peer that takes longer is cut off.
        timeout(patience, linger).await.ok();
        Ok(())
    }

    fn poll<R>(&self, poll: impl FnOnce(&mut T) -> Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        match &mut *self.0.borrow_mut() {
            Some((stream, _)) => poll(stream),
            None => Poll::Ready(Err(ErrorKind::NotConnected.into())),
        }
    }
}

struct PayloadStream<T>(Rc<RefCell<Option<(T, BytesMut)>>>);

impl<T: Stream> futures_core::Stream for PayloadStream<T> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_read(&self.0, cx).map_err(PayloadError::Io)
    }
}

/// Reads a chunk; `None` at the end.
fn poll_read<T: Stream>(
    stream: &RefCell<Option<(T, BytesMut)>>,
    cx: &mut Context<'_>,
) -> Poll<Option<io::Result<Bytes>>> {
    let mut stream = stream.borrow_mut();
    let Some((stream, received)) = &mut *stream else {
        return Poll::Ready(None);
    };
    if !received.is_empty() {
        return Poll::Ready(Some(Ok(received.split().freeze())));
    }
    with_read_buffer(|buffer| {
        let mut unread = ReadBuf::new(buffer);
        ready!(Pin::new(stream).poll_read(cx, &mut unread))?;
        let read = Bytes::copy_from_slice(unread.filled());
        Poll::Ready((!read.is_empty()).then_some(Ok(read)))
    })
}

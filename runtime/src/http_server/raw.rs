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

    /// The stream as a payload: so many bytes of it, or all. It reads only when it is polled, so
    /// that a stream that is taken has lost nothing.
    pub(super) fn payload(&self, length: Option<u64>) -> Payload {
        Payload::Stream {
            payload: Box::pin(PayloadStream {
                stream: self.0.clone(),
                left: length,
            }),
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
                match ready!(poll_read(&self.0, usize::MAX, cx)) {
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

struct PayloadStream<T> {
    stream: Rc<RefCell<Option<(T, BytesMut)>>>,
    /// How many bytes are to come; `None` if the stream is all payload.
    left: Option<u64>,
}

impl<T: Stream> futures_core::Stream for PayloadStream<T> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(left) = self.left else {
            return poll_read(&self.stream, usize::MAX, cx).map_err(PayloadError::Io);
        };
        if left == 0 {
            return Poll::Ready(None);
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let read = ready!(poll_read(&self.stream, most, cx)?);
        let read = read.ok_or(PayloadError::Incomplete(None))?;
        self.left = Some(left - read.len() as u64);
        Poll::Ready(Some(Ok(read)))
    }
}

/// Reads a chunk of at most so many bytes; `None` at the end.
fn poll_read<T: Stream>(
    stream: &RefCell<Option<(T, BytesMut)>>,
    most: usize,
    cx: &mut Context<'_>,
) -> Poll<Option<io::Result<Bytes>>> {
    let mut stream = stream.borrow_mut();
    let Some((stream, received)) = &mut *stream else {
        return Poll::Ready(None);
    };
    if !received.is_empty() {
        let read = received.split_to(most.min(received.len()));
        return Poll::Ready(Some(Ok(read.freeze())));
    }
    with_read_buffer(|buffer| {
        let most = most.min(buffer.len());
        let mut unread = ReadBuf::new(&mut buffer[..most]);
        ready!(Pin::new(stream).poll_read(cx, &mut unread))?;
        let read = Bytes::copy_from_slice(unread.filled());
        Poll::Ready((!read.is_empty()).then_some(Ok(read)))
    })
}

//! The raw stream of an upgrade request, shared between its response and its payload.

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

use crate::{
    driver::takeover::{Stream, with_read_buffer},
    patience::within,
};

/// A stream, and the bytes that were read from it but not used yet.
pub(super) struct RawStream<T>(Rc<RefCell<Option<(T, BytesMut)>>>);

/// Writes `bytes`, and removes the written ones from the buffer.
pub(super) fn poll_write_all<T: Stream>(
    stream: &mut T,
    bytes: &mut BytesMut,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    while bytes.has_remaining() {
        let written = ready!(Pin::new(&mut *stream).poll_write(cx, bytes))?;
        if written == 0 {
            return Poll::Ready(Err(ErrorKind::WriteZero.into()));
        }
        bytes.advance(written);
    }
    Pin::new(stream).poll_flush(cx)
}

impl<T: Stream> RawStream<T> {
    pub(super) fn new(stream: T, received: BytesMut) -> Self {
        Self(Rc::new(RefCell::new(Some((stream, received)))))
    }

    /// The stream as a payload: `length` bytes of it, or all. It reads only when it is polled, so
    /// [`take`](Self::take) loses no bytes.
    pub(super) fn payload(&self, length: Option<u64>) -> Payload {
        Payload::Stream {
            payload: Box::pin(PayloadStream {
                stream: self.0.clone(),
                left: length,
            }),
        }
    }

    /// Takes the stream out. A payload that still refers to it ends.
    pub(super) fn take(&self) -> Option<(T, BytesMut)> {
        self.0.take()
    }

    /// Writes `bytes`. Fails if the peer reads nothing for the time `patience`. Zero: no limit.
    pub(super) async fn write_all(
        &self,
        bytes: &mut BytesMut,
        patience: Duration,
    ) -> io::Result<()> {
        loop {
            let before = bytes.len();
            let write = poll_fn(|cx| self.poll(|stream| poll_write_all(stream, bytes, cx)));
            if let Some(outcome) = within(patience, write).await {
                return outcome;
            }
            if bytes.len() == before {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }

    /// Ends the server's half of the stream, and waits until the peer ends its own half. Closing a
    /// stream that still holds unread bytes would reset it, and the peer could lose the response.
    /// Zero: do not wait for the peer.
    pub(super) async fn close(self, patience: Duration) -> io::Result<()> {
        let close = async {
            poll_fn(|cx| self.poll(|stream| Pin::new(stream).poll_shutdown(cx))).await?;
            poll_fn(|cx| {
                loop {
                    match ready!(poll_read(&self.0, usize::MAX, cx)) {
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return Poll::Ready(Ok(())),
                    }
                }
            })
            .await
        };
        // A slower peer is disconnected.
        match patience.is_zero() {
            true => timeout(patience, close).await.unwrap_or(Ok(())),
            false => within(patience, close).await.unwrap_or(Ok(())),
        }
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
    /// The number of bytes left; `None` if the payload ends with the stream.
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

/// Reads at most `most` bytes; `None` at the end.
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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncRead, AsyncWrite},
        time::{Sleep, sleep},
    };

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    /// Longer than `SHORT`, and shorter than twice `SHORT`.
    const LIMIT: Duration = Duration::from_millis(30);

    /// A stream that accepts one byte each time `SHORT` has passed, `left` bytes in all.
    struct Trickle {
        left: usize,
        next: Pin<Box<Sleep>>,
    }

    fn trickle(left: usize) -> RawStream<Trickle> {
        let next = Box::pin(sleep(SHORT));
        RawStream::new(Trickle { left, next }, BytesMut::new())
    }

    impl AsyncRead for Trickle {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Trickle {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            ready!(self.next.as_mut().poll(cx));
            if self.left == 0 {
                return Poll::Pending;
            }
            self.left -= 1;
            self.next = Box::pin(sleep(SHORT));
            Poll::Ready(Ok(1))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[actix_web::test]
    async fn a_peer_may_be_slow_but_not_stop() {
        let whole = BytesMut::from(&b"a response"[..]);
        let mut bytes = whole.clone();
        trickle(bytes.len())
            .write_all(&mut bytes, LIMIT)
            .await
            .unwrap();
        assert!(bytes.is_empty());
        let mut bytes = whole.clone();
        let stopped = trickle(bytes.len() - 1).write_all(&mut bytes, LIMIT).await;
        assert_eq!(stopped.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(bytes, b"e"[..]);
        let mut bytes = whole.clone();
        let stopped = trickle(0).write_all(&mut bytes, LIMIT).await;
        assert_eq!(stopped.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(bytes, whole);
    }

    #[actix_web::test]
    async fn the_end_is_not_waited_for_either() {
        trickle(0).close(LIMIT).await.unwrap();
        trickle(0).close(Duration::ZERO).await.unwrap();
    }
}

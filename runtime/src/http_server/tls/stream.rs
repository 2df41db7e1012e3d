//! A stream by TLS that keeps no buffers while it is idle.

use std::{
    cell::Cell,
    future::poll_fn,
    io::{self, ErrorKind, IoSlice},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, BytesMut};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::session::{Records, Session};
use crate::driver::takeover::lend;

/// The size of the buffer in which the connections of a worker decrypt what they read. A record, and
/// a handshake message in several records, must fit into it.
const READ_BUFFER: usize = 64 << 10;

/// The number of bytes that are read at once at least, even if the reader has less room.
const LEAST_READ: usize = 4 << 10;

/// The number of bytes that are encrypted at once at most. So much plaintext may wait in a stream
/// that accepts no more.
const MOST_ENCRYPTED: usize = 64 << 10;

/// The largest number of bytes in a record.
const LARGEST_RECORD: usize = 16 << 10;

/// The server's end of a TLS connection.
pub(super) struct TlsStream<T> {
    io: T,
    session: Session,
    /// Hardly any connection has some.
    rest: Option<Box<Rest>>,
    /// The peer has been told that nothing more comes.
    closed: bool,
}

/// Bytes that could not be handed on.
#[derive(Debug, Default)]
struct Rest {
    /// The first bytes of a record.
    encrypted: Vec<u8>,
    /// Plaintext for which the reader had no room.
    received: BytesMut,
    /// Records that the stream below has not accepted.
    unsent: BytesMut,
}

impl<T: AsyncRead + AsyncWrite + Unpin> TlsStream<T> {
    /// Shakes hands.
    pub(super) async fn accept(config: Arc<ServerConfig>, io: T) -> io::Result<Self> {
        let mut stream = Self {
            io,
            session: Session::new(config)?,
            rest: None,
            closed: false,
        };
        poll_fn(|cx| stream.poll_handshake(cx)).await?;
        Ok(stream)
    }

    pub(super) fn alpn_protocol(&self) -> Option<&[u8]> {
        self.session.alpn_protocol()
    }

    /// Whether it holds no bytes.
    #[cfg(test)]
    pub(super) fn is_lean(&self) -> bool {
        self.rest.is_none()
    }

    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.session.is_handshaking() {
            // Reads also if some is not sent yet: the client may not read before it has sent its part.
            let _ = self.poll_unsent(cx)?;
            let nothing = &mut ReadBuf::new(&mut []);
            if ready!(self.poll_receive(nothing, cx))? == 0 {
                return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
            }
        }
        ready!(self.poll_unsent(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    /// Reads once, decrypts into `buffer`, and keeps what does not fit. Returns how many bytes have
    /// been read: 0 at the end of the stream below.
    fn poll_receive(
        &mut self,
        buffer: &mut ReadBuf<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        with_read_buffer(|encrypted| {
            let begun = self.rest.as_ref().map_or(0, |rest| rest.encrypted.len());
            let most = begun + buffer.remaining().max(LEAST_READ);
            let most = most.min(encrypted.len());
            if begun == most {
                let problem = "a TLS message is too large";
                return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, problem)));
            }
            let mut unread = ReadBuf::new(&mut encrypted[begun..most]);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut unread))?;
            let read = unread.filled().len();
            if read > 0 {
                if let Some(rest) = &mut self.rest {
                    encrypted[..begun].copy_from_slice(&rest.encrypted);
                    rest.encrypted = Vec::new();
                }
                self.decrypt(&mut encrypted[..begun + read], buffer, cx)?;
            }
            Poll::Ready(Ok(read))
        })
    }

    fn decrypt(
        &mut self,
        encrypted: &mut [u8],
        buffer: &mut ReadBuf<'_>,
        cx: &mut Context<'_>,
    ) -> io::Result<()> {
        with_records(|records| {
            let Self { session, rest, .. } = self;
            let plain = &mut |bytes: &[u8]| {
                let (now, later) = bytes.split_at(bytes.len().min(buffer.remaining()));
                buffer.put_slice(now);
                if !later.is_empty() {
                    rest.get_or_insert_default().received.extend(later);
                }
            };
            let used = session.decrypt(encrypted, plain, records);
            // An answer, or an alert. If it cannot be sent, the peer is gone or does not read, which
            // the next write finds out.
            let _ = self.poll_send(records, cx);
            let begun = &encrypted[used?..];
            if !begun.is_empty() {
                self.rest.get_or_insert_default().encrypted = begun.to_vec();
            }
            self.tidy();
            Ok(())
        })
    }

    /// Runs `encode`, which makes records, and sends them. Returns whether all are sent; the others
    /// are kept.
    fn send(
        &mut self,
        cx: &mut Context<'_>,
        encode: impl FnOnce(
            &mut Session,
            &mut [u8],
            &mut dyn FnMut(&[u8]),
            &mut Records,
        ) -> io::Result<usize>,
    ) -> Poll<io::Result<()>> {
        with_records(|records| {
            let mut begun = match &mut self.rest {
                Some(rest) => mem::take(&mut rest.encrypted),
                None => Vec::new(),
            };
            let Self { session, rest, .. } = self;
            let plain = &mut |bytes: &[u8]| rest.get_or_insert_default().received.extend(bytes);
            let used = encode(session, &mut begun, plain, records);
            if !begun.is_empty() {
                begun.drain(..*used.as_ref().unwrap_or(&0));
                self.rest.get_or_insert_default().encrypted = begun;
            }
            let sent = self.poll_send(records, cx);
            used?;
            sent
        })
    }

    /// Sends records, behind those that are kept. `Pending` if some are kept now.
    fn poll_send(&mut self, records: &Records, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut records = records.as_bytes();
        if self.rest.as_ref().is_none_or(|rest| rest.unsent.is_empty()) {
            while !records.is_empty() {
                match poll_write(&mut self.io, records, cx)? {
                    Poll::Ready(written) => records = &records[written..],
                    Poll::Pending => break,
                }
            }
            if records.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.rest.get_or_insert_default().unsent.extend(records);
            return Poll::Pending;
        }
        self.rest.get_or_insert_default().unsent.extend(records);
        self.poll_unsent(cx)
    }

    /// Sends the records that are kept.
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(Ok(()));
        };
        while !rest.unsent.is_empty() {
            let written = ready!(poll_write(&mut self.io, &rest.unsent, cx))?;
            rest.unsent.advance(written);
        }
        rest.unsent = BytesMut::new();
        self.tidy();
        Poll::Ready(Ok(()))
    }

    /// Frees what holds nothing.
    fn tidy(&mut self) {
        self.rest.take_if(|rest| {
            rest.encrypted.is_empty() && rest.received.is_empty() && rest.unsent.is_empty()
        });
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(rest) = &mut this.rest
            && !rest.received.is_empty()
        {
            let now = rest.received.len().min(buffer.remaining());
            buffer.put_slice(&rest.received.split_to(now));
            this.tidy();
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        while buffer.filled().len() == before && buffer.remaining() > 0 {
            if this.session.is_closed_by_peer() {
                break;
            }
            if ready!(this.poll_receive(buffer, cx))? == 0 {
                let problem = "the peer has ended the stream without a close_notify of TLS";
                return Poll::Ready(Err(io::Error::new(ErrorKind::UnexpectedEof, problem)));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_unsent(cx))?;
        let bytes = &bytes[..bytes.len().min(MOST_ENCRYPTED)];
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let sent = this.send(cx, |session, begun, plain, records| {
            session.encrypt(begun, plain, records, bytes)
        });
        match sent {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    /// Writes the pieces as one record if they fit.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut pieces = pieces.iter().filter(|piece| !piece.is_empty());
        let Some(first) = pieces.next() else {
            return Poll::Ready(Ok(0));
        };
        if first.len() >= LARGEST_RECORD {
            return self.poll_write(cx, first);
        }
        with_gathered(|gathered| {
            gathered.extend_from_slice(first);
            for piece in pieces {
                let room = MOST_ENCRYPTED.saturating_sub(gathered.len());
                gathered.extend_from_slice(&piece[..piece.len().min(room)]);
            }
            self.poll_write(cx, gathered)
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_unsent(cx))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !mem::replace(&mut this.closed, true) {
            ready!(this.send(cx, Session::close))?;
        }
        ready!(this.poll_unsent(cx))?;
        match ready!(Pin::new(&mut this.io).poll_shutdown(cx)) {
            Err(error) if error.kind() != ErrorKind::NotConnected => Poll::Ready(Err(error)),
            // The peer has already ended the stream, or it has ended now.
            _ => Poll::Ready(Ok(())),
        }
    }
}

/// Writes some of `bytes`, which are not empty.
fn poll_write<T: AsyncWrite + Unpin>(
    io: &mut T,
    bytes: &[u8],
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    match ready!(Pin::new(io).poll_write(cx, bytes))? {
        0 => Poll::Ready(Err(ErrorKind::WriteZero.into())),
        written => Poll::Ready(Ok(written)),
    }
}

/// Lends the worker's buffer of received bytes.
fn with_read_buffer<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    lend(&BUFFER, |buffer| {
        buffer.resize(READ_BUFFER, 0);
        read(buffer)
    })
}

/// Lends the worker's buffer of records, empty.
fn with_records<R>(write: impl FnOnce(&mut Records) -> R) -> R {
    thread_local! {
        static RECORDS: Cell<Records> = Cell::default();
    }
    lend(&RECORDS, |records| {
        records.clear();
        write(records)
    })
}

/// Lends the worker's buffer for the pieces of a write, empty.
fn with_gathered<R>(write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    thread_local! {
        static GATHERED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    lend(&GATHERED, |gathered| {
        gathered.clear();
        write(gathered)
    })
}

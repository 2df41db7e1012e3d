//! Streams of bytes to a broker: TCP, a Unix socket, or TLS over one of them.

#[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
pub(super) mod tls;

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::broker::{BrokerError, Kind};

/// A stream to a broker. Dropping it closes it.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(all(unix, feature = "redis"))]
    Unix(tokio::net::UnixStream),
    #[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
    Tls(Box<tokio_rustls::client::TlsStream<Stream>>),
}

/// Connects to the first address of a host that answers.
pub(super) async fn tcp(host: &str, port: u16) -> Result<Stream, BrokerError> {
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(unreachable)?;
    // Batches are gathered already, so that nothing is won by the kernel's waiting for more.
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(Stream::Tcp(stream))
}

#[cfg(all(unix, feature = "redis"))]
pub(super) async fn unix(path: &std::path::Path) -> Result<Stream, BrokerError> {
    let stream = tokio::net::UnixStream::connect(path).await;
    Ok(Stream::Unix(stream.map_err(unreachable)?))
}

/// Makes room in a buffer for what is read next. What is left of the room for a large message is not
/// used for those that follow: a short one that is kept would keep all of it.
pub(super) fn make_room(buffer: &mut BytesMut, room: usize) {
    let free = buffer.capacity() - buffer.len();
    if free < room / 4 {
        buffer.reserve(room);
    } else if free > 4 * room && buffer.len() < room {
        let mut other = BytesMut::with_capacity(2 * room);
        other.extend_from_slice(buffer);
        *buffer = other;
    }
}

/// No connection could be made.
fn unreachable(error: io::Error) -> BrokerError {
    BrokerError::new(Kind::Unreachable, words(&error))
}

/// A connection has failed.
pub(super) fn broken(error: io::Error) -> BrokerError {
    #[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
    if let Some(refusal) = tls::refusal(&error) {
        return refusal;
    }
    BrokerError::new(Kind::Broken, words(&error))
}

/// What the system says, as a part of a sentence: `connection refused`.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(it) => Pin::new(it).poll_read(cx, buffer),
            #[cfg(all(unix, feature = "redis"))]
            Self::Unix(it) => Pin::new(it).poll_read(cx, buffer),
            #[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
            Self::Tls(it) => Pin::new(it).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(it) => Pin::new(it).poll_write(cx, bytes),
            #[cfg(all(unix, feature = "redis"))]
            Self::Unix(it) => Pin::new(it).poll_write(cx, bytes),
            #[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
            Self::Tls(it) => Pin::new(it).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(it) => Pin::new(it).poll_flush(cx),
            #[cfg(all(unix, feature = "redis"))]
            Self::Unix(it) => Pin::new(it).poll_flush(cx),
            #[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
            Self::Tls(it) => Pin::new(it).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(it) => Pin::new(it).poll_shutdown(cx),
            #[cfg(all(unix, feature = "redis"))]
            Self::Unix(it) => Pin::new(it).poll_shutdown(cx),
            #[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
            Self::Tls(it) => Pin::new(it).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 64 << 10;

    /// Reads until the buffer has so much.
    fn read(buffer: &mut BytesMut, bytes: usize) {
        while buffer.len() < bytes {
            make_room(buffer, ROOM);
            let free = buffer.capacity() - buffer.len();
            assert!(free >= ROOM / 4);
            buffer.resize(buffer.len() + free.min(bytes - buffer.len()), 7);
        }
    }

    #[test]
    fn the_room_of_a_large_message_is_not_used_for_others() {
        let mut buffer = BytesMut::new();
        read(&mut buffer, 1 << 20);
        buffer.reserve(1 << 20);
        let large = buffer.split_to((1 << 20) - 10);
        make_room(&mut buffer, ROOM);
        assert_eq!(buffer[..], [7; 10]);
        assert!(buffer.capacity() <= 2 * ROOM, "{}", buffer.capacity());
        drop(large);
        // Nor if all of it is free again.
        read(&mut buffer, 1000);
        drop(buffer.split());
        read(&mut buffer, 1 << 20);
        drop(buffer.split());
        make_room(&mut buffer, ROOM);
        make_room(&mut buffer, ROOM);
        assert!(buffer.capacity() <= 5 * ROOM, "{}", buffer.capacity());
    }

    #[test]
    fn an_error_of_the_system_becomes_a_part_of_a_sentence() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(words(&refused), "connection refused");
        assert_eq!(words(&io::Error::other("")), "");
    }
}

//! Streams of bytes to a broker: TCP, a Unix socket, or TLS over one of them.

#[cfg(any(feature = "redis-tls", feature = "nats-tls"))]
pub(super) mod tls;

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

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

    #[test]
    fn an_error_of_the_system_becomes_a_part_of_a_sentence() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(words(&refused), "connection refused");
        assert_eq!(words(&io::Error::other("")), "");
    }
}

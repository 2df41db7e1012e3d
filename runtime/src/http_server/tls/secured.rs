//! The streams behind a TLS handshake: our own, or actix's for a callback that looks for it.

use std::{
    any::Any,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_service::{Service as _, ServiceFactory};
use actix_tls::accept::rustls_0_23 as actix;
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::stream::TlsStream;

/// Shakes hands.
#[derive(Clone)]
pub(super) enum Acceptor {
    Lean(Arc<ServerConfig>),
    Actix(actix::Acceptor),
}

impl Acceptor {
    /// One that makes the streams of actix.
    pub(super) fn of_actix(config: ServerConfig) -> Self {
        let mut acceptor = actix::Acceptor::new(config);
        // `Handshakes` applies the limit, because it does not count time in which the process was
        // stopped.
        acceptor.set_handshake_timeout(Duration::MAX);
        Self::Actix(acceptor)
    }

    /// Shakes hands. The error needs no action: the peer has got an alert.
    pub(super) fn accept(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = Result<Secured, ()>> + use<> {
        let acceptor = self.clone();
        async move {
            match acceptor {
                Self::Lean(config) => match TlsStream::accept(config, stream).await {
                    Ok(stream) => Ok(Secured::Lean(Box::new(stream))),
                    Err(_) => Err(()),
                },
                Self::Actix(acceptor) => {
                    let service = ServiceFactory::<TcpStream>::new_service(&acceptor, ()).await?;
                    match service.call(stream).await {
                        Ok(stream) => Ok(Secured::Actix(Box::new(stream))),
                        Err(_) => Err(()),
                    }
                }
            }
        }
    }
}

/// A stream behind a TLS handshake. Boxed: it passes through futures of actix, each of which would
/// have room for it.
pub(super) enum Secured {
    Lean(Box<TlsStream<TcpStream>>),
    Actix(Box<actix::TlsStream<TcpStream>>),
}

impl Secured {
    /// The protocol that server and client have agreed upon.
    pub(super) fn alpn_protocol(&self) -> Option<&[u8]> {
        match self {
            Self::Lean(stream) => stream.alpn_protocol(),
            Self::Actix(stream) => stream.get_ref().1.alpn_protocol(),
        }
    }

    /// The stream as a callback of `on_connect` gets it.
    pub(super) fn as_any(&self) -> &dyn Any {
        match self {
            Self::Lean(stream) => &**stream,
            Self::Actix(stream) => &**stream,
        }
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Lean(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Actix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Lean(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Actix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Lean(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Self::Actix(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Lean(stream) => Pin::new(stream).poll_flush(cx),
            Self::Actix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Lean(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Actix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

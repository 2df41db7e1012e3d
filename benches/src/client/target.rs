use std::{io, net::SocketAddrV4, sync::Arc};

use rustls::ClientConfig;

use super::{Connection, Dialect, FrameCounter, Kind, Service, client_frame, server_frame};

/// A server, as a client sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// Where it listens.
    pub(crate) address: SocketAddrV4,
    /// What is spoken there.
    pub(crate) dialect: Dialect,
    /// Whom to trust there, where it speaks TLS.
    pub(crate) tls: Option<&'a Arc<ClientConfig>>,
}

impl Target<'_> {
    /// The connection of the client with this index, ready for its service.
    pub(crate) fn open(self, index: usize, service: Service<'_>) -> io::Result<Connection> {
        Connection::open(self, index, service)
            .map_err(|error| io::Error::new(error.kind(), format!("connection {index}: {error}")))
    }

    /// A message as we send it.
    pub(crate) fn to_server(self, kind: Kind, payload: &[u8]) -> Vec<u8> {
        client_frame(self.dialect.kind(kind), &self.dialect.message(payload))
    }

    /// A message as we receive it.
    pub(crate) fn to_client(self, kind: Kind, payload: &[u8]) -> Vec<u8> {
        server_frame(self.dialect.kind(kind), &self.dialect.message(payload))
    }

    /// Counts messages like this one.
    pub(crate) fn counter(self, kind: Kind, payload: &[u8]) -> FrameCounter {
        let length = self.dialect.message(payload).len();
        FrameCounter::new(self.dialect.kind(kind), length)
    }
}

use std::{io, net::SocketAddrV4, ops::RangeInclusive, sync::Arc};

use rustls::ClientConfig;

use super::{
    Connection, Dialect, FrameCounter, Kind, Service, client_frame, deflate::deflate,
    frames::compressed_client_frame,
};

/// A server, as a client sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// The address that it listens on.
    pub(crate) address: SocketAddrV4,
    /// The dialect that it speaks.
    pub(crate) dialect: Dialect,
    /// The client's TLS configuration, if the server speaks TLS.
    pub(crate) tls: Option<&'a Arc<ClientConfig>>,
    /// Whether messages are compressed in both directions.
    pub(crate) compresses: bool,
}

impl Target<'_> {
    /// Opens the connection of the client with this index, and makes it ready for its service.
    pub(crate) fn open(self, index: usize, service: Service<'_>) -> io::Result<Connection> {
        Connection::open(self, index, service)
            .map_err(|error| io::Error::new(error.kind(), format!("connection {index}: {error}")))
    }

    /// The frame of a message to the server.
    pub(crate) fn to_server(self, kind: Kind, payload: &[u8]) -> io::Result<Vec<u8>> {
        let kind = self.dialect.kind(kind);
        let message = self.dialect.message(payload);
        Ok(match self.compresses {
            true => compressed_client_frame(kind, &deflate(&message)?),
            false => client_frame(kind, &message),
        })
    }

    /// Waits for exactly this message, and returns the length of its payload on the wire.
    pub(crate) fn expect(
        self,
        connection: &mut Connection,
        kind: Kind,
        payload: &[u8],
    ) -> io::Result<usize> {
        connection.expect_message(self.dialect.kind(kind), &self.dialect.message(payload))
    }

    /// A counter for messages like the first ones, whose payloads have these lengths on the wire.
    pub(crate) fn counter(
        self,
        connection: &Connection,
        kind: Kind,
        lengths: RangeInclusive<usize>,
    ) -> FrameCounter {
        connection.counter(self.dialect.kind(kind), lengths)
    }
}

//! The format of the messages.

use std::io;

use super::{Connection, Kind, client_frame, server_frame};

/// The protocol above WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Messages travel unchanged, and each service has its own path.
    Plain,
    /// [Socket.IO](https://socket.io/docs/v4/socket-io-protocol/): there is one path, and messages
    /// are wrapped into events. The client names the service when it enters a namespace.
    SocketIo {
        /// Whether the server sends its first ping at once, and not after the first interval.
        pings_at_once: bool,
    },
}

/// A service of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Service<'a> {
    /// Every message comes back.
    Echo,
    /// Every message goes to all members, after the name of its sender.
    Chat(&'a str),
    /// Receives all published messages.
    Feed,
    /// Publishes every message.
    Publish,
    /// Receives the messages to the room of this name.
    Member(&'a str),
    /// Sends every message to the room of this name.
    Speaker(&'a str),
    /// Receives the messages to this many topics. Servers of Socket.IO have no such service.
    Topics(usize),
}

impl Dialect {
    /// The path of a service for the handshake.
    pub(super) fn path(self, service: Service<'_>) -> String {
        match (self, service) {
            (Self::SocketIo { .. }, _) => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            (Self::Plain, Service::Echo) => "/ws".to_owned(),
            (Self::Plain, Service::Chat(name)) => format!("/chat?name={name}"),
            (Self::Plain, Service::Feed) => "/feed".to_owned(),
            (Self::Plain, Service::Publish) => "/publish".to_owned(),
            (Self::Plain, Service::Member(name)) => format!("/member?name={name}"),
            (Self::Plain, Service::Speaker(name)) => format!("/speaker?name={name}"),
            (Self::Plain, Service::Topics(count)) => format!("/topics?count={count}"),
        }
    }

    /// Continues after the handshake, until the server is ready.
    pub(super) fn enter(self, connection: &mut Connection, service: Service<'_>) -> io::Result<()> {
        let ready = self.message(b"ready");
        match self {
            Self::Plain
                if matches!(
                    service,
                    Service::Feed | Service::Member(_) | Service::Topics(_)
                ) =>
            {
                connection.expect(&server_frame(Kind::Text, &ready))
            }
            Self::Plain => Ok(()),
            Self::SocketIo { pings_at_once } => {
                connection.expect_texts(&["0{"])?;
                connection.send(&client_frame(Kind::Text, request(service).as_bytes()))?;
                let entered = ["40{", "42[\"message\",\"ready\"]", "2"];
                if !pings_at_once {
                    return connection.expect_texts(&entered[..2]);
                }
                connection.expect_texts(&entered)?;
                connection.send(&client_frame(Kind::Text, b"3"))
            }
        }
    }

    /// The kind of frame for messages.
    pub(crate) fn kind(self, kind: Kind) -> Kind {
        match self {
            Self::Plain => kind,
            // A binary message would take two frames.
            Self::SocketIo { .. } => Kind::Text,
        }
    }

    /// The payload of the frame for a message.
    pub(crate) fn message(self, payload: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => payload.to_vec(),
            Self::SocketIo { .. } => [b"42[\"message\",\"", payload, b"\"]"].concat(),
        }
    }
}

/// The packet that enters the namespace `/`.
fn request(service: Service<'_>) -> String {
    let (service, name) = match service {
        Service::Echo => ("echo", ""),
        Service::Chat(name) => ("chat", name),
        Service::Feed => ("feed", ""),
        Service::Publish => ("publish", ""),
        Service::Member(name) => ("member", name),
        Service::Speaker(name) => ("speaker", name),
        Service::Topics(_) => ("topics", ""),
    };
    format!("40{{\"service\":\"{service}\",\"name\":\"{name}\"}}")
}

//! What travels inside the messages.

use std::io;

use super::{Connection, Kind, client_frame, server_frame};

/// How a server is talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Messages are what they are, and each service has a path of its own.
    Plain,
    /// [Socket.IO](https://socket.io/docs/v4/socket-io-protocol/): one path, messages wrapped into
    /// events, and the service named when a namespace is entered.
    SocketIo,
}

/// What a server offers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Service<'a> {
    /// Every message comes back.
    Echo,
    /// Every message goes to all, with the name of its sender before it.
    Chat(&'a str),
    /// What is published arrives.
    Feed,
    /// What is sent is published.
    Publish,
}

impl Dialect {
    /// Where the handshake asks for a service.
    pub(super) fn path(self, service: Service<'_>) -> String {
        match (self, service) {
            (Self::SocketIo, _) => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            (Self::Plain, Service::Echo) => "/ws".to_owned(),
            (Self::Plain, Service::Chat(name)) => format!("/chat?name={name}"),
            (Self::Plain, Service::Feed) => "/feed".to_owned(),
            (Self::Plain, Service::Publish) => "/publish".to_owned(),
        }
    }

    /// Goes on after the handshake, until the server is ready to serve.
    pub(super) fn enter(self, connection: &mut Connection, service: Service<'_>) -> io::Result<()> {
        let ready = self.message(b"ready");
        match self {
            Self::Plain if matches!(service, Service::Feed) => {
                connection.expect(&server_frame(Kind::Text, &ready))
            }
            Self::Plain => Ok(()),
            Self::SocketIo => {
                connection.expect_texts(&["0{"])?;
                connection.send(&client_frame(Kind::Text, request(service).as_bytes()))?;
                // The first ping of many comes at once.
                connection.expect_texts(&["40{", "42[\"message\",\"ready\"]", "2"])?;
                connection.send(&client_frame(Kind::Text, b"3"))
            }
        }
    }

    /// The kind that messages travel as.
    pub(crate) fn kind(self, kind: Kind) -> Kind {
        match self {
            Self::Plain => kind,
            // A binary message would be two.
            Self::SocketIo => Kind::Text,
        }
    }

    /// What a message travels as.
    pub(crate) fn message(self, payload: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => payload.to_vec(),
            Self::SocketIo => [b"42[\"message\",\"", payload, b"\"]"].concat(),
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
    };
    format!("40{{\"service\":\"{service}\",\"name\":\"{name}\"}}")
}

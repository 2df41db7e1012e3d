//! The servers of which several nodes serve one application, through a broker.

use std::{fmt, io};

use super::{Peer, Program};
use crate::client::Dialect;

/// A broker that nodes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broker {
    Redis,
    Nats,
}

/// A server that runs on several nodes. Each reads the URL of the broker from `BROKER`.
#[derive(Debug)]
pub(crate) struct Clustered {
    pub(crate) peer: Peer,
    /// The broker of its nodes. A server without one runs on one node only.
    pub(crate) broker: Option<Broker>,
    /// The package that connects it with the broker, if that is not the server's own.
    adapter: Option<&'static str>,
}

/// All of them, in the order of the report.
pub(crate) const CLUSTERED: &[Clustered] = &[
    Clustered {
        peer: levante("levante-redis"),
        broker: Some(Broker::Redis),
        adapter: None,
    },
    Clustered {
        peer: levante("levante-nats"),
        broker: Some(Broker::Nats),
        adapter: None,
    },
    Clustered {
        peer: levante("levante-alone"),
        broker: None,
        adapter: None,
    },
    Clustered {
        peer: Peer {
            id: "socketioxide-redis",
            name: "socketioxide",
            package: "socketioxide",
            has_workers: true,
            has_tls: false,
            has_compression: false,
            dialect: Dialect::SocketIo {
                pings_at_once: true,
            },
            program: Program::Crate("socketioxide-redis"),
        },
        broker: Some(Broker::Redis),
        adapter: Some("socketioxide-redis"),
    },
    Clustered {
        peer: Peer {
            id: "socket.io-redis",
            name: "Socket.IO",
            package: "socket.io",
            has_workers: false,
            has_tls: false,
            has_compression: false,
            dialect: Dialect::SocketIo {
                pings_at_once: false,
            },
            program: Program::Script("node", "socketio.mjs"),
        },
        broker: Some(Broker::Redis),
        adapter: Some("@socket.io/redis-adapter"),
    },
];

const fn levante(id: &'static str) -> Peer {
    Peer {
        id,
        name: "levante",
        package: "levante",
        has_workers: true,
        has_tls: false,
        has_compression: false,
        dialect: Dialect::Plain,
        program: Program::Ours("cluster-server", &[]),
    }
}

impl Clustered {
    /// levante as a node that is alone, with rooms of any name.
    pub(crate) fn alone() -> Option<&'static Self> {
        let mut ours = CLUSTERED.iter().filter(|one| one.peer.is_ours());
        ours.find(|one| one.broker.is_none())
    }

    /// The name in the report: `levante, Redis`.
    pub(crate) fn name(&self) -> String {
        match self.broker {
            Some(broker) => format!("{}, {broker}", self.peer.name),
            None => format!("{} alone", self.peer.name),
        }
    }

    /// The server and its adapter, with their versions.
    pub(crate) fn with_versions(&self) -> io::Result<String> {
        let server = self.peer.with_version()?;
        let Some(adapter) = self.adapter else {
            return Ok(server);
        };
        let version = self.peer.version_of(adapter)?;
        Ok(format!("{server} with {adapter} {version}"))
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "Redis",
            Self::Nats => "NATS",
        })
    }
}

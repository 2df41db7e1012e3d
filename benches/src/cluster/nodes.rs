use std::{io, time::Duration};

use super::broker::Running;
use crate::{
    client::{Dialect, Target, get},
    drive::rooms::Used,
    peers::Clustered,
    process::{self, Cores, Server},
};

/// How long a node may take to tell the broker of all its topics.
const PATIENCE: Duration = Duration::from_secs(60);

/// The nodes of one application, with their broker.
pub(super) struct Nodes {
    servers: Vec<Server>,
    pub(super) broker: Option<Running>,
    dialect: Dialect,
}

impl Nodes {
    /// Starts the broker, and then each node on a core of its own, as long as there are enough.
    pub(super) fn start(clustered: &Clustered, count: usize) -> io::Result<Self> {
        let cores = Cores::spread(count + 1)?;
        let broker = match clustered.broker {
            Some(kind) => Some(Running::start(kind, &cores[count])?),
            None => None,
        };
        let mut nodes = Self {
            servers: Vec::with_capacity(count),
            broker,
            dialect: clustered.peer.dialect,
        };
        for cores in &cores[..count] {
            let command = clustered.peer.command(1)?;
            let mut command =
                command.ok_or_else(|| io::Error::other("it is no longer installed"))?;
            match &nodes.broker {
                Some(broker) => command.env("BROKER", broker.url()),
                None => command.env_remove("BROKER"),
            };
            nodes.servers.push(Server::start(command, cores)?);
        }
        Ok(nodes)
    }

    /// The nodes, as clients see them.
    pub(super) fn targets(&self) -> Vec<Target<'static>> {
        let servers = self.servers.iter();
        servers
            .map(|server| Target {
                address: server.address(),
                dialect: self.dialect,
                tls: None,
                compresses: false,
            })
            .collect()
    }

    /// Waits until the nodes have told the broker of all topics. Peers subscribe to the same
    /// channels from their start on.
    pub(super) fn wait_until_subscribed(&self) -> io::Result<()> {
        if let Dialect::SocketIo { .. } = self.dialect {
            return Ok(());
        }
        for server in &self.servers {
            get(server.address(), "/synced", PATIENCE)?;
        }
        Ok(())
    }

    /// The CPU time that they have used.
    pub(super) fn used(&self) -> io::Result<Used> {
        let mut nodes = Duration::ZERO;
        for server in &self.servers {
            nodes += process::cpu_time(server.pid()?)?;
        }
        let broker = match &self.broker {
            Some(broker) => process::cpu_time(broker.pid()?)?,
            None => Duration::ZERO,
        };
        Ok(Used { nodes, broker })
    }
}

//! The servers that share the rooms over a broker. This process is one of them.

use std::{
    fmt, io,
    sync::{Arc, Weak},
    time::Duration,
};

use actix_web::rt::{self, time};
use levante::{
    Only, Subscription,
    cluster::{Cluster, Nats, Redis},
    prelude::*,
};

use crate::{
    messages::{Elsewhere, RoomEvent},
    options::Broker,
    rooms::Conversation,
};

/// Other applications may use the same broker.
const PREFIX: &str = "levante-chat";

/// A server that dies says no goodbye, so the people of a room are counted at least this often.
const RECOUNT: Duration = Duration::from_secs(3);

/// People who enter and leave within this time are counted together.
const CROWD: Duration = Duration::from_millis(100);

/// This server, and the others if it has joined them.
#[derive(Clone, Default)]
pub(crate) struct Servers(Option<Cluster>);

impl Servers {
    /// Joins the servers that use the same broker, if there is a broker.
    ///
    /// # Errors
    ///
    /// One line, without the password of the URL.
    pub(crate) async fn join(server: &Server, broker: Option<Broker>) -> io::Result<Self> {
        let joined = match broker {
            None => return Ok(Self::default()),
            Some(Broker::Redis(url)) => {
                let redis = Redis::new(&url).map_err(|error| problem("--redis", error))?;
                let joining = server.join(redis).prefix(PREFIX).application("chat");
                joining.await.map_err(|error| problem("--redis", error))?
            }
            Some(Broker::Nats(url)) => {
                let nats = Nats::new(&url).map_err(|error| problem("--nats", error))?;
                let joining = server.join(nats).prefix(PREFIX).application("chat");
                joining.await.map_err(|error| problem("--nats", error))?
            }
        };
        Ok(Self::of(joined))
    }

    /// This server, and the others of a cluster that it has joined.
    pub(crate) fn of(cluster: Cluster) -> Self {
        Self(Some(cluster))
    }

    /// The number of this server, as [`Person`](crate::messages::Person) has it.
    pub(crate) fn number(&self) -> u32 {
        self.0.as_ref().map_or(0, Cluster::tag)
    }

    /// Whether other servers may share the rooms.
    pub(crate) fn are_several(&self) -> bool {
        self.0.is_some()
    }

    /// What is known of the people of a room at other servers. From now on the people at this server
    /// are told when it changes.
    pub(crate) fn watch(
        &self,
        server: Server,
        conversation: &Arc<Conversation>,
    ) -> Option<Elsewhere> {
        let cluster = self.0.as_ref()?;
        let unknown = || Elsewhere {
            people: 0,
            silent: others(cluster),
            cut_off: !cluster.state().is_connected(),
        };
        let (known, is_first) = conversation.elsewhere(unknown);
        if is_first {
            let watched = Arc::downgrade(conversation);
            rt::spawn(watch(server, cluster.clone(), watched));
        }
        Some(known)
    }
}

/// For the monitoring: the state of the connection to the other servers, and what was lost on it.
impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(cluster) = &self.0 else {
            return writeln!(f, "servers: 1");
        };
        let (state, stats) = (cluster.state(), cluster.stats());
        writeln!(f, "servers: {}", cluster.nodes().len())?;
        writeln!(f, "state: {state}")?;
        writeln!(f, "lost: {}", stats.lost)
    }
}

/// Counts the people at other servers as long as the room has people at this one.
async fn watch(server: Server, cluster: Cluster, watched: Weak<Conversation>) {
    while let Some(conversation) = watched.upgrade() {
        let room = conversation.room();
        // Before the count: an entry that it misses causes the next one.
        let changes = server.subscribe(room);
        let elsewhere = count(&server, &cluster, &conversation).await;
        if conversation.set_elsewhere(elsewhere) {
            let here = Publish::new().local(true);
            server.publish_with(room, RoomEvent::Elsewhere { elsewhere }, here);
        }
        // The room closes when the last person has left.
        drop(conversation);
        // At the end of the time somebody may have left without a word.
        let _ = time::timeout(RECOUNT, change(changes)).await;
        time::sleep(CROWD).await;
    }
}

async fn count(server: &Server, cluster: &Cluster, conversation: &Conversation) -> Elsewhere {
    if !cluster.state().is_connected() {
        return Elsewhere {
            people: 0,
            silent: others(cluster),
            cut_off: true,
        };
    }
    let counted = cluster.subscriber_count(conversation.room()).await;
    let here = server.subscriber_count(conversation.room());
    Elsewhere {
        people: counted.subscribers.saturating_sub(here),
        silent: counted.missing,
        cut_off: false,
    }
}

/// Waits until a person has entered or left, at any server.
async fn change(mut events: Subscription<Only<RoomEvent>>) {
    while let Some(event) = events.next().await {
        if matches!(event, RoomEvent::Enter { .. } | RoomEvent::Leave { .. }) {
            return;
        }
    }
}

/// The number of other servers.
fn others(cluster: &Cluster) -> usize {
    let nodes = cluster.nodes();
    nodes.iter().filter(|node| !node.is_self).count()
}

fn problem(flag: &str, error: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{flag}: {error}"))
}

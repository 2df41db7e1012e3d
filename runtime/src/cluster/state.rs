//! The state of a node's connection to the broker.

use std::{fmt, sync::Arc};

use tokio::time::Instant;

/// The state of a node's connection to the broker, for health checks and logs.
///
/// In every state the server serves its own sockets, and delivers its own messages to them.
///
/// Times are those of tokio's clock. Errors have no password.
///
/// ```
/// use actix_web::{HttpResponse, get, web};
/// use levante::cluster::{Cluster, State};
///
/// #[get("/health")]
/// async fn health(cluster: web::Data<Cluster>) -> HttpResponse {
///     match cluster.state() {
///         State::Connected { .. } => HttpResponse::Ok().body("connected"),
///         // A short outage loses nothing: messages wait.
///         State::Reconnecting { since, .. } if since.elapsed().as_secs() < 10 => {
///             HttpResponse::Ok().body("reconnecting")
///         }
///         state => HttpResponse::ServiceUnavailable().body(state.to_string()),
///     }
/// }
/// # let _ = health;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The node has started without the broker, by
    /// [`start_degraded`](crate::cluster::Join::start_degraded), and has not reached it yet.
    #[non_exhaustive]
    Joining {
        /// When the node has started.
        since: Instant,
        /// How many times it has tried to connect.
        attempts: u32,
        /// Why the last attempt has failed.
        error: Option<Arc<str>>,
    },
    /// The node is connected, and has subscribed to each topic that has a subscriber on it.
    #[non_exhaustive]
    Connected {
        /// When the node has connected.
        since: Instant,
    },
    /// The connection is lost, and the node tries to connect again. It also subscribes to its topics
    /// again in this state. Messages for other nodes wait.
    #[non_exhaustive]
    Reconnecting {
        /// When the connection was lost.
        since: Instant,
        /// How many times the node has tried to connect since then.
        attempts: u32,
        /// Why the connection was lost, or why the last attempt has failed.
        error: Arc<str>,
    },
    /// The server has stopped, and the node has left the cluster.
    Left,
    /// The node has left the cluster because of a bug in levante. The log has its place. Messages for
    /// other nodes are counted as lost. Restart the process.
    #[non_exhaustive]
    Failed {
        /// The message of the panic.
        error: Arc<str>,
    },
}

impl State {
    /// Whether messages of this node reach the others now, and theirs reach this node.
    ///
    /// ```
    /// use levante::{Server, cluster::Memory};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::new();
    /// let cluster = server.join(Memory::new()).await?;
    /// let mut states = cluster.states();
    /// states.wait_for(|state| state.is_connected()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected { .. })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joining { error: None, .. } => f.write_str("joining"),
            Self::Joining {
                attempts,
                error: Some(error),
                ..
            } => write!(f, "joining, {attempts} attempts so far: {error}"),
            Self::Connected { .. } => f.write_str("connected"),
            Self::Reconnecting {
                attempts, error, ..
            } => write!(f, "reconnecting, {attempts} attempts so far: {error}"),
            Self::Left => f.write_str("left"),
            Self::Failed { error } => write!(f, "failed: {error}"),
        }
    }
}

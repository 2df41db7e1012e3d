//! The handle of a node.

use std::{fmt, sync::Arc};

use tokio::sync::{oneshot, watch};

use super::{
    counted::Counted,
    engine::{Request, Shared},
    node::Node,
    state::State,
    stats::ClusterStats,
};
use crate::{
    clock,
    close::{CloseCode, CloseReason, ClosedBy},
    destination::Destination,
    hub,
    link::{Target, What},
};

/// A node of a cluster: what [`Server::join`](crate::Server::join) returns.
///
/// It is for health checks, metrics and operations on all nodes. It may be dropped: the node stays in
/// the cluster until its server is shut down. It is `Send + Sync`, and a clone is another handle of
/// the same node.
///
/// ```
/// use levante::{Server, cluster::Memory};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Server::new().join(Memory::new()).await?;
/// for node in cluster.nodes() {
///     println!("{} {}", node.application, node.name);
/// }
/// println!("{}: {:?}", cluster.state(), cluster.stats());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cluster(Arc<Shared>);

impl Cluster {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The number of this node. It is random, and new at each start.
    ///
    /// ```
    /// # fn log(cluster: &levante::cluster::Cluster) {
    /// println!("node {:016x}", cluster.id());
    /// # }
    /// ```
    pub fn id(&self) -> u64 {
        self.0.link.node()
    }

    /// The part of [`Self::id`] that is in the id of each socket of this node.
    ///
    /// ```
    /// # fn log(cluster: &levante::cluster::Cluster) {
    /// println!("tag {:08x}", cluster.tag());
    /// # }
    /// ```
    pub fn tag(&self) -> u32 {
        self.0.link.tag()
    }

    /// The state of the connection to the broker, for a health check.
    ///
    /// ```
    /// # fn is_ready(cluster: &levante::cluster::Cluster) -> bool {
    /// cluster.state().is_connected()
    /// # }
    /// ```
    pub fn state(&self) -> State {
        self.0.state.borrow().clone()
    }

    /// The state and its changes.
    ///
    /// ```
    /// # use levante::cluster::Cluster;
    /// async fn log_changes(cluster: Cluster) {
    ///     let mut states = cluster.states();
    ///     while states.changed().await.is_ok() {
    ///         println!("{}", *states.borrow_and_update());
    ///     }
    /// }
    /// # let _ = log_changes;
    /// ```
    pub fn states(&self) -> watch::Receiver<State> {
        self.0.state.subscribe()
    }

    /// The nodes of the cluster that this node knows, itself first. A node that has just started is
    /// known a moment later; one that has crashed is forgotten when its
    /// [lease](crate::cluster::Join::lease) ends.
    ///
    /// ```
    /// # fn print(cluster: &levante::cluster::Cluster) {
    /// for node in cluster.nodes() {
    ///     println!("{} of {}", node.name, node.application);
    /// }
    /// # }
    /// ```
    pub fn nodes(&self) -> Vec<Node> {
        self.0.nodes(clock::now())
    }

    /// What this node has done since it joined, in numbers. It takes a microsecond.
    ///
    /// ```
    /// # fn print(cluster: &levante::cluster::Cluster) {
    /// println!("{} messages are lost", cluster.stats().lost);
    /// # }
    /// ```
    pub fn stats(&self) -> ClusterStats {
        self.0.stats()
    }

    /// How many sockets of all nodes subscribe to `topic`. A [`Subscription`](crate::Subscription) is
    /// not counted.
    ///
    /// It asks all nodes, and waits at most for the [deadline](crate::cluster::Join::deadline). If one
    /// has not answered by then, or if the broker is away, the result
    /// [is not complete](Counted::is_complete).
    ///
    /// ```
    /// use levante::{Server, cluster::Memory};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cluster = Server::new().join(Memory::new()).await?;
    /// let counted = cluster.subscriber_count("news").await;
    /// assert_eq!(counted.subscribers, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn subscriber_count(&self, topic: impl Destination) -> Counted {
        let topic: Box<str> = topic.named(|topic| topic.into());
        let (reply, counted) = oneshot::channel();
        let request = Request::Count {
            topic: topic.clone(),
            reply,
        };
        let _ = self.0.requests.send(request).await;
        let others = counted.await.unwrap_or_default();
        Counted {
            subscribers: others.subscribers + self.0.count_here(&topic),
            nodes: others.nodes + 1,
            missing: others.missing,
            is_connected: others.is_connected,
        }
    }

    /// Waits until this node hears each topic that had a subscriber on it before the call. Returns
    /// also if the node leaves the cluster.
    ///
    /// A subscription takes effect at once for messages of this process, and a moment later for those
    /// of other nodes. Code that subscribes and then has another node publish waits in between: tests,
    /// above all. It waits as long as the broker is away.
    ///
    /// ```
    /// # async fn example(server: levante::Server, cluster: levante::cluster::Cluster) {
    /// let mut news = server.subscribe("news");
    /// cluster.synced().await;
    /// // From here on it gets what other nodes publish.
    /// # let _ = news.next().await;
    /// # }
    /// ```
    pub async fn synced(&self) {
        let (reply, synced) = oneshot::channel();
        let _ = self.0.requests.send(Request::Sync { reply }).await;
        let _ = synced.await;
    }

    /// Closes every socket of all nodes that subscribes to `topic`, and returns the number of those of
    /// this process. [`Server::close_topic`](crate::Server::close_topic) says how.
    ///
    /// Other nodes close theirs behind what this thread has published before.
    ///
    /// ```
    /// use levante::cluster::Cluster;
    ///
    /// fn log_out(cluster: &Cluster, user: u64) {
    ///     cluster.close_topic(format!("user/{user}"), 4001, "logged out");
    /// }
    /// # let _ = log_out;
    /// ```
    pub fn close_topic(
        &self,
        topic: impl Destination,
        code: impl Into<CloseCode>,
        reason: impl AsRef<str>,
    ) -> usize {
        let Some(space) = self.0.space.upgrade() else {
            return 0;
        };
        let reason = CloseReason::new(code.into(), reason.as_ref(), ClosedBy::Server);
        topic.named(|topic| {
            let closed = hub::close_topic(&space, topic, &reason);
            let what = What::CloseTopic {
                code: reason.code.into(),
                reason: (&*reason.reason).into(),
            };
            self.0.link.offer(Target::Topic(topic.into()), what);
            closed
        })
    }

    /// The name under which the broker shows this node.
    #[cfg(any(test, feature = "test"))]
    #[allow(dead_code, reason = "for tests and their kit")]
    pub(crate) fn client(&self) -> String {
        self.0.client()
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("id", &format_args!("{:016x}", self.id()))
            .field("state", &*self.0.state.borrow())
            .finish_non_exhaustive()
    }
}

//! The result of a count on all nodes.

/// How many sockets of all nodes subscribe to a topic, by
/// [`Cluster::subscriber_count`](crate::cluster::Cluster::subscriber_count).
///
/// ```
/// use levante::cluster::Cluster;
///
/// async fn online(cluster: &Cluster, user: u64) -> String {
///     let counted = cluster.subscriber_count(format!("user/{user}")).await;
///     match counted.is_complete() {
///         true => format!("{} devices", counted.subscribers),
///         false => format!("at least {} devices", counted.subscribers),
///     }
/// }
/// # let _ = online;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counted {
    /// The number of subscribers on the nodes that have answered.
    pub subscribers: usize,
    /// The number of nodes that have answered, this one included.
    pub nodes: usize,
    /// The number of nodes that are known and have not answered in time.
    pub missing: usize,
    /// Whether this node was connected to the broker.
    pub(super) is_connected: bool,
}

impl Counted {
    /// Whether this node was connected to the broker, and all nodes that it knows have answered.
    ///
    /// ```
    /// use levante::cluster::Counted;
    ///
    /// fn print(counted: Counted) {
    ///     let at_least = if counted.is_complete() { "" } else { "at least " };
    ///     println!("{at_least}{}", counted.subscribers);
    /// }
    /// # let _ = print;
    /// ```
    pub fn is_complete(&self) -> bool {
        self.is_connected && self.missing == 0
    }
}

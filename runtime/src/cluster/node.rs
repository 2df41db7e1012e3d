//! A node, as another one sees it.

use std::time::Duration;

/// A process of the cluster, as [`Cluster::nodes`](crate::cluster::Cluster::nodes) of this process
/// sees it.
///
/// ```
/// use levante::cluster::Cluster;
///
/// fn print(cluster: &Cluster) {
///     for node in cluster.nodes() {
///         println!("{:08x} {} of {}, {:?} ago", node.tag, node.name, node.application, node.age);
///     }
/// }
/// # let _ = print;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// The number of the node. It is random, and new at each start.
    pub id: u64,
    /// The part of [`Self::id`] that is in the id of each of the node's sockets.
    pub tag: u32,
    /// The name of its application: see [`Join::application`](crate::cluster::Join::application).
    pub application: String,
    /// Its name for people: see [`Join::name`](crate::cluster::Join::name).
    pub name: String,
    /// Whether it is this process.
    pub is_self: bool,
    /// The time since its last heartbeat has arrived here. Zero for this process.
    pub age: Duration,
}

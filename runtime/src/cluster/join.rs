//! How a server joins a cluster.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use super::{
    broker::Driver,
    engine::{self, Begin},
    error::JoinError,
    handle::Cluster,
    settings::Settings,
};
use crate::server::Server;

/// A broker that connects the nodes of a cluster: [`Memory`](crate::cluster::Memory), and with their
/// features `Redis` and `Nats`.
///
/// It is sealed: there are no others.
///
/// ```
/// use levante::{
///     Server,
///     cluster::{Broker, Cluster, JoinError},
/// };
///
/// async fn join(broker: impl Broker) -> Result<Cluster, JoinError> {
///     Server::global().join(broker).prefix("shop").await
/// }
/// # let _ = join(levante::cluster::Memory::new());
/// ```
pub trait Broker: Sealed {}

/// Prevents other crates from implementing [`Broker`].
pub trait Sealed: Send + 'static {
    #[doc(hidden)]
    fn begin(self, join: Begin) -> Begun;
}

/// The start of a node, and its result.
pub(crate) type Begun = Pin<Box<dyn Future<Output = Result<Cluster, JoinError>> + Send>>;

impl<D: Driver> Sealed for D {
    fn begin(self, begin: Begin) -> Begun {
        Box::pin(engine::begin(self, begin))
    }
}

#[cfg(feature = "nats")]
impl Sealed for super::nats::Nats {
    fn begin(self, begin: Begin) -> Begun {
        self.into_driver().begin(begin)
    }
}

#[cfg(feature = "nats")]
impl Broker for super::nats::Nats {}

impl Server {
    /// Joins a cluster: all servers that join the same broker with the same
    /// [prefix](crate::cluster::Join::prefix) are one pub/sub space. What one of them publishes to a
    /// topic reaches the subscribers of that topic on all of them.
    ///
    /// Join before the first socket. The result is a builder: set what differs from the defaults, and
    /// await it. It then waits until the broker has accepted the node. The node leaves when the server
    /// is shut down.
    ///
    /// ```
    /// use levante::{Server, cluster::Memory};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // Two processes would join with `Redis::new("redis://127.0.0.1:6379")?`.
    /// let broker = Memory::new();
    /// let [ours, theirs] = [Server::new(), Server::new()];
    /// ours.join(broker.clone()).await?;
    /// let cluster = theirs.join(broker).await?;
    ///
    /// let mut news = theirs.subscribe("news");
    /// cluster.synced().await;
    /// ours.publish("news", "it rains");
    /// let message = news.next().await.unwrap();
    /// assert_eq!(message.as_text(), Some("it rains"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Of the future: [`JoinError`] if the broker cannot be reached or refuses, if a setting is out of
    /// its range, or if it is too late to join.
    #[doc(alias("cluster", "adapter", "redis", "nats"))]
    pub fn join<B: Broker>(&self, broker: B) -> Join<B> {
        Join {
            server: self.clone(),
            broker,
            settings: Settings::default(),
        }
    }
}

/// The settings of a node that joins a cluster, by [`Server::join`]. Await it to join.
///
/// All nodes of a cluster should have the same settings.
///
/// ```
/// use std::time::Duration;
///
/// use levante::{Server, cluster::Memory};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Server::new()
///     .join(Memory::new())
///     .prefix("shop")
///     .buffer(64 << 20)
///     .max_age(Duration::from_secs(60))
///     .await?;
/// println!("{} nodes", cluster.nodes().len());
/// # Ok(())
/// # }
/// ```
#[must_use = "a server joins when this is awaited"]
pub struct Join<B> {
    server: Server,
    broker: B,
    settings: Settings,
}

impl<B: Broker> Join<B> {
    /// The beginning of every name that the cluster uses at the broker, so that several clusters
    /// share a broker. 1 to 64 of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`. Default:
    /// `levante`.
    ///
    /// ```
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).prefix("shop-staging");
    /// # drop(join);
    /// ```
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// The name of the application, at most 255 bytes. If nodes of another application have the same
    /// prefix at the same broker, which is a mistake, the log has a warning with both names. Default:
    /// the name of the executable.
    ///
    /// ```
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).application("shop");
    /// # drop(join);
    /// ```
    pub fn application(mut self, application: impl Into<String>) -> Self {
        self.settings.application = application.into();
        self
    }

    /// The name of this node for people, in logs and in
    /// [`Cluster::nodes`](crate::cluster::Cluster::nodes), at most 255 bytes. Default: the names of
    /// the host and the number of the process, such as `web-3/4711`.
    ///
    /// ```
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).name("web-3");
    /// # drop(join);
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// The bytes that messages for other nodes may hold until the broker has acknowledged them, 1 byte
    /// to 1 GiB. A message for which there is no room is lost, and counted in
    /// [`ClusterStats::lost`](crate::cluster::ClusterStats::lost). Default: 16 MiB.
    ///
    /// ```
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).buffer(64 << 20);
    /// # drop(join);
    /// ```
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.settings.buffer = bytes;
        self
    }

    /// How long a message for other nodes waits for the broker, 100 milliseconds to an hour. One that could not be
    /// sent by then is lost, and counted in
    /// [`ClusterStats::lost`](crate::cluster::ClusterStats::lost). Default: 30 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).max_age(Duration::from_secs(5));
    /// # drop(join);
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings.max_age = age;
        self
    }

    /// How long the node goes on to hear a topic after its last subscriber has left, at most an hour.
    /// A subscriber that comes back within this time costs the broker nothing. Default: 5 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).linger(Duration::from_secs(30));
    /// # drop(join);
    /// ```
    pub fn linger(mut self, linger: Duration) -> Self {
        self.settings.linger = linger;
        self
    }

    /// How long the other nodes count this one as a node of the cluster after its last heartbeat, 1
    /// second to an hour. A node sends three heartbeats in this time. Default: 10 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).lease(Duration::from_secs(30));
    /// # drop(join);
    /// ```
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// How long the node waits for an answer of the broker, 100 milliseconds to a minute. If none
    /// comes, it connects anew. Default: 5 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::{Server, cluster::Memory};
    /// let join = Server::new().join(Memory::new()).deadline(Duration::from_secs(2));
    /// # drop(join);
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Joins also if the broker cannot be reached or refuses: the server then serves its own sockets,
    /// and the node goes on trying in the background. [`Cluster::state`](crate::cluster::Cluster::state)
    /// tells how it is.
    ///
    /// ```
    /// use levante::{Server, cluster::Memory};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cluster = Server::new().join(Memory::new()).start_degraded().await?;
    /// println!("{}", cluster.state());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`JoinError`] if a setting is out of its range, or if it is too late to join.
    pub async fn start_degraded(mut self) -> Result<Cluster, JoinError> {
        self.settings.is_degraded = true;
        self.await
    }
}

/// Joins, and waits until the broker has accepted the node.
impl<B: Broker> IntoFuture for Join<B> {
    type Output = Result<Cluster, JoinError>;
    type IntoFuture = Begun;

    fn into_future(self) -> Self::IntoFuture {
        self.broker.begin(Begin {
            server: self.server,
            settings: self.settings,
        })
    }
}

impl<B> fmt::Debug for Join<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

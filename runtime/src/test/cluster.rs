//! Several nodes in one test.

use std::{
    fmt,
    future::{Future, IntoFuture},
    net::{Ipv4Addr, SocketAddr},
    ops::Index,
    panic::Location,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_http::{Request as HttpRequest, Response as HttpResponse};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{Error, body::MessageBody, dev::AppConfig};

use super::{app::TestApp, run::TestRun, stream::ServerEnd};
use crate::{
    cluster::{Cluster, Join, Memory},
    http_server::InMemory,
    server::Server,
    worker::of_test,
};

/// Builds the application under test several times: each is a node of a cluster, with a pub/sub space
/// of its own, as a process has it in production. The nodes have joined a broker in memory. All of it
/// runs on the thread and on the clock of the test.
///
/// The factory is called once for each node, with the server of that node and with what
/// [`Server::join`] has returned for it. So state that the factory
/// makes belongs to one node. State that it clones from outside is shared by all nodes, which
/// processes cannot do.
///
/// ```
/// use actix_web::App;
/// use levante::{prelude::*, test};
///
/// #[websocket("/chat")]
/// mod chat {
///     fn open(ws: &Ws) {
///         ws.subscribe("lobby");
///     }
///
///     fn message(ws: &Ws, text: &str) {
///         ws.publish("lobby", text);
///     }
/// }
///
/// # /*
/// #[levante::test]
/// # */
/// async fn a_message_reaches_the_other_node() {
///     let nodes = test::cluster(2, |_, _| App::new().service(chat::service())).await;
///     let mut ann = nodes[0].connect("/chat").await;
///     let mut bob = nodes[1].connect("/chat").await;
///     bob.send("hi").await;
///     assert_eq!(ann.text().await, "hi");
/// }
/// # fn main() { test::run(a_message_reaches_the_other_node()) }
/// ```
///
/// When nothing more happens by itself, a message has also reached the other nodes, and each node
/// hears the topics of its subscribers. Heartbeats are timers, so only
/// [`advance`](super::advance) lets them happen.
///
/// # Which server is the global one
///
/// In the factory, middleware, routes and handlers of a node, [`Server::global`] is the server of that
/// node, also for services without a [`server`](crate::Service::server). In other code of the test,
/// such as a task that a handler has spawned, `Server::global` panics, because a process has one
/// global server and the test has several. Give the server to such a task: `ws.server()`, the
/// extractor [`Server`], or the argument of the factory.
///
/// # Panics
///
/// If `nodes` is 0, or if there is no test with `#[levante::test]` on this thread. The future panics
/// if an application cannot be built, or if a node cannot join.
#[track_caller]
pub fn cluster<F, I, S, B>(nodes: usize, factory: F) -> ClusterBuilder
where
    F: Fn(Server, Cluster) -> I + 'static,
    I: IntoServiceFactory<S, HttpRequest> + 'static,
    S: ServiceFactory<HttpRequest, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<HttpResponse<B>> + 'static,
    <S::Service as Service<HttpRequest>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let run = TestRun::current("levante::test::cluster");
    assert!(nodes > 0, "a cluster has at least one node");
    let factory = Rc::new(factory);
    ClusterBuilder {
        at: Location::caller(),
        run,
        nodes,
        settings: Box::new(|join| join),
        build: Box::new(move |server, cluster| {
            let factory = factory.clone();
            let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
            let space = server.space().clone();
            Box::pin(InMemory::new(
                move || factory(server.clone(), cluster.clone()),
                addr,
                space,
            ))
        }),
    }
}

type Building = Pin<Box<dyn Future<Output = Result<InMemory<ServerEnd>, ()>>>>;

/// A cluster that is not built yet. [`cluster`] makes it. Await it to build the cluster.
///
/// ```
/// # use actix_web::App;
/// # use levante::test;
/// # async fn three_nodes() {
/// let nodes = test::cluster(3, |_, _| App::new()).await;
/// assert_eq!(nodes.nodes().len(), 3);
/// # }
/// # test::run(three_nodes());
/// ```
#[must_use = "the cluster is built when this is awaited"]
pub struct ClusterBuilder {
    at: &'static Location<'static>,
    run: Rc<TestRun>,
    nodes: usize,
    settings: Box<dyn Fn(Join<Memory>) -> Join<Memory>>,
    build: Box<dyn Fn(Server, Cluster) -> Building>,
}

impl ClusterBuilder {
    /// Changes the settings with which each node joins. Default: those of production, with the names
    /// `node 0`, `node 1` and so on.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn a_small_buffer() {
    /// let nodes = test::cluster(2, |_, _| App::new())
    ///     .settings(|join| join.buffer(4096).lease(Duration::from_secs(3)))
    ///     .await;
    /// nodes.cut(0);
    /// nodes[0].server().publish("news", "a".repeat(4096));
    /// nodes[0].server().publish("news", "there is no room for this");
    /// assert_eq!(nodes.cluster(0).stats().lost, 1);
    /// # }
    /// # test::run(a_small_buffer());
    /// ```
    pub fn settings(mut self, settings: impl Fn(Join<Memory>) -> Join<Memory> + 'static) -> Self {
        self.settings = Box::new(settings);
        self
    }

    async fn build(self) -> TestCluster {
        let Self {
            at,
            run,
            nodes: count,
            settings,
            build,
        } = self;
        of_test::has_nodes();
        let broker = Memory::new();
        let (mut apps, mut clusters) = (Vec::new(), Vec::new());
        for number in 0..count {
            // Not listed among the spaces of the process: the stop of another server leaves it alone.
            let server = Server::of(Arc::default());
            let join = server.join(broker.clone()).name(format!("node {number}"));
            let cluster = match settings(join).await {
                Ok(cluster) => cluster,
                Err(error) => panic!("{at}: node {number} cannot join: {error}"),
            };
            clusters.push(cluster.clone());
            let Ok(http) = build(server.clone(), cluster).await else {
                panic!("{at}: the application could not be built; the log says why");
            };
            apps.push(TestApp::new(run.clone(), server, http));
        }
        run.rest().await;
        TestCluster {
            apps,
            clusters,
            broker,
        }
    }
}

/// Builds the applications, and waits until all nodes have joined and know each other.
impl IntoFuture for ClusterBuilder {
    type Output = TestCluster;
    type IntoFuture = Pin<Box<dyn Future<Output = TestCluster>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.build())
    }
}

impl fmt::Debug for ClusterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterBuilder")
            .field("nodes", &self.nodes)
            .finish_non_exhaustive()
    }
}

/// The nodes of a cluster, and the broker between them, which the test can break. [`cluster`] builds
/// it. The numbers of the nodes begin at 0.
///
/// ```
/// # use levante::test::TestCluster;
/// # async fn test(nodes: TestCluster) {
/// let mut ann = nodes[0].connect("/chat").await;
/// nodes[1].server().publish("lobby", "lunch");
/// assert_eq!(ann.text().await, "lunch");
/// # }
/// # let _ = test;
/// ```
///
/// A method with the number of a node panics if there is no such node.
pub struct TestCluster {
    apps: Vec<TestApp>,
    clusters: Vec<Cluster>,
    broker: Memory,
}

impl TestCluster {
    /// The application of a node. `nodes[0]` is the same as `nodes.node(0)`.
    ///
    /// ```
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn each_node_has_a_server() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// assert_ne!(nodes.node(0).server(), nodes[1].server());
    /// # }
    /// # test::run(each_node_has_a_server());
    /// ```
    #[track_caller]
    pub fn node(&self, number: usize) -> &TestApp {
        &self.apps[self.checked(number)]
    }

    /// The applications of all nodes.
    ///
    /// ```
    /// # use levante::test::TestCluster;
    /// # async fn test(nodes: TestCluster) {
    /// for node in nodes.nodes() {
    ///     node.shutdown().await;
    /// }
    /// # }
    /// # let _ = test;
    /// ```
    pub fn nodes(&self) -> &[TestApp] {
        &self.apps
    }

    /// What [`Server::join`] has returned to a node: its state, its counters, the nodes that it knows.
    ///
    /// ```
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn nothing_is_lost() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// nodes[0].server().publish("news", "it rains");
    /// test::advance(std::time::Duration::ZERO).await;
    /// let stats = nodes.cluster(0).stats();
    /// assert_eq!((stats.acknowledged, stats.lost), (1, 0));
    /// # }
    /// # test::run(nothing_is_lost());
    /// ```
    #[track_caller]
    pub fn cluster(&self, number: usize) -> &Cluster {
        &self.clusters[self.checked(number)]
    }

    /// Cuts a node off, as a broken network does: nothing gets through between it and the broker, and
    /// neither side is told. The node notices at its [deadline](Join::deadline), and the others when
    /// its [lease](Join::lease) ends.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn a_node_is_cut_off() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// nodes.cut(1);
    /// assert!(nodes.cluster(1).state().is_connected());
    /// test::advance(Duration::from_secs(10)).await;
    /// assert!(!nodes.cluster(1).state().is_connected());
    /// assert_eq!(nodes.cluster(0).nodes().len(), 1);
    /// # }
    /// # test::run(a_node_is_cut_off());
    /// ```
    #[track_caller]
    pub fn cut(&self, number: usize) {
        self.broker.cut(&self.cluster(number).client());
    }

    /// Ends [`Self::cut`] for a node. What waits on both sides gets through.
    ///
    /// A node that has noticed the cut connects again within 2 seconds of the clock of the test. What
    /// the others have published while it had no connection does not reach it.
    ///
    /// ```
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn a_cut_that_no_node_notices() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// let mut news = nodes[0].server().subscribe("news");
    /// nodes.cut(1);
    /// nodes[1].server().publish("news", "it rains");
    /// nodes.heal(1);
    /// assert_eq!(news.next().await.unwrap().as_text(), Some("it rains"));
    /// # }
    /// # test::run(a_cut_that_no_node_notices());
    /// ```
    #[track_caller]
    pub fn heal(&self, number: usize) {
        self.broker.heal(&self.cluster(number).client());
    }

    /// Sets how long a message takes from one node to another from now on. The order stays the same:
    /// a message that is already on its way arrives first. A [`Duration::ZERO`] ends it.
    ///
    /// The answers of the broker take no longer. But with a delay near the
    /// [deadline](Join::deadline), a node may believe that the broker is away.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn a_slow_network() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// let mut news = nodes[0].server().subscribe("news");
    /// test::advance(Duration::ZERO).await;
    /// nodes.delay(Duration::from_secs(1));
    /// nodes[1].server().publish("news", "it rains");
    /// test::advance(Duration::from_millis(999)).await;
    /// assert_eq!(nodes.cluster(0).stats().received, 0);
    /// test::advance(Duration::from_millis(1)).await;
    /// assert_eq!(news.next().await.unwrap().as_text(), Some("it rains"));
    /// # }
    /// # test::run(a_slow_network());
    /// ```
    pub fn delay(&self, delay: Duration) {
        self.broker.delay_between(delay);
    }

    /// Stops the broker: all connections break, and it forgets its subscriptions and what was on its
    /// way. Until [`Self::start_broker`], no node can connect.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn a_message_waits_for_the_broker() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// let mut news = nodes[0].server().subscribe("news");
    /// nodes.stop_broker();
    /// nodes[1].server().publish("news", "it rains");
    /// test::advance(Duration::from_secs(1)).await;
    /// assert_eq!(nodes.cluster(1).stats().waiting, 1);
    /// nodes.start_broker();
    /// test::advance(Duration::from_secs(2)).await;
    /// assert_eq!(news.next().await.unwrap().as_text(), Some("it rains"));
    /// # }
    /// # test::run(a_message_waits_for_the_broker());
    /// ```
    pub fn stop_broker(&self) {
        self.broker.stop();
    }

    /// Starts the broker after [`Self::stop_broker`]. The nodes connect again by themselves, within 2
    /// seconds of the clock of the test.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn the_node_comes_back() {
    /// let nodes = test::cluster(1, |_, _| App::new()).await;
    /// nodes.stop_broker();
    /// test::advance(Duration::from_secs(60)).await;
    /// nodes.start_broker();
    /// test::advance(Duration::from_secs(2)).await;
    /// assert!(nodes.cluster(0).state().is_connected());
    /// # }
    /// # test::run(the_node_comes_back());
    /// ```
    pub fn start_broker(&self) {
        self.broker.start();
    }

    /// [Stops](Self::stop_broker) the broker and starts it at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::test;
    /// # async fn the_broker_restarts() {
    /// let nodes = test::cluster(2, |_, _| App::new()).await;
    /// nodes.restart_broker();
    /// test::advance(Duration::from_secs(2)).await;
    /// assert!(nodes.cluster(0).state().is_connected());
    /// assert_eq!(nodes.cluster(0).stats().reconnects, 1);
    /// # }
    /// # test::run(the_broker_restarts());
    /// ```
    pub fn restart_broker(&self) {
        self.broker.stop();
        self.broker.start();
    }

    /// Returns `number`, if there is such a node.
    #[track_caller]
    fn checked(&self, number: usize) -> usize {
        let count = self.apps.len();
        assert!(
            number < count,
            "there is no node {number}: the cluster has {count}, and the first is node 0"
        );
        number
    }
}

/// The application of a node: see [`TestCluster::node`].
impl Index<usize> for TestCluster {
    type Output = TestApp;

    #[track_caller]
    fn index(&self, number: usize) -> &TestApp {
        self.node(number)
    }
}

impl fmt::Debug for TestCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCluster")
            .field("nodes", &self.apps)
            .field("broker", &self.broker)
            .finish_non_exhaustive()
    }
}

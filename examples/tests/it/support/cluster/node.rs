//! A server process of a cluster.

use std::{fs, net::SocketAddr, path::Path, process::Command, sync::Mutex};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::support::{
    cluster::{broker::Broker, member::Member, until},
    http,
    process::{NODE, Process},
};

/// The variable that names the file with the authorities that the system trusts.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// A node, killed when it is dropped.
pub(crate) struct Node {
    process: Process,
    pub(crate) address: SocketAddr,
    /// The lines of its log so far.
    log: Mutex<Vec<String>>,
}

impl Node {
    /// Starts a node that joins the broker of this URL, with more arguments for its settings.
    pub(crate) fn start(url: &str, settings: &[&str]) -> Self {
        Self::of(begin(url, settings, &[]))
    }

    /// Starts a node on a system whose authorities are in this file.
    pub(crate) fn start_trusting(url: &str, authorities: &Path) -> Self {
        Self::of(begin(url, &[], &[(AUTHORITIES, authorities)]))
    }

    fn of(process: Process) -> Self {
        let line = process.stdout.next().unwrap_or_else(|| {
            let said: Vec<_> = process.stderr.rest().collect();
            panic!("the node has ended: {said:#?}")
        });
        let address = line.strip_prefix("http://").unwrap().parse().unwrap();
        Self {
            process,
            address,
            log: Mutex::default(),
        }
    }

    /// Starts three nodes that join a broker, and waits until each knows of the others.
    pub(crate) async fn start_three(broker: &Broker, settings: &[&str]) -> [Self; 3] {
        let nodes = [(); 3].map(|()| Self::start(&broker.url(), settings));
        acquainted(&nodes).await;
        nodes
    }

    /// Starts a node that cannot join, and returns what it says about that.
    pub(crate) fn fails(url: &str, settings: &[&str]) -> String {
        Self::failure(begin(url, settings, &[]))
    }

    /// The same on a system whose authorities are in this file.
    pub(crate) fn fails_trusting(url: &str, authorities: &Path) -> String {
        Self::failure(begin(url, &[], &[(AUTHORITIES, authorities)]))
    }

    fn failure(mut process: Process) -> String {
        assert_eq!(process.stdout.next(), None, "it must not serve");
        assert!(!process.exit().success());
        let said = |line: &String| line.starts_with("error: ");
        let line = process.stderr.rest().find(said);
        line.expect("a line on stderr")
    }

    /// Asks the node something, and returns its answer.
    pub(crate) async fn ask(&self, question: Value) -> Value {
        let address = self.address;
        spawn_blocking(move || {
            let response = http::post(address, "/ask", &question.to_string());
            assert_eq!(response.status, 200, "{question}: {}", response.body);
            serde_json::from_str(&response.body).unwrap()
        })
        .await
        .unwrap()
    }

    /// Its state towards the broker.
    pub(crate) async fn state(&self) -> Value {
        self.ask(json!("state")).await
    }

    pub(crate) async fn is_connected(&self) -> bool {
        self.state().await["state"] == "connected"
    }

    /// One of its counters.
    pub(crate) async fn stat(&self, name: &str) -> u64 {
        let stats = self.ask(json!("stats")).await;
        let value = stats[name].as_u64();
        value.unwrap_or_else(|| panic!("no {name} in {stats}"))
    }

    /// The nodes that it knows, with itself.
    pub(crate) async fn nodes(&self) -> usize {
        self.ask(json!("nodes")).await.as_array().unwrap().len()
    }

    /// What tells it from others in the ids of its sockets.
    pub(crate) async fn tag(&self) -> u32 {
        let nodes = self.ask(json!("nodes")).await;
        let is_self = |node: &&Value| node["is_self"] == true;
        let own = nodes.as_array().unwrap().iter().find(is_self).unwrap();
        u32::try_from(own["tag"].as_u64().unwrap()).unwrap()
    }

    /// Waits until its interest so far is known to the broker.
    pub(crate) async fn synced(&self) {
        self.ask(json!("synced")).await;
    }

    /// How many subscribers a topic has on all nodes. All of them must answer.
    pub(crate) async fn count(&self, topic: &str) -> u64 {
        let counted = self.ask(json!({ "count": topic })).await;
        assert_eq!(counted["missing"], 0, "{counted}");
        counted["subscribers"].as_u64().unwrap()
    }

    /// A client of this node.
    pub(crate) async fn member(&self) -> Member {
        Member::connect(self.address).await
    }

    /// How many lines of its log so far contain these words.
    pub(crate) fn logged(&self, words: &str) -> usize {
        let mut log = self.log.lock().unwrap();
        log.extend(self.process.stderr.so_far());
        log.iter().filter(|line| line.contains(words)).count()
    }

    /// Waits until a line of its log contains these words.
    pub(crate) async fn logs(&self, words: &str) {
        until(words, async || self.logged(words) > 0).await;
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> Vec<String> {
        let mut log = self.log.lock().unwrap();
        log.extend(self.process.stderr.so_far());
        log.clone()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Waits for a node that is about to end.
    pub(crate) async fn exit(&mut self) {
        until("the node exits", async || !self.process.is_running()).await;
        assert!(self.process.exit().success());
    }

    /// The memory that it has, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse::<usize>().unwrap() << 10
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log.lock().unwrap();
            eprintln!("the log of {}:", self.address);
            log.iter().for_each(|line| eprintln!("{line}"));
        }
    }
}

/// Waits until each of the nodes is connected and knows all of them, and no other.
pub(crate) async fn acquainted(nodes: &[Node]) {
    for node in nodes {
        until("the nodes know each other", async || {
            node.is_connected().await && node.nodes().await == nodes.len()
        })
        .await;
    }
}

fn begin(url: &str, settings: &[&str], variables: &[(&str, &Path)]) -> Process {
    let mut command = Command::new(NODE);
    command.args(["--broker", url]).args(settings);
    command.envs(variables.iter().copied());
    Process::start(command.env("PORT", "0").env("RUST_LOG", "info"))
}

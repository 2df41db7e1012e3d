//! Brokers of our own, each on a free port with a folder for its files.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddrV4, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rustix::process::{Pid, getpid};

use crate::{
    client::get,
    peers::{self, Broker},
    process::{Cores, Server, free_address},
};

/// How long a broker may take to answer a question.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running broker. Dropping it kills the process, and removes its folder.
#[derive(Debug)]
pub(super) struct Running {
    kind: Broker,
    address: SocketAddrV4,
    /// Where NATS answers questions about itself.
    monitor: SocketAddrV4,
    cores: Cores,
    /// `None` while it is down.
    server: Option<Server>,
    folder: Folder,
}

impl Broker {
    /// The program, and where Debian puts it.
    fn program(self) -> Option<PathBuf> {
        let name = match self {
            Self::Redis => "redis-server",
            Self::Nats => "nats-server",
        };
        // Users other than root seldom have the folder on their `PATH`.
        let for_root = Path::new("/usr/sbin").join(name);
        peers::find(name).or_else(|| for_root.exists().then_some(for_root))
    }

    /// Whether it can be started here.
    pub(super) fn is_installed(self) -> bool {
        self.program().is_some()
    }

    /// The name and version, as its program prints it.
    pub(super) fn version(self) -> io::Result<String> {
        let program = self.program().ok_or_else(|| self.missing())?;
        let output = Command::new(program).arg("--version").output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = number(&text).ok_or_else(|| {
            io::Error::other(format!("{self} does not say its version, but {text:?}"))
        })?;
        Ok(format!("{self} {version}"))
    }

    fn missing(self) -> io::Error {
        io::Error::other(format!("{self} is not installed; see benches/README.md"))
    }
}

/// The version in `Redis server v=7.0.15 sha=0` or `nats-server: v2.9.10`.
fn number(text: &str) -> Option<&str> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix('v'))
        .map(|rest| rest.trim_start_matches('='))
        .find(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

impl Running {
    /// Starts a broker without any persistence.
    pub(super) fn start(kind: Broker, cores: &Cores) -> io::Result<Self> {
        let mut broker = Self {
            kind,
            address: free_address()?,
            monitor: free_address()?,
            cores: cores.clone(),
            server: None,
            folder: Folder::new()?,
        };
        broker.restart()?;
        Ok(broker)
    }

    /// Kills the process, if it runs, and starts another one at the same address.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        self.kill();
        let program = self.kind.program().ok_or_else(|| self.kind.missing())?;
        let mut command = Command::new(program);
        let port = self.address.port().to_string();
        match self.kind {
            Broker::Redis => command
                .args(["--bind", "127.0.0.1", "--port", &port, "--save", ""])
                .args(["--appendonly", "no", "--dir"])
                .arg(&self.folder.0),
            Broker::Nats => command
                .args(["-a", "127.0.0.1", "-p", &port])
                .args(["-m", &self.monitor.port().to_string(), "-l"])
                .arg(self.folder.0.join("log")),
        };
        self.server = Some(Server::start_at(&mut command, self.address, &self.cores)?);
        Ok(())
    }

    /// Kills the process.
    pub(super) fn kill(&mut self) {
        self.server = None;
    }

    /// The address for nodes.
    pub(super) fn url(&self) -> String {
        let scheme = match self.kind {
            Broker::Redis => "redis",
            Broker::Nats => "nats",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Its process.
    pub(super) fn pid(&self) -> io::Result<Pid> {
        let server = self.server.as_ref();
        server
            .ok_or_else(|| io::Error::other("the broker is down"))?
            .pid()
    }

    /// How many subscriptions it has, as it counts them itself.
    pub(super) fn subscriptions(&self) -> io::Result<usize> {
        let (text, name) = match self.kind {
            Broker::Redis => (self.info()?, "pubsub_channels:"),
            Broker::Nats => (
                get(self.monitor, "/subsz", PATIENCE)?,
                "\"num_subscriptions\":",
            ),
        };
        figure(&text, name).ok_or_else(|| {
            io::Error::other(format!("{} does not count its subscriptions", self.kind))
        })
    }

    /// What Redis says about itself: lines up to the one after its subscriptions.
    fn info(&self) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"INFO stats\r\nQUIT\r\n")?;
        let mut text = String::new();
        for line in BufReader::new(stream).lines() {
            text += &line?;
            text.push('\n');
        }
        Ok(text)
    }
}

/// The number after a name.
fn figure(text: &str, name: &str) -> Option<usize> {
    let (_, rest) = text.split_once(name)?;
    let rest = rest.trim_start();
    let end = rest.find(|digit: char| !digit.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

/// A folder in the system's folder for such.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let id = getpid().as_raw_nonzero();
        let path = env::temp_dir().join(format!("levante-benches-{id}"));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It fails only if the folder has gone.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_as_the_programs_print_them() {
        let redis = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        assert_eq!(number(redis), Some("7.0.15"));
        assert_eq!(number("nats-server: v2.9.10\n"), Some("2.9.10"));
        assert_eq!(number("a very old version"), None);
    }

    #[test]
    fn subscriptions_are_as_the_brokers_count_them() {
        let redis = "keyspace_hits:4\r\npubsub_channels:200003\r\npubsub_patterns:0\r\n";
        assert_eq!(figure(redis, "pubsub_channels:"), Some(200_003));
        let nats = "{\n  \"num_subscriptions\": 17,\n  \"num_cache\": 0\n}";
        assert_eq!(figure(nats, "\"num_subscriptions\":"), Some(17));
        assert_eq!(figure("", "pubsub_channels:"), None);
        assert_eq!(figure("pubsub_channels:", "pubsub_channels:"), None);
    }
}

//! A `redis-server` or `nats-server` of one test, on an address and in a folder of its own.

use std::{
    fs,
    io::Read as _,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::{
    address::free_addresses,
    folder::Folder,
    process::{PATIENCE, Process},
    requirements, tls,
};

/// The programs that are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Redis,
    Nats,
}

/// A broker, killed when it is dropped, also by a test that panics.
pub(crate) struct Broker {
    pub(crate) kind: Kind,
    /// Where it listens, also after it has been killed and started again.
    pub(crate) address: SocketAddr,
    /// Where NATS tells about itself by HTTP.
    monitor: SocketAddr,
    options: String,
    process: Option<Process>,
    folder: Folder,
}

impl Kind {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Nats => "nats-server",
        }
    }

    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Nats => "nats",
        }
    }
}

impl Broker {
    /// Starts a broker without a password and limits.
    pub(crate) fn start(kind: Kind) -> Self {
        Self::start_with(kind, "")
    }

    /// Starts a broker with more lines in its file of settings.
    pub(crate) fn start_with(kind: Kind, options: &str) -> Self {
        let mut broker = Self::absent(kind, options);
        broker.restart();
        broker
    }

    /// Starts a broker that speaks TLS only and has one user with a password.
    pub(crate) fn start_secure(kind: Kind, user: &str, password: &str) -> Self {
        let mut broker = Self::absent(kind, "");
        let [certificate, key] = [broker.certificate(), broker.folder.path().join("key.pem")];
        tls::issue(&[&broker.address.ip().to_string()], &certificate, &key);
        let [certificate, key] = [certificate.display(), key.display()];
        broker.options = match kind {
            Kind::Redis => format!(
                "port 0\ntls-port {}\ntls-auth-clients no\ntls-ca-cert-file \"{certificate}\"\n\
                 tls-cert-file \"{certificate}\"\ntls-key-file \"{key}\"\n\
                 user {user} on >{password} ~* &* +@all",
                broker.address.port()
            ),
            Kind::Nats => format!(
                "tls {{ cert_file: \"{certificate}\", key_file: \"{key}\" }}\n\
                 authorization {{ user: {user}, password: \"{password}\" }}"
            ),
        };
        broker.restart();
        broker
    }

    /// The certificate of a secure broker, which clients may trust as an authority.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// A broker that does not run yet.
    pub(crate) fn absent(kind: Kind, options: &str) -> Self {
        requirements::assert(requirements::broker(kind.program()));
        let [address, monitor] = free_addresses();
        Self {
            kind,
            address,
            monitor,
            options: options.to_owned(),
            process: None,
            folder: Folder::new(kind.program()),
        }
    }

    /// The URL of a client without a password.
    pub(crate) fn url(&self) -> String {
        self.url_at(self.address)
    }

    /// The same by way of another address.
    pub(crate) fn url_at(&self, address: SocketAddr) -> String {
        format!("{}://{address}", self.kind.scheme())
    }

    /// The URL of a client with a name and a password.
    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        format!(
            "{}://{user}:{password}@{}",
            self.kind.scheme(),
            self.address
        )
    }

    /// Ends the broker at once, with all that it had in memory.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it on the address that it had, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let mut process = match self.kind {
            Kind::Redis => self.redis(),
            Kind::Nats => self.nats(),
        };
        let deadline = Instant::now() + PATIENCE;
        while !self.answers() {
            assert!(
                process.is_running(),
                "the broker has ended: {:?}",
                process.stdout.rest().collect::<Vec<_>>()
            );
            assert!(Instant::now() < deadline, "the broker does not answer");
            thread::sleep(Duration::from_millis(2));
        }
        self.process = Some(process);
    }

    /// Changes the lines of settings. A NATS server that runs reads them at once, and Redis when it
    /// is started again.
    pub(crate) fn set_options(&mut self, options: &str) {
        self.options = options.to_owned();
        if self.kind == Kind::Nats && self.process.is_some() {
            self.write_settings(&self.nats_settings());
            self.signal(Signal::HUP);
        }
    }

    /// Stops it from doing anything, as an overloaded machine may. Its connections stay.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        self.process.as_ref().unwrap().signal(signal);
    }

    /// How many subjects are subscribed to at it, as it says itself. Two nodes that have subscribed
    /// to the same channel count once at Redis.
    pub(crate) fn subscriptions(&self) -> usize {
        match self.kind {
            Kind::Redis => {
                let reply = self.command(&["PUBSUB", "CHANNELS"]);
                let count = reply.strip_prefix('*').and_then(|it| it.split('\r').next());
                count.unwrap().parse().unwrap()
            }
            Kind::Nats => {
                let reply = crate::support::http::get(self.monitor, "/subsz");
                let value: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
                value["num_subscriptions"].as_u64().unwrap() as usize
            }
        }
    }

    /// How many clients are connected to it, without the one that asks.
    pub(crate) fn clients(&self) -> usize {
        match self.kind {
            Kind::Redis => {
                let reply = self.command(&["CLIENT", "LIST"]);
                reply.matches("addr=").count() - reply.matches("laddr=").count() - 1
            }
            Kind::Nats => {
                let reply = crate::support::http::get(self.monitor, "/connz");
                let value: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
                value["num_connections"].as_u64().unwrap() as usize
            }
        }
    }

    fn redis(&self) -> Process {
        let SocketAddr::V4(address) = self.address else {
            unreachable!("it is of the loopback network")
        };
        let settings = format!(
            "bind {}\nport {}\nprotected-mode no\nsave \"\"\nappendonly no\ndir \"{}\"\n{}\n",
            address.ip(),
            address.port(),
            self.folder.path().display(),
            self.options
        );
        let file = self.write_settings(&settings);
        Process::start(Command::new(Kind::Redis.program()).arg(file))
    }

    fn nats(&self) -> Process {
        let file = self.write_settings(&self.nats_settings());
        Process::start(Command::new(Kind::Nats.program()).arg("-c").arg(file))
    }

    fn nats_settings(&self) -> String {
        format!(
            "listen: \"{}\"\nhttp: \"{}\"\n{}\n",
            self.address, self.monitor, self.options
        )
    }

    fn write_settings(&self, settings: &str) -> PathBuf {
        let file = self.folder.path().join("broker.conf");
        fs::write(&file, settings).unwrap();
        file
    }

    /// Whether it has begun to talk. What it says does not matter: it may ask for a password.
    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address) else {
            return false;
        };
        if self.kind == Kind::Redis && self.options.contains("tls-port") {
            // It says nothing before a handshake.
            return true;
        }
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        if self.kind == Kind::Redis {
            use std::io::Write as _;
            // It may have ended again, which the next attempt finds out.
            let _ = stream.write_all(b"PING\r\n");
        }
        matches!(stream.read(&mut [0; 1]), Ok(1))
    }
}

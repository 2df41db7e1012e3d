//! nginx and HAProxy with the configuration files of `examples/proxies`, on ports and in a folder of
//! their own.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tokio_tungstenite::tungstenite::{
    Error, client::IntoClientRequest as _, handshake::client::Request,
};

use crate::support::{
    address::free_addresses,
    client::Client,
    folder::Folder,
    process::{PATIENCE, Process},
    requirements, tls,
};

/// The name of the server in the configurations.
pub(crate) const HOST: &str = "chat.example";

/// The programs that are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Haproxy,
}

/// A running proxy, stopped when it is dropped.
pub(crate) struct Proxy {
    kind: Kind,
    process: Process,
    /// Where it answers by plain HTTP.
    pub(crate) plain: SocketAddr,
    /// Where it answers by TLS.
    pub(crate) secure: SocketAddr,
    /// Its certificate.
    trusted: PathBuf,
    /// Its files, removed when it has ended.
    _folder: Folder,
}

impl Proxy {
    /// Starts a proxy in front of two servers. It cuts off sockets that are silent for `patience`.
    pub(crate) fn start(kind: Kind, upstreams: [SocketAddr; 2], patience: Duration) -> Self {
        requirements::assert(requirements::proxy(kind.program()));
        let folder = Folder::new(kind.program());
        let [plain, secure] = free_addresses();
        let trusted = folder.path().join("certificate.pem");
        let key = folder.path().join("certificate.key");
        tls::issue(&[HOST], &trusted, &key);

        let settings = Settings {
            folder: folder.path(),
            plain,
            secure,
            upstreams,
            patience,
        };
        let process = match kind {
            Kind::Nginx => settings.nginx(&trusted, &key),
            Kind::Haproxy => settings.haproxy(&trusted, &key),
        };
        let mut proxy = Self {
            kind,
            process,
            plain,
            secure,
            trusted,
            _folder: folder,
        };
        proxy.wait_until_it_listens();
        proxy
    }

    fn wait_until_it_listens(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        for address in [self.plain, self.secure] {
            while TcpStream::connect(address).is_err() {
                assert!(self.process.is_running(), "the proxy has ended");
                assert!(Instant::now() < deadline, "the proxy does not listen");
                thread::yield_now();
            }
        }
    }

    /// Opens a WebSocket by TLS.
    pub(crate) async fn connect(&self, target: &str) -> Client {
        self.ask(handshake(target, &[])).await.unwrap()
    }

    /// Sends a handshake by TLS. The error has the response.
    pub(crate) async fn ask(&self, handshake: Request) -> Result<Client, Error> {
        let stream = tls::connect(self.secure, HOST, &self.trusted).await;
        Client::ask(stream.unwrap(), handshake).await
    }

    /// Tells it to accept no more connections, and to end with its last socket, as it is told after
    /// a reload.
    pub(crate) fn retire(&self) {
        self.process.signal(match self.kind {
            Kind::Nginx => Signal::QUIT,
            Kind::Haproxy => Signal::USR1,
        });
        // It may not have closed its listener yet.
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(self.secure).is_ok() {
            assert!(Instant::now() < deadline, "the proxy still listens");
            thread::yield_now();
        }
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Waits for a proxy that is about to end.
    pub(crate) fn exit(mut self) {
        assert!(self.process.exit().success());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // A killed master of nginx would leave its workers behind.
        if self.process.is_running() {
            self.process.signal(Signal::TERM);
            self.process.exit();
        }
    }
}

/// A handshake as a browser sends it, with more headers.
pub(crate) fn handshake(target: &str, headers: &[(&'static str, &str)]) -> Request {
    let url = format!("wss://{HOST}{target}");
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
        }
    }
}

/// What a test sets otherwise than the file.
struct Settings<'a> {
    folder: &'a Path,
    plain: SocketAddr,
    secure: SocketAddr,
    upstreams: [SocketAddr; 2],
    patience: Duration,
}

impl Settings<'_> {
    fn nginx(&self, certificate: &Path, key: &Path) -> Process {
        let Self { plain, secure, .. } = self;
        let [one, two] = self.upstreams;
        let seconds = self.patience.as_secs();
        // Without root, nginx can neither raise limits nor write into its own folders.
        let http = "http {\n    access_log off;\n    client_body_temp_path body;\n    \
                    proxy_temp_path proxy;\n    fastcgi_temp_path fastcgi;\n    \
                    uwsgi_temp_path uwsgi;\n    scgi_temp_path scgi;\n"
            .to_owned();
        let file = self.write(
            "nginx.conf",
            &[
                ("worker_processes auto;", "worker_processes 1;".into()),
                ("worker_rlimit_nofile 65536;", String::new()),
                (
                    "worker_connections 32768;",
                    "worker_connections 100;".into(),
                ),
                ("http {\n", http),
                ("listen 80;", format!("listen {plain};")),
                ("listen 443 ssl;", format!("listen {secure} ssl;")),
                ("/etc/ssl/chat.example.pem", path(certificate)),
                ("/etc/ssl/chat.example.key", path(key)),
                ("127.0.0.1:8080;", format!("{one};")),
                ("127.0.0.1:8081;", format!("{two};")),
                (
                    "proxy_read_timeout 75s;",
                    format!("proxy_read_timeout {seconds}s;"),
                ),
            ],
        );
        let mut command = Command::new("nginx");
        command.arg("-p").arg(self.folder).arg("-c").arg(file);
        command.args(["-e", "stderr", "-g", "daemon off; pid nginx.pid;"]);
        Process::start(&mut command)
    }

    fn haproxy(&self, certificate: &Path, key: &Path) -> Process {
        let Self { plain, secure, .. } = self;
        let [one, two] = self.upstreams;
        let seconds = self.patience.as_secs();
        // HAProxy takes both from one file.
        let both = self.folder.join("both.pem");
        let pem = [certificate, key].map(|path| fs::read_to_string(path).unwrap());
        fs::write(&both, pem.concat()).unwrap();
        let file = self.write(
            "haproxy.cfg",
            &[
                // Without root, it cannot raise its limit of files.
                ("maxconn 32768", "maxconn 100".into()),
                ("bind :80\n", format!("bind {plain}\n")),
                ("bind :443 ", format!("bind {secure} ")),
                ("/etc/haproxy/chat.example.pem", path(&both)),
                ("127.0.0.1:8080", one.to_string()),
                ("127.0.0.1:8081", two.to_string()),
                ("timeout tunnel 75s", format!("timeout tunnel {seconds}s")),
            ],
        );
        // In the foreground.
        Process::start(Command::new("haproxy").arg("-db").arg("-f").arg(file))
    }

    /// Writes a configuration of `examples/proxies` with some of its words replaced.
    fn write(&self, name: &str, replaced: &[(&str, String)]) -> PathBuf {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("proxies")
            .join(name);
        let mut text = fs::read_to_string(source).unwrap();
        for (from, to) in replaced {
            assert_eq!(text.matches(from).count(), 1, "{name}: {from}");
            text = text.replace(from, to);
        }
        let file = self.folder.join(name);
        fs::write(&file, text).unwrap();
        file
    }
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

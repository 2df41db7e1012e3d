//! Redis and NATS servers, each started by one test on an address and in a folder of its own. The unit
//! tests of the drivers include this file, too.

#![allow(dead_code, reason = "each of the two test binaries uses a part")]

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Whether the program of a broker is missing, so that the test must return at once. Prints that, and
/// fails with `LEVANTE_REQUIRE_SERVICES=1`.
pub(crate) fn is_missing(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian has `nats-server` in a folder that is not on the path of every user.
    let found = env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .any(|folder: PathBuf| folder.join(program).exists());
    if !found {
        let required = env::var_os("LEVANTE_REQUIRE_SERVICES").is_some_and(|value| value == "1");
        assert!(!required, "`{program}` is not there: install {program}");
        println!("skipped: `{program}` is not there: install {program}");
    }
    !found
}

/// An address to listen on. No other process takes it in the meantime, because it is on an IP address
/// of the loopback network of its own. So a broker can end and listen on its address again.
pub(crate) fn free_address() -> SocketAddr {
    static NUMBER: AtomicU8 = AtomicU8::new(1);

    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let [_, _, high, low] = process::id().to_be_bytes();
    // Even, as the tests of the examples take odd ones.
    let ip = Ipv4Addr::new(127, (high & !1) | 2, low, number);
    let listener = TcpListener::bind((ip, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// A folder that is removed with all its files when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);

        // Short: the path of a Unix socket in it has at most about 100 bytes.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("levante-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A broker that listens. It is killed when this is dropped. If the test fails, its log is printed.
pub(crate) struct BrokerProcess {
    child: Child,
    folder: Folder,
    pub(crate) address: SocketAddr,
}

impl BrokerProcess {
    /// Starts a `redis-server`. `arguments` are appended to those that every test needs.
    pub(crate) fn redis(arguments: &[&str]) -> Self {
        Self::redis_at(free_address(), Folder::new(), arguments)
    }

    /// Starts a `redis-server` on an address that a former one had.
    pub(crate) fn redis_at(address: SocketAddr, folder: Folder, arguments: &[&str]) -> Self {
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        // With a TLS port, the test names the port without TLS itself.
        let port: &[&str] = match arguments.contains(&"--tls-port") {
            true => &[],
            false => &["--port", &port],
        };
        let own = ["--bind", &ip, "--save", "", "--appendonly", "no"];
        let all = [&own, port, arguments].concat();
        let broker = Self::start("redis-server", all, address, folder);
        #[cfg(unix)]
        let broker = broker.listens_on_its_unix_socket(arguments);
        broker
    }

    /// Starts a `nats-server`. `arguments` are appended to those that every test needs.
    pub(crate) fn nats(arguments: &[&str]) -> Self {
        Self::nats_at(free_address(), Folder::new(), arguments)
    }

    /// Starts a `nats-server` on an address that a former one had.
    pub(crate) fn nats_at(address: SocketAddr, folder: Folder, arguments: &[&str]) -> Self {
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        let own = ["--addr", &ip, "--port", &port];
        let all = [&own, arguments].concat();
        Self::start("nats-server", all, address, folder)
    }

    /// Starts a program in `folder`, and waits until it listens on `address`.
    pub(crate) fn start<S: AsRef<OsStr>>(
        program: &str,
        arguments: impl IntoIterator<Item = S>,
        address: SocketAddr,
        folder: Folder,
    ) -> Self {
        let log = File::create(folder.path().join("log")).unwrap();
        let path = env::var("PATH").unwrap_or_default();
        let child = Command::new(program)
            .args(arguments)
            .env("PATH", format!("{path}:/usr/sbin"))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut broker = Self {
            child,
            folder,
            address,
        };
        broker.listens();
        broker
    }

    fn listens(&mut self) {
        let address = self.address;
        self.wait_until(|| TcpStream::connect(address).is_ok());
    }

    fn wait_until(&mut self, listens: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !listens() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the broker ended: {}", self.log());
            assert!(Instant::now() < deadline, "the broker does not listen");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Redis listens on its Unix socket last.
    #[cfg(unix)]
    fn listens_on_its_unix_socket(mut self, arguments: &[&str]) -> Self {
        let option = arguments.iter().position(|it| *it == "--unixsocket");
        if let Some(name) = option.and_then(|at| arguments.get(at + 1)) {
            let path = self.folder().join(name);
            self.wait_until(|| std::os::unix::net::UnixStream::connect(&path).is_ok());
        }
        self
    }

    /// The process, for signals.
    pub(crate) fn child(&self) -> &Child {
        &self.child
    }

    /// The folder that the broker runs in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the broker has written.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Kills the broker as a crash would, and waits for its end. Dropping it does the same.
    pub(crate) fn kill(&mut self) {
        // This fails if the process has already exited, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

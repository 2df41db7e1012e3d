//! Child processes that do not outlive their test.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) const CHAT: &str = env!("CARGO_BIN_EXE_chat");
pub(crate) const ECHO: &str = env!("CARGO_BIN_EXE_echo");
pub(crate) const FEED: &str = env!("CARGO_BIN_EXE_feed");
pub(crate) const METRICS: &str = env!("CARGO_BIN_EXE_metrics");
pub(crate) const NODE: &str = env!("CARGO_BIN_EXE_node");
pub(crate) const TYPED: &str = env!("CARGO_BIN_EXE_typed");

/// How long to wait for steps that should be quick.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A child process, killed and reaped when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
}

/// The lines that a process writes, as it writes them.
pub(crate) struct Lines(Receiver<String>);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Lines::of(child.stdout.take().unwrap());
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    pub(crate) fn write_line(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits for a script to say that it has passed.
    pub(crate) fn passes_before(&mut self, deadline: Instant) {
        assert_eq!(self.stdout.next_before(deadline).as_deref(), Some("passed"));
        assert!(self.exit().success());
    }

    /// Waits for a script to say that it has passed. On its way it may ask for a stop of the server,
    /// and for a new start on the same port.
    pub(crate) fn passes_with_restarts(
        &mut self,
        server: Example,
        start: impl Fn(u16) -> Example,
        deadline: Instant,
    ) {
        let port = server.address.port();
        let mut server = Some(server);
        while let Some(line) = self.stdout.next_before(deadline) {
            match line.as_str() {
                "stop" => server.take().expect("a server to stop").kill(),
                "start" => server = Some(start(port)),
                "passed" => break,
                other => panic!("the script said {other}"),
            }
            self.write_line("done");
        }
        assert!(
            self.exit().success(),
            "the script did not see what it should"
        );
    }

    /// Waits for a process that is about to exit.
    pub(crate) fn exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.stdout.next_before(deadline).is_some() {}
        self.child.wait().unwrap()
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process has not exited yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn kill(&mut self) {
        // This fails if the process has already exited, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            self.stderr.rest().for_each(|line| eprintln!("{line}"));
        }
    }
}

impl Lines {
    fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            // The receiver may be gone. The pipe is still emptied, so that it never blocks the
            // process.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self(receiver)
    }

    /// The next line, or `None` after the last.
    pub(crate) fn next(&self) -> Option<String> {
        self.next_before(Instant::now() + PATIENCE)
    }

    /// The next line if it comes in time, or `None` after the last.
    pub(crate) fn next_before(&self, deadline: Instant) -> Option<String> {
        match self
            .0
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the process is silent"),
        }
    }

    /// The lines that have not been taken yet.
    pub(crate) fn so_far(&self) -> impl Iterator<Item = String> {
        self.0.try_iter()
    }

    /// All remaining lines, once the process has ended.
    pub(crate) fn rest(&self) -> impl Iterator<Item = String> {
        self.0.iter()
    }
}

/// A running example.
pub(crate) struct Example {
    process: Process,
    /// The URL that it has printed.
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
}

impl Example {
    pub(crate) fn chat() -> Self {
        Self::chat_on(0)
    }

    pub(crate) fn chat_on(port: u16) -> Self {
        Self::start(Command::new(CHAT).env("PORT", port.to_string()))
    }

    /// The chat with a command line.
    pub(crate) fn chat_with<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        Self::chat_at(0, arguments)
    }

    /// The chat on a port, with a command line.
    pub(crate) fn chat_at<S: AsRef<OsStr>>(
        port: u16,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut command = Command::new(CHAT);
        Self::start(command.args(arguments).env("PORT", port.to_string()))
    }

    /// The echo, with this value of `DRIVER`.
    pub(crate) fn echo(driver: &str) -> Self {
        Self::echo_with(driver, "")
    }

    /// The echo, with these values of `DRIVER` and `COMPRESSION`.
    pub(crate) fn echo_with(driver: &str, compression: &str) -> Self {
        let mut command = Command::new(ECHO);
        command
            .env("DRIVER", driver)
            .env("COMPRESSION", compression);
        Self::start(command.env("PORT", "0"))
    }

    pub(crate) fn feed() -> Self {
        Self::start(Command::new(FEED).env("PORT", "0"))
    }

    pub(crate) fn metrics() -> Self {
        Self::start(Command::new(METRICS).env("PORT", "0"))
    }

    /// The server of the tests of generated clients.
    pub(crate) fn typed() -> Self {
        Self::typed_on(0)
    }

    pub(crate) fn typed_on(port: u16) -> Self {
        Self::start(Command::new(TYPED).env("PORT", port.to_string()))
    }

    fn start(command: &mut Command) -> Self {
        let process = Process::start(command);
        let url = process.stdout.next().unwrap_or_else(|| {
            let said: String = process.stderr.rest().collect();
            panic!("{command:?} ended: {said}")
        });
        // http://127.0.0.1:8080 or ws://127.0.0.1:8080/ws
        let host = url.split('/').nth(2).unwrap();
        let address = host
            .parse()
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        Self {
            process,
            url,
            address,
        }
    }

    pub(crate) fn kill(mut self) {
        self.process.kill();
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits until the process has exited.
    pub(crate) fn exit(mut self) -> ExitStatus {
        self.process.exit()
    }
}

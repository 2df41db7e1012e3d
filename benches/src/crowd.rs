//! As many connections as fit. Measures the cost of each, and checks that the server releases all
//! of them.

use std::{
    io,
    net::SocketAddrV4,
    thread,
    time::{Duration, Instant},
};

use levante_benches::Counts;
use lexopt::{
    Arg::{Long, Short},
    Error, Parser,
};
use rustix::process::Pid;

use crate::{
    client::{Connection, Kind, Service, Target, client_frame, get, server_frame},
    options::count,
    peers,
    process::{self, Cores, Memory, Server},
    report::Table,
};

/// The default number of connections, if the limit of open files allows it.
const WANTED: usize = 100_000;

/// How long the whole run may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long a server may take to notice new and closed connections.
const NOTICE: Duration = Duration::from_secs(10);

/// How long a server is left alone before its memory is read.
const REST: Duration = Duration::from_millis(500);

const PUBLISHED: &[u8] = b"this goes to everybody who has come";

/// The close code 1000: the connection has fulfilled its purpose.
const NORMAL: [u8; 2] = 1000_u16.to_be_bytes();

/// How many connections to open.
#[derive(Debug)]
pub(crate) struct Options {
    /// If not given, as many as the limit of open files allows.
    connections: Option<usize>,
    build: bool,
}

impl Options {
    /// Parses the arguments after the command. Returns `None` if they ask for help.
    ///
    /// # Errors
    ///
    /// A sentence that names the argument that cannot be used.
    pub(crate) fn parse(parser: &mut Parser) -> Result<Option<Self>, Error> {
        let mut options = Self {
            connections: None,
            build: true,
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("connections") => {
                    options.connections = Some(count("--connections", parser)?);
                }
                Long("no-build") => options.build = false,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

/// Lets a crowd come and go, twice, and prints the cost for the server.
///
/// # Errors
///
/// If a connection, a pong, a message or a Close frame is missing, or if a count is wrong.
pub(crate) fn crowd(options: &Options) -> io::Result<()> {
    if options.build {
        peers::build_ours()?;
    }
    let size = options
        .connections
        .unwrap_or_else(|| process::most_connections(WANTED));
    process::raise_limit(size)?;
    let cores = Cores::assign(1)?;
    let levante = &peers::ALL[0];
    let command = levante.command(1)?;
    let command = command.ok_or_else(|| io::Error::other("bench-server is not built"))?;
    let server = Server::start(command, &cores)?;
    cores.pin_client()?;

    let target = Target {
        address: server.address(),
        dialect: levante.dialect,
        tls: None,
        compresses: false,
    };
    let columns = ["first crowd", "second crowd"].map(str::to_owned).to_vec();
    let mut crowd = Crowd {
        target,
        pid: server.pid()?,
        size,
        deadline: Instant::now() + PATIENCE,
        before: Memory::default(),
        table: Table::new("Private memory per connection, bytes", columns),
    };
    crowd.run()?;
    println!(
        "{size} connections came, were pinged, received a publish and left, twice; the server \
         counts none of them.\nAn idle server has {} KiB of private memory.\n{}",
        crowd.before.private / 1024,
        crowd.table.markdown(),
    );
    Ok(())
}

/// The connections of one crowd, and the publisher's connection.
struct Crowd<'a> {
    target: Target<'a>,
    pid: Pid,
    size: usize,
    deadline: Instant,
    /// The server's memory without connections.
    before: Memory,
    table: Table,
}

impl Crowd<'_> {
    fn run(&mut self) -> io::Result<()> {
        self.await_counts(0, 0)?;
        self.before = process::memory(self.pid)?;
        for column in 0..2 {
            let mut members = self.come()?;
            self.await_counts(self.size, self.size)?;
            self.measure("open", column)?;
            self.ping(&mut members)?;
            self.measure("after a ping and pong each", column)?;
            self.publish(&mut members)?;
            self.measure("after a publish", column)?;
            self.leave(members)?;
            self.await_counts(0, 0)?;
            self.measure("closed", column)?;
        }
        Ok(())
    }

    fn come(&self) -> io::Result<Vec<Connection>> {
        let mut members = Vec::new();
        for index in 0..self.size {
            self.check_time()?;
            members.push(self.target.open(index, Service::Feed)?);
        }
        Ok(members)
    }

    /// Every member pings with a payload of its own, and waits for the pong.
    fn ping(&self, members: &mut [Connection]) -> io::Result<()> {
        self.each(members, "ping", |index, member| {
            member.send(&client_frame(Kind::Ping, &index.to_be_bytes()))
        })?;
        self.each(members, "pong", |index, member| {
            member.expect(&server_frame(Kind::Pong, &index.to_be_bytes()))
        })
    }

    fn publish(&self, members: &mut [Connection]) -> io::Result<()> {
        let mut publisher = self.target.open(self.size, Service::Publish)?;
        publisher.send(&client_frame(Kind::Text, PUBLISHED))?;
        let expected = server_frame(Kind::Text, PUBLISHED);
        self.each(members, "publish", |_, member| member.expect(&expected))?;
        publisher.send(&client_frame(Kind::Close, &NORMAL))?;
        publisher.expect(&server_frame(Kind::Close, &NORMAL))
    }

    /// Every member sends a Close frame, and waits for the server's Close frame and the end of the
    /// stream.
    fn leave(&self, mut members: Vec<Connection>) -> io::Result<()> {
        let close = client_frame(Kind::Close, &NORMAL);
        self.each(&mut members, "Close", |_, member| member.send(&close))?;
        let answer = server_frame(Kind::Close, &NORMAL);
        self.each(&mut members, "answer to Close", |_, member| {
            member.expect(&answer)?;
            member.expect_end()
        })
    }

    fn each(
        &self,
        members: &mut [Connection],
        what: &str,
        mut action: impl FnMut(usize, &mut Connection) -> io::Result<()>,
    ) -> io::Result<()> {
        for (index, member) in members.iter_mut().enumerate() {
            self.check_time()?;
            action(index, member).map_err(|error| {
                io::Error::new(error.kind(), format!("{what} of member {index}: {error}"))
            })?;
        }
        Ok(())
    }

    fn check_time(&self) -> io::Result<()> {
        if Instant::now() < self.deadline {
            return Ok(());
        }
        let problem = format!("it is not over after {} s", PATIENCE.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, problem))
    }

    /// Waits until the server has these counts.
    fn await_counts(&self, connections: usize, subscribers: usize) -> io::Result<()> {
        let expected = Counts {
            connections,
            subscribers,
        };
        let began = Instant::now();
        loop {
            let counts = counts(self.target.address)?;
            if counts == expected {
                return Ok(());
            }
            if began.elapsed() > NOTICE {
                let problem = format!("the server counts {counts} instead of {expected}");
                return Err(io::Error::other(problem));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn measure(&mut self, stage: &str, column: usize) -> io::Result<()> {
        thread::sleep(REST);
        let now = process::memory(self.pid)?.private;
        let more = now.saturating_sub(self.before.private) as f64;
        self.table
            .add("memory", stage, column, more / self.size as f64);
        Ok(())
    }
}

/// Asks the server for its counts.
fn counts(server: SocketAddrV4) -> io::Result<Counts> {
    get(server, "/counts", NOTICE)?.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>, Error> {
        Options::parse(&mut Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn a_crowd_has_a_size() {
        let options = parse("--connections 7 --no-build").unwrap().unwrap();
        assert_eq!((options.connections, options.build), (Some(7), false));
        for line in ["--connections 0", "--connections", "--rate 1"] {
            let problem = parse(line).unwrap_err().to_string();
            assert!(problem.contains("--"), "{problem}");
        }
    }
}

//! Measures the cost of readers that never read, and whether readers beside them notice.

use std::{io, process::Command, thread, time::Duration};

use lexopt::{
    Arg::{Long, Short},
    Error, Parser,
};
use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::{
    client::{
        Connection, Dialect, FrameCounter, Kind, Member, Service, Swarm, Target, client_frame,
    },
    options::count,
    peers,
    process::{self, Cores, Server},
};

/// How many keys the messages have, and how many messages may be on their way at once.
const KEYS: usize = 100;

/// Every reader is offered `TIMES` times the limit of its queue, and `KERNEL` bytes more for the
/// buffers of the kernel.
const TIMES: usize = 4;
const KERNEL: usize = 512 << 10;

/// The receive buffer of a reader that never reads.
const RECEIVE_BUFFER: usize = 4 << 10;

/// How long readers may wait for a message.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the server is left alone before its memory is read.
const REST: Duration = Duration::from_millis(500);

/// Payloads: one that is copied into each queue, and one that all queues share.
const SIZES: [usize; 2] = [64, 16 << 10];

/// Values for the server's `POLICY`.
const POLICIES: [&str; 2] = ["drop", "latest"];

/// The options of the command.
#[derive(Debug)]
pub(crate) struct Options {
    readers: usize,
    fast: usize,
    limit: usize,
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
            readers: 1000,
            fast: 10,
            limit: 64 << 10,
            build: true,
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("readers") => options.readers = count("--readers", parser)?,
                Long("fast") => options.fast = count("--fast", parser)?,
                Long("limit") => options.limit = count("--limit", parser)?,
                Long("no-build") => options.build = false,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

/// Measures, and prints a table.
///
/// # Errors
///
/// If the server cannot be started, or a reader that reads misses a message.
pub(crate) fn stalled(options: &Options) -> io::Result<()> {
    if options.build {
        peers::build_ours()?;
    }
    process::raise_limit(options.readers + options.fast + 1)?;
    let cores = Cores::assign(1)?;
    cores.pin_client()?;
    let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
    let allowed = mib(options.limit * options.readers);
    println!(
        "{} readers that never read, {} that do; `backpressure_limit` {} bytes: {allowed:.1} MiB \
         for those that never read\n",
        options.readers, options.fast, options.limit
    );
    println!(
        "| message | policy | the server grew by, MiB | messages that every fast reader got |"
    );
    println!("|---|---|---|---|");
    for size in SIZES {
        for policy in POLICIES {
            let Outcome { grown, messages } = measure(options, &cores, size, policy)?;
            println!("| {size} B | {policy} | {:.1} | {messages} |", mib(grown));
        }
    }
    Ok(())
}

struct Outcome {
    /// Bytes of the server's private memory.
    grown: usize,
    messages: usize,
}

fn measure(options: &Options, cores: &Cores, size: usize, policy: &str) -> io::Result<Outcome> {
    let mut command = Command::new(peers::folder()?.join("stalled-server"));
    command
        .env("LIMIT", options.limit.to_string())
        .env("POLICY", policy);
    let server = Server::start(command, cores)?;
    let pid = server.pid()?;
    let target = Target {
        address: server.address(),
        dialect: Dialect::Plain,
        tls: None,
        compresses: false,
    };
    let open = |index, service| target.open(index, service);

    let stalled = (0..options.readers)
        .map(|index| never_read(open(index, Service::Feed)?))
        .collect::<io::Result<Vec<_>>>()?;
    let mut fast = Swarm::new()?;
    for index in 0..options.fast {
        let connection = open(options.readers + index, Service::Feed)?;
        let counter = FrameCounter::new(Kind::Text, size);
        fast.add(Member::new(connection, counter, &[], 0)?)?;
    }
    let mut publisher = open(options.readers + options.fast, Service::Publish)?;

    thread::sleep(REST);
    let before = process::memory(pid)?.private;
    // A batch takes at most half the limit, so that even the queue of a slow reader has room for
    // it.
    let at_once = (options.limit / 2 / size).clamp(1, KEYS);
    let rounds = (TIMES * options.limit + KERNEL).div_ceil(at_once * size);
    for round in 0..rounds {
        publisher.send(&batch(round * at_once, at_once, size))?;
        receive(&mut fast, (at_once * options.fast) as u64)?;
    }
    thread::sleep(REST);
    let after = process::memory(pid)?.private;
    drop(stalled);
    Ok(Outcome {
        grown: after.saturating_sub(before) as usize,
        messages: rounds * at_once,
    })
}

fn never_read(connection: Connection) -> io::Result<Connection> {
    set_socket_recv_buffer_size(connection.socket(), RECEIVE_BUFFER)?;
    Ok(connection)
}

/// Messages of one length. Each begins with its key.
fn batch(first: usize, count: usize, size: usize) -> Vec<u8> {
    (first..first + count)
        .flat_map(|number| {
            let key = number % KEYS;
            let text = format!("{key:03} {:1$}", "", size - 4);
            client_frame(Kind::Text, text.as_bytes())
        })
        .collect()
}

/// Waits until all readers together have received this many messages.
fn receive(readers: &mut Swarm, mut missing: u64) -> io::Result<()> {
    while missing > 0 {
        let arrived = readers.turn(PATIENCE, |_, _| Ok(0))?;
        if arrived == 0 {
            let problem = format!("{missing} messages have not reached those who read");
            return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
        }
        missing = missing
            .checked_sub(arrived)
            .ok_or_else(|| io::Error::other("more messages arrived than were sent"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>, Error> {
        Options::parse(&mut Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn numbers_are_read_and_what_cannot_be_used_is_named() {
        let options = parse("--readers 7 --limit 1024 --no-build")
            .unwrap()
            .unwrap();
        assert_eq!(
            (options.readers, options.fast, options.limit),
            (7, 10, 1024)
        );
        assert!(!options.build);
        assert!(parse("--fast 1 --help").unwrap().is_none());
        for line in ["--readers 0", "--readers", "--slow 1"] {
            let problem = parse(line).unwrap_err().to_string();
            let name = line.split(' ').next().unwrap_or_default();
            assert!(problem.contains(name), "{problem}");
        }
    }

    #[test]
    fn messages_of_a_batch_are_of_one_length() {
        let frame = client_frame(Kind::Text, &[b'x'; 64]);
        assert_eq!(batch(98, 5, 64).len(), 5 * frame.len());
    }
}

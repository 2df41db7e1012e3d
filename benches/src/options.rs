//! The command line.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use lexopt::{
    Arg::{Long, Short, Value},
    Error, Parser, ValueExt as _,
};

use crate::{
    cluster, hostile,
    peers::{self, Peer},
    reconnects, stalled, workers,
    workload::{Compression, Workload},
};

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Compares levante with its peers, side by side on this machine.

Usage: cargo run --release -p levante-benches -- compare [options]
       cargo run --release -p levante-benches -- compare --cluster [options]
       cargo run --release -p levante-benches -- workers [options]
       cargo run --release -p levante-benches -- stalled [--readers N] [--fast N] [--limit BYTES]
       cargo run --release -p levante-benches -- crowd [options]
       cargo run --release -p levante-benches -- hostile [--seconds S]
       cargo run --release -p levante-benches -- reconnects [--clients N] [--no-build]
       cargo run --release -p levante-benches -- list

`crowd` opens as many connections to levante as fit, has each of them pinged, told something and
closed, twice, and says what memory they take and leave.

`list` names the peers and workloads, and says which peers are installed. benches/peers/fetch.sh
installs those that are not crates, `--build-peers` builds those that are.

`stalled` measures what readers that never read cost levante: N of them [1000], each with a queue
of BYTES [65536], beside N that read [10].

`hostile` attacks levante in one way after the other, for S seconds each [8], and says what that
costs.

`reconnects` lets N clients [2000] connect to levante by TLS, lose their connections and connect
again, and says what a connection costs: with the defaults of rustls, and with tickets.

Options of `compare` (lists are separated by commas; a name may be cut short, and stands for all it begins):
  --peers LIST       servers to compare            [all that are installed]
  --workloads LIST   what they are made to do      [all]
  --workers LIST     worker threads, for those that can have more than one   [1]
  --compression WHAT what compresses in workloads with compression, which are called `deflate-…`:
                     `shared` for all connections, or `dedicated` to each   [shared]
  --rounds N         each server has its turn so often, and medians are taken [5]
  --seconds S        length of a measurement       [3]
  --warm-up S        load before it                [0.5]
  --idle N           idle connections whose memory is measured; 0: none      [10000]
  --rate N           messages per second at which latency is measured; 0: not [20000]
  --build-peers      build the peers that are crates first
  --no-build         take levante's own servers as they were built last
  --out DIR          where the report goes         [benches/results]
  --readme           put it into README.md and benches/charts, too, unless something fails

Options of `compare --cluster`, which starts redis-server and nats-server itself; `--rounds`, `--seconds`,
`--warm-up`, `--build-peers`, `--no-build` and `--out` are those of `compare`:
  --peers LIST       servers to compare            [all that are installed]
  --nodes LIST       on how many nodes             [1,3]
  --rate N           messages per second at which latency is measured; 0: not [1000]
  --topics N         topics that are subscribed again after a restart; 0: none [200000]
  --readme           put the report into benches/charts, too, unless something fails

Options of `workers`, which measures what a publish costs with each number of workers; `--rounds`,
`--seconds`, `--warm-up`, `--no-build` and `--out` are as those of `compare`, but for the defaults of 3
rounds, 1 s and 0.3 s:
  --peers LIST       servers to compare            [levante-takeover,bun]
  --workers LIST     on how many workers           [1,2,4]
  --subscribers LIST to how many subscribers       [10,100,1000,10000,20000]
  --readme           put the report into benches/charts, too, unless something fails

Options of `crowd`:
  --connections N    how many                      [100000, or what the limit on open files allows]
  --no-build         take levante's own servers as they were built last
";

/// A command with its options.
#[derive(Debug)]
pub(crate) enum Command {
    /// Prints how to use this program.
    Help,
    /// Prints the servers and workloads.
    List,
    /// The comparison.
    Compare(Options),
    /// The comparison of clusters.
    Cluster(cluster::Options),
    /// The same loads on several numbers of workers.
    Workers(workers::Options),
    /// Readers that never read.
    Stalled(stalled::Options),
    /// Hostile peers.
    Hostile(hostile::Options),
    /// Many connections.
    Crowd(CrowdOptions),
    /// TLS clients that connect again.
    Reconnects(reconnects::Options),
}

/// How to compare.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) peers: Vec<&'static Peer>,
    /// Whether a peer that is not installed is an error: it was asked for by name.
    pub(crate) peers_are_named: bool,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) workers: Vec<usize>,
    pub(crate) compression: Compression,
    pub(crate) rounds: usize,
    pub(crate) window: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) idle: usize,
    pub(crate) rate: u32,
    pub(crate) build: bool,
    pub(crate) build_peers: bool,
    pub(crate) out: PathBuf,
    pub(crate) readme: bool,
}

/// How many connections to open.
#[derive(Debug)]
pub(crate) struct CrowdOptions {
    /// If not given, as many as the limit of open files allows.
    pub(crate) connections: Option<usize>,
    pub(crate) build: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            peers: peers::ALL.iter().collect(),
            peers_are_named: false,
            workloads: Workload::ALL.to_vec(),
            workers: vec![1],
            compression: Compression::Shared,
            rounds: 5,
            window: Duration::from_secs(3),
            warm_up: Duration::from_millis(500),
            idle: 10_000,
            rate: 20_000,
            build: true,
            build_peers: false,
            out: concat!(env!("CARGO_MANIFEST_DIR"), "/results").into(),
            readme: false,
        }
    }
}

/// Parses the arguments.
///
/// # Errors
///
/// A sentence that names the argument that cannot be used.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Command, Error> {
    let mut parser = Parser::from_args(arguments);
    let command = match parser.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Value(command)) => command.string()?,
        Some(other) => return Err(other.unexpected()),
    };
    let command = match &*command {
        "help" => None,
        "list" => Some(Command::List),
        "compare" => {
            let rest: Vec<OsString> = parser.raw_args()?.collect();
            let mut parser = Parser::from_args(rest.clone());
            match rest.iter().any(|argument| argument == "--cluster") {
                true => cluster::Options::parse(&mut parser)?.map(Command::Cluster),
                false => Options::parse(&mut parser)?.map(Command::Compare),
            }
        }
        "workers" => workers::Options::parse(&mut parser)?.map(Command::Workers),
        "stalled" => stalled::Options::parse(&mut parser)?.map(Command::Stalled),
        "hostile" => hostile::Options::parse(&mut parser)?.map(Command::Hostile),
        "reconnects" => reconnects::Options::parse(&mut parser)?.map(Command::Reconnects),
        "crowd" => CrowdOptions::parse(&mut parser)?.map(Command::Crowd),
        _ => return Err(format!("unknown command `{command}`").into()),
    };
    Ok(command.unwrap_or(Command::Help))
}

impl Options {
    /// Parses the arguments after the command. Returns `None` if they ask for help.
    fn parse(parser: &mut Parser) -> Result<Option<Self>, Error> {
        let mut options = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("peers") => {
                    let list = parser.value()?.string()?;
                    options.peers = pick(&list, peers::ALL.iter(), |peer| peer.id.to_owned())?;
                    options.peers_are_named = true;
                }
                Long("workloads") => {
                    let list = parser.value()?.string()?;
                    options.workloads = pick(&list, Workload::ALL, |workload| workload.id())?;
                }
                Long("workers") => {
                    options.workers = counts("--workers", parser)?;
                }
                Long("compression") => {
                    let name = parser.value()?.string()?;
                    options.compression = compression("--compression", &name)?;
                }
                Long("rounds") => options.rounds = count("--rounds", parser)?,
                Long("seconds") => options.window = seconds("--seconds", parser)?,
                Long("warm-up") => options.warm_up = seconds("--warm-up", parser)?,
                Long("idle") => options.idle = number("--idle", parser)?,
                Long("rate") => options.rate = number("--rate", parser)?,
                Long("build-peers") => options.build_peers = true,
                Long("no-build") => options.build = false,
                Long("readme") => options.readme = true,
                Long("out") => options.out = parser.value()?.into(),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

impl CrowdOptions {
    /// Parses the arguments after the command. Returns `None` if they ask for help.
    fn parse(parser: &mut Parser) -> Result<Option<Self>, Error> {
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

/// The elements of `all` whose id begins with one of the names in `list`, in the order of `all`.
pub(crate) fn pick<T: Copy>(
    list: &str,
    all: impl IntoIterator<Item = T> + Clone,
    id: impl Fn(T) -> String,
) -> Result<Vec<T>, Error> {
    let names: Vec<&str> = list.split(',').filter(|name| !name.is_empty()).collect();
    for name in &names {
        if !all.clone().into_iter().any(|one| id(one).starts_with(name)) {
            let problem = format!("nothing is called `{name}`; `list` shows what there is");
            return Err(problem.into());
        }
    }
    let is_named = |one: &T| names.iter().any(|name| id(*one).starts_with(name));
    Ok(all.into_iter().filter(is_named).collect())
}

fn compression(name: &str, value: &str) -> Result<Compression, Error> {
    [Compression::Shared, Compression::Dedicated]
        .into_iter()
        .find(|compression| compression.name() == value)
        .ok_or_else(|| unusable(name, value))
}

/// The value of an option that is a number.
pub(crate) fn number<T: FromStr>(name: &str, parser: &mut Parser) -> Result<T, Error> {
    read(name, &parser.value()?.string()?)
}

/// The value of an option that counts something, which is not zero.
pub(crate) fn count(name: &str, parser: &mut Parser) -> Result<usize, Error> {
    number::<NonZeroUsize>(name, parser).map(NonZeroUsize::get)
}

/// The value of an option that is a list of such counts.
pub(crate) fn counts(name: &str, parser: &mut Parser) -> Result<Vec<usize>, Error> {
    let list = parser.value()?.string()?;
    let counts = list.split(',').map(|count| read(name, count));
    counts.map(|count| count.map(NonZeroUsize::get)).collect()
}

/// The value of an option that is a time.
pub(crate) fn seconds(name: &str, parser: &mut Parser) -> Result<Duration, Error> {
    let value = parser.value()?.string()?;
    Duration::try_from_secs_f64(read(name, &value)?).map_err(|_| unusable(name, &value))
}

/// A value that is written like this.
pub(crate) fn read<T: FromStr>(name: &str, value: &str) -> Result<T, Error> {
    value.parse().map_err(|_| unusable(name, value))
}

fn unusable(name: &str, value: &str) -> Error {
    format!("{name} cannot be `{value}`").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(line: &str) -> Result<Options, Error> {
        let arguments = format!("compare {line}");
        match parse(arguments.split_whitespace())? {
            Command::Compare(options) => Ok(options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_may_be_cut_short_and_keep_their_order() {
        let options = compare("--workloads fan,echo-32 --peers levante").unwrap();
        let ids: Vec<String> = options.workloads.iter().map(|w| w.id()).collect();
        assert_eq!(ids[..2], ["echo-32x1x16", "echo-32x16x16"]);
        assert_eq!(ids.len(), 8);
        assert_eq!(options.peers.len(), 2);
        assert!(options.peers_are_named);
    }

    #[test]
    fn workloads_by_tls_and_with_compression_are_named_apart() {
        let ids = |line| {
            let options = compare(line).unwrap();
            let ids: Vec<String> = options.workloads.iter().map(|w| w.id()).collect();
            ids
        };
        assert_eq!(ids("--workloads tls-fan"), ["tls-fan-out-1000x8x64"]);
        assert_eq!(ids("--workloads chat-16"), ["chat-16x512x16"]);
        assert!(ids("").iter().any(|id| id.starts_with("tls-")));
        let compressed = ids("--workloads deflate-fan");
        assert_eq!(
            compressed,
            ["deflate-fan-out-100x8x1024", "deflate-fan-out-1000x8x1024"]
        );
    }

    #[test]
    fn numbers_are_read() {
        let line = "--rounds 7 --seconds 0.25 --idle 0 --workers 1,2 --out x --no-build --readme \
                    --compression dedicated";
        let options = compare(line).unwrap();
        assert_eq!(options.rounds, 7);
        assert_eq!(options.window, Duration::from_millis(250));
        assert_eq!((options.idle, &*options.workers), (0, &[1, 2][..]));
        assert!(!options.build && options.readme);
        assert_eq!(options.compression, Compression::Dedicated);
        assert_eq!(compare("").unwrap().compression, Compression::Shared);
    }

    #[test]
    fn a_crowd_has_a_size() {
        let crowd = |line: &str| parse(line.split_whitespace());
        let Command::Crowd(options) = crowd("crowd --connections 7 --no-build").unwrap() else {
            panic!("another command");
        };
        assert_eq!((options.connections, options.build), (Some(7), false));
        for line in [
            "crowd --connections 0",
            "crowd --connections",
            "crowd --rate 1",
            "reconnects --clients 0",
            "reconnects --rate 1",
        ] {
            let problem = crowd(line).unwrap_err().to_string();
            assert!(problem.contains("--"), "{problem}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (line, named) in [
            ("--rounds 0", "--rounds"),
            ("--seconds -1", "--seconds"),
            ("--workers 1,x", "`x`"),
            ("--compression off", "`off`"),
            ("--peers nobody", "nobody"),
            ("--idle", "--idle"),
            ("--fast", "--fast"),
        ] {
            let problem = compare(line).unwrap_err().to_string();
            assert!(problem.contains(named), "{problem}");
        }
    }
}

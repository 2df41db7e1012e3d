//! The command line.

mod series;

use std::{ffi::OsString, num::NonZeroUsize, str::FromStr, time::Duration};

use lexopt::{
    Arg::{Long, Short, Value},
    Error, Parser, ValueExt as _,
};

pub(crate) use self::series::Series;
use crate::{cluster, compare, crowd, hostile, reconnects, stalled, workers};

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
  --idle N           idle connections whose memory is measured; 0: none      [10000]
  --rate N           messages per second at which latency is measured; 0: not [20000]

Options of `compare --cluster`, which starts redis-server and nats-server itself:
  --peers LIST       servers to compare            [all that are installed]
  --nodes LIST       on how many nodes             [1,3]
  --rate N           messages per second at which latency is measured; 0: not [1000]
  --topics N         topics that are subscribed again after a restart; 0: none [200000]

Options of `workers`, which measures what a publish costs with each number of workers:
  --peers LIST       servers to compare            [levante-takeover,bun]
  --workers LIST     on how many workers           [1,2,4]
  --subscribers LIST to how many subscribers       [10,100,1000,10000,20000]

Options of these three (the second default is that of `workers`):
  --rounds N         each server has its turn so often, and medians are taken [5, 3]
  --seconds S        length of a measurement       [3, 1]
  --warm-up S        load before it                [0.5, 0.3]
  --build-peers      build the peers that are crates first
  --no-build         take levante's own servers as they were built last
  --out DIR          where the report goes         [benches/results]
  --readme           put it into benches/charts, and that of `compare` into README.md, too, unless
                     something fails

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
    Compare(compare::Options),
    /// The comparison of clusters.
    Cluster(cluster::Options),
    /// The same loads on several numbers of workers.
    Workers(workers::Options),
    /// Readers that never read.
    Stalled(stalled::Options),
    /// Hostile peers.
    Hostile(hostile::Options),
    /// Many connections.
    Crowd(crowd::Options),
    /// TLS clients that connect again.
    Reconnects(reconnects::Options),
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
                false => compare::Options::parse(&mut parser)?.map(Command::Compare),
            }
        }
        "workers" => workers::Options::parse(&mut parser)?.map(Command::Workers),
        "stalled" => stalled::Options::parse(&mut parser)?.map(Command::Stalled),
        "hostile" => hostile::Options::parse(&mut parser)?.map(Command::Hostile),
        "reconnects" => reconnects::Options::parse(&mut parser)?.map(Command::Reconnects),
        "crowd" => crowd::Options::parse(&mut parser)?.map(Command::Crowd),
        _ => return Err(format!("unknown command `{command}`").into()),
    };
    Ok(command.unwrap_or(Command::Help))
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

/// Names an option and a value that it cannot have.
pub(crate) fn unusable(name: &str, value: &str) -> Error {
    format!("{name} cannot be `{value}`").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: &str) -> String {
        parse(line.split_whitespace()).unwrap_err().to_string()
    }

    #[test]
    fn each_command_has_options_of_its_own() {
        for (line, is_it) in [
            (
                "compare",
                (|it| matches!(it, Command::Compare(_))) as fn(&Command) -> bool,
            ),
            ("compare --cluster", |it| matches!(it, Command::Cluster(_))),
            ("workers", |it| matches!(it, Command::Workers(_))),
            ("crowd --help", |it| matches!(it, Command::Help)),
            ("", |it| matches!(it, Command::Help)),
        ] {
            let command = parse(line.split_whitespace()).unwrap();
            assert!(is_it(&command), "{line}: {command:?}");
        }
        for (line, named) in [
            ("crowd --rate 1", "--rate"),
            ("reconnects --rate 1", "--rate"),
            ("reconnects --clients 0", "--clients"),
            ("race", "`race`"),
            ("--rounds 1", "--rounds"),
        ] {
            let problem = problem(line);
            assert!(problem.contains(named), "{problem}");
        }
    }
}

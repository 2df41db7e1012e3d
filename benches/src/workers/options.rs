use std::time::Duration;

use lexopt::{
    Arg::{Long, Short},
    Error, Parser, ValueExt as _,
};

use crate::{
    drive::Timing,
    options::{Series, counts, pick},
    peers::{self, Peer},
};

/// The servers that are compared unless others are named.
const PEERS: [&str; 2] = ["levante-takeover", "bun"];

/// How to compare numbers of workers.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) peers: Vec<&'static Peer>,
    /// Whether a peer that is not installed is an error: it was asked for by name.
    pub(super) peers_are_named: bool,
    pub(super) workers: Vec<usize>,
    pub(super) subscribers: Vec<usize>,
    pub(super) series: Series,
}

impl Default for Options {
    fn default() -> Self {
        let is_compared = |peer: &&Peer| PEERS.contains(&peer.id);
        Self {
            peers: peers::ALL.iter().filter(is_compared).collect(),
            peers_are_named: false,
            workers: vec![1, 2, 4],
            subscribers: vec![10, 100, 1_000, 10_000, 20_000],
            series: Series::new(
                3,
                Timing {
                    warm_up: Duration::from_millis(300),
                    window: Duration::from_secs(1),
                },
            ),
        }
    }
}

impl Options {
    /// Parses the arguments after the command. Returns `None` if they ask for help.
    ///
    /// # Errors
    ///
    /// A sentence that names the argument that cannot be used.
    pub(crate) fn parse(parser: &mut Parser) -> Result<Option<Self>, Error> {
        let mut options = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("peers") => {
                    let list = parser.value()?.string()?;
                    options.peers = pick(&list, peers::ALL.iter(), |peer| peer.id.to_owned())?;
                    options.peers_are_named = true;
                }
                Long("workers") => options.workers = counts("--workers", parser)?,
                Long("subscribers") => options.subscribers = counts("--subscribers", parser)?,
                _ => Series::option(argument)?(&mut options.series, parser)?,
            }
        }
        Ok(Some(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Error> {
        let mut parser = Parser::from_args(line.split_whitespace());
        Options::parse(&mut parser).map(Option::unwrap_or_default)
    }

    #[test]
    fn lists_are_read_and_peers_are_named() {
        let options = parse("--workers 1,3 --subscribers 7 --rounds 2").unwrap();
        assert_eq!(
            (&*options.workers, &*options.subscribers),
            (&[1, 3][..], &[7][..])
        );
        assert_eq!(options.series.rounds, 2);
        assert!(!options.peers_are_named);
        let ids = |options: &Options| options.peers.iter().map(|peer| peer.id).collect::<Vec<_>>();
        assert_eq!(ids(&options), PEERS);
        assert_eq!(
            ids(&parse("--peers levante-body").unwrap()),
            ["levante-body"]
        );
    }

    #[test]
    fn an_option_that_cannot_be_used_is_named() {
        for line in ["--workers 0", "--subscribers 1,x", "--rounds 0", "--rate 1"] {
            let problem = parse(line).unwrap_err().to_string();
            let name = line.split(' ').next().unwrap_or_default();
            assert!(problem.contains(name), "{problem}");
        }
    }
}

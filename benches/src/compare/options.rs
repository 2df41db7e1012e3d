use lexopt::{
    Arg::{Long, Short},
    Error, Parser, ValueExt as _,
};

use crate::{
    options::{Series, counts, number, pick, unusable},
    peers::{self, Peer},
    workload::{Compression, Workload},
};

/// How to compare.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) peers: Vec<&'static Peer>,
    /// Whether a peer that is not installed is an error: it was asked for by name.
    pub(super) peers_are_named: bool,
    pub(super) workloads: Vec<Workload>,
    pub(super) workers: Vec<usize>,
    pub(super) compression: Compression,
    pub(super) series: Series,
    pub(super) idle: usize,
    pub(super) rate: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            peers: peers::ALL.iter().collect(),
            peers_are_named: false,
            workloads: Workload::ALL.to_vec(),
            workers: vec![1],
            compression: Compression::Shared,
            series: Series::default(),
            idle: 10_000,
            rate: 20_000,
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
                Long("idle") => options.idle = number("--idle", parser)?,
                Long("rate") => options.rate = number("--rate", parser)?,
                _ => Series::option(argument)?(&mut options.series, parser)?,
            }
        }
        Ok(Some(options))
    }
}

fn compression(name: &str, value: &str) -> Result<Compression, Error> {
    [Compression::Shared, Compression::Dedicated]
        .into_iter()
        .find(|compression| compression.name() == value)
        .ok_or_else(|| unusable(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Error> {
        let mut parser = Parser::from_args(line.split_whitespace());
        Options::parse(&mut parser).map(Option::unwrap_or_default)
    }

    #[test]
    fn names_may_be_cut_short_and_keep_their_order() {
        let options = parse("--workloads fan,echo-32 --peers levante").unwrap();
        let ids: Vec<String> = options.workloads.iter().map(|w| w.id()).collect();
        assert_eq!(ids[..2], ["echo-32x1x16", "echo-32x16x16"]);
        assert_eq!(ids.len(), 8);
        assert_eq!(options.peers.len(), 2);
        assert!(options.peers_are_named);
    }

    #[test]
    fn workloads_by_tls_and_with_compression_are_named_apart() {
        let ids = |line| {
            let options = parse(line).unwrap();
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
        let options = parse("--rounds 7 --idle 0 --workers 1,2 --compression dedicated").unwrap();
        assert_eq!(options.series.rounds, 7);
        assert_eq!((options.idle, &*options.workers), (0, &[1, 2][..]));
        assert_eq!(options.compression, Compression::Dedicated);
        assert_eq!(parse("").unwrap().compression, Compression::Shared);
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
            let problem = parse(line).unwrap_err().to_string();
            assert!(problem.contains(named), "{problem}");
        }
    }
}

use lexopt::{
    Arg::{Long, Short},
    Error, Parser, ValueExt as _,
};

use crate::{
    options::{Series, counts, number, pick},
    peers::{CLUSTERED, Clustered},
};

/// How to compare clusters.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) peers: Vec<&'static Clustered>,
    /// Whether a peer that is not installed is an error: it was asked for by name.
    pub(super) peers_are_named: bool,
    pub(super) nodes: Vec<usize>,
    pub(super) series: Series,
    pub(super) rate: u32,
    pub(super) topics: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            peers: CLUSTERED.iter().collect(),
            peers_are_named: false,
            nodes: vec![1, 3],
            series: Series::default(),
            rate: 1_000,
            topics: 200_000,
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
                Long("cluster") => {}
                Long("peers") => {
                    let list = parser.value()?.string()?;
                    options.peers = pick(&list, CLUSTERED, |one| one.peer.id.to_owned())?;
                    options.peers_are_named = true;
                }
                Long("nodes") => {
                    options.nodes = counts("--nodes", parser)?;
                }
                Long("rate") => options.rate = number("--rate", parser)?,
                Long("topics") => options.topics = number("--topics", parser)?,
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
    fn a_name_cut_short_stands_for_all_that_begin_so() {
        let options = parse("--cluster --peers levante --nodes 2,3").unwrap();
        assert_eq!(options.peers.len(), 3);
        assert!(options.peers_are_named);
        assert_eq!(options.nodes, [2, 3]);
        assert_eq!(parse("--cluster").unwrap().peers.len(), CLUSTERED.len());
    }

    #[test]
    fn an_option_that_cannot_be_used_is_named() {
        for line in [
            "--nodes 0",
            "--nodes x",
            "--topics -1",
            "--peers bun",
            "--workloads echo",
        ] {
            let problem = parse(line).unwrap_err().to_string();
            let name = line.split(' ').next().unwrap_or_default();
            assert!(
                problem.contains(name) || problem.contains("bun"),
                "{problem}"
            );
        }
    }
}

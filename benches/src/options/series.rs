use std::{io, path::PathBuf, time::Duration};

use lexopt::{
    Arg::{self, Long},
    Error, Parser,
};

use super::{count, seconds};
use crate::{
    drive::Timing,
    peers,
    report::{self, Page},
};

/// The options of every measurement that has several rounds and a report.
#[derive(Debug)]
pub(crate) struct Series {
    /// How often each server has its turn.
    pub(crate) rounds: usize,
    pub(crate) timing: Timing,
    build: bool,
    build_peers: bool,
    out: PathBuf,
    readme: bool,
}

/// The defaults of `compare`.
impl Default for Series {
    fn default() -> Self {
        let timing = Timing {
            warm_up: Duration::from_millis(500),
            window: Duration::from_secs(3),
        };
        Self::new(5, timing)
    }
}

/// Reads the value of an option, if it has one.
type Read = fn(&mut Series, &mut Parser) -> Result<(), Error>;

impl Series {
    pub(crate) fn new(rounds: usize, timing: Timing) -> Self {
        Self {
            rounds,
            timing,
            build: true,
            build_peers: false,
            out: concat!(env!("CARGO_MANIFEST_DIR"), "/results").into(),
            readme: false,
        }
    }

    /// The function that reads this option.
    ///
    /// # Errors
    ///
    /// If it is not an option of a series. The caller has none of this name, either.
    pub(crate) fn option(argument: Arg<'_>) -> Result<Read, Error> {
        let read: Read = match argument {
            Long("rounds") => |series, parser| {
                series.rounds = count("--rounds", parser)?;
                Ok(())
            },
            Long("seconds") => |series, parser| {
                series.timing.window = seconds("--seconds", parser)?;
                Ok(())
            },
            Long("warm-up") => |series, parser| {
                series.timing.warm_up = seconds("--warm-up", parser)?;
                Ok(())
            },
            Long("build-peers") => |series, _| {
                series.build_peers = true;
                Ok(())
            },
            Long("no-build") => |series, _| {
                series.build = false;
                Ok(())
            },
            Long("out") => |series, parser| {
                series.out = parser.value()?.into();
                Ok(())
            },
            Long("readme") => |series, _| {
                series.readme = true;
                Ok(())
            },
            _ => return Err(argument.unexpected()),
        };
        Ok(read)
    }

    /// Builds the servers that are to be built.
    ///
    /// # Errors
    ///
    /// If this program is a debug build, or if a server does not build.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        peers::require_release()?;
        if self.build {
            peers::build_ours()?;
        }
        match self.build_peers {
            true => peers::build_crates(),
            false => Ok(()),
        }
    }

    /// The beginning of the sentence that says how the figures were measured.
    pub(crate) fn conditions(&self) -> String {
        format!(
            "Medians of {} alternating rounds of {} s",
            self.rounds,
            self.timing.window.as_secs_f64()
        )
    }

    /// Prints the report and writes its files. With `--readme` it is published, too, unless a
    /// measurement has failed.
    ///
    /// # Errors
    ///
    /// If a file cannot be written, or if there are failures, which the error lists.
    pub(crate) fn conclude(&self, page: &impl Page, failures: &[String]) -> io::Result<()> {
        report::conclude(page, &self.out, self.readme, failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Series, Error> {
        let timing = Timing {
            warm_up: Duration::ZERO,
            window: Duration::ZERO,
        };
        let mut series = Series::new(3, timing);
        let mut parser = Parser::from_args(line.split_whitespace());
        while let Some(argument) = parser.next()? {
            Series::option(argument)?(&mut series, &mut parser)?;
        }
        Ok(series)
    }

    #[test]
    fn all_options_are_read() {
        let line =
            "--rounds 7 --seconds 0.25 --warm-up 2 --out x --no-build --build-peers --readme";
        let series = read(line).unwrap();
        assert_eq!(series.rounds, 7);
        assert_eq!(series.timing.window, Duration::from_millis(250));
        assert_eq!(series.timing.warm_up, Duration::from_secs(2));
        assert_eq!(series.out, PathBuf::from("x"));
        assert!(!series.build && series.build_peers && series.readme);
        let default = read("").unwrap();
        assert!(default.build && !default.build_peers && !default.readme);
        assert_eq!(default.rounds, 3);
    }

    #[test]
    fn an_option_that_cannot_be_used_is_named() {
        for line in [
            "--rounds 0",
            "--seconds -1",
            "--warm-up soon",
            "--out",
            "--readme=yes",
            "--idle 1",
        ] {
            let problem = read(line).map(drop).unwrap_err().to_string();
            let name = line.split([' ', '=']).next().unwrap_or_default();
            assert!(problem.contains(name), "{problem}");
        }
    }
}

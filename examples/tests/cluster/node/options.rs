//! The command line: the settings of the cluster.

use std::{ffi::OsString, time::Duration};

use levante::cluster::{Broker, Join};
use lexopt::{Arg::Long, Error, Parser, ValueExt as _};

/// What the test has chosen. The other settings are levante's defaults.
#[derive(Default)]
pub(crate) struct Options {
    /// The URL of the broker. Without one there is no cluster.
    pub(crate) broker: Option<String>,
    pub(crate) start_degraded: bool,
    pub(crate) stop: Stop,
    prefix: Option<String>,
    application: Option<String>,
    buffer: Option<usize>,
    lease: Option<Duration>,
    deadline: Option<Duration>,
    max_age: Option<Duration>,
    linger: Option<Duration>,
}

/// The server that runs the node, and what stops it.
#[derive(Default)]
pub(crate) enum Stop {
    /// `levante::HttpServer`, which listens to the signals itself.
    #[default]
    Signals,
    /// `levante::HttpServer` with a future, which ends on SIGINT.
    Future,
    /// `levante::HttpServer` with its handle, which a task calls on SIGINT.
    Handle,
    /// The server of actix-web under `levante::serve`.
    Serve,
}

impl Options {
    /// Reads the command line, without the name of the program.
    ///
    /// # Errors
    ///
    /// One line that names the wrong flag.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("broker") => options.broker = Some(parser.value()?.string()?),
                Long("degraded") => options.start_degraded = true,
                Long("stop") => options.stop = stop(&parser.value()?.string()?)?,
                Long("prefix") => options.prefix = Some(parser.value()?.string()?),
                Long("application") => options.application = Some(parser.value()?.string()?),
                Long("buffer") => options.buffer = Some(parser.value()?.parse()?),
                Long("lease") => options.lease = Some(milliseconds(&mut parser)?),
                Long("deadline") => options.deadline = Some(milliseconds(&mut parser)?),
                Long("max-age") => options.max_age = Some(milliseconds(&mut parser)?),
                Long("linger") => options.linger = Some(milliseconds(&mut parser)?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    /// Hands the settings over.
    pub(crate) fn set<B: Broker>(&self, mut join: Join<B>) -> Join<B> {
        if let Some(prefix) = &self.prefix {
            join = join.prefix(prefix);
        }
        if let Some(application) = &self.application {
            join = join.application(application);
        }
        if let Some(bytes) = self.buffer {
            join = join.buffer(bytes);
        }
        if let Some(time) = self.lease {
            join = join.lease(time);
        }
        if let Some(time) = self.deadline {
            join = join.deadline(time);
        }
        if let Some(time) = self.max_age {
            join = join.max_age(time);
        }
        if let Some(time) = self.linger {
            join = join.linger(time);
        }
        join
    }
}

fn stop(name: &str) -> Result<Stop, Error> {
    Ok(match name {
        "signals" => Stop::Signals,
        "future" => Stop::Future,
        "handle" => Stop::Handle,
        "serve" => Stop::Serve,
        _ => return Err("--stop is signals, future, handle or serve".into()),
    })
}

fn milliseconds(parser: &mut Parser) -> Result<Duration, Error> {
    Ok(Duration::from_millis(parser.value()?.parse()?))
}

//! The log of the examples: on stderr, a line for each event, with the span of its connection.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal, stderr},
};

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts the log: events of level INFO and above, or those of the filter `RUST_LOG`, such as
/// `RUST_LOG=info,levante=debug`.
///
/// # Errors
///
/// A sentence that names `RUST_LOG`, if that is not a filter.
pub fn start() -> io::Result<()> {
    let targets = targets(env::var_os("RUST_LOG"))?;
    let lines = fmt::layer()
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .try_init()
        .map_err(io::Error::other)
}

/// The filter in the environment. Empty is unset.
fn targets(value: Option<OsString>) -> io::Result<Targets> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(Targets::new().with_default(LevelFilter::INFO));
    };
    value
        .to_str()
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| {
            let problem = format!("RUST_LOG must be like `info,levante=debug`, not {value:?}");
            io::Error::new(io::ErrorKind::InvalidInput, problem)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_level(value: &str) -> Option<LevelFilter> {
        targets(Some(value.into())).unwrap().default_level()
    }

    #[test]
    fn the_level_is_info_unless_the_environment_says_otherwise() {
        let info = Some(LevelFilter::INFO);
        assert_eq!(targets(None).unwrap().default_level(), info);
        assert_eq!(default_level(""), info);
        assert_eq!(default_level("warn"), Some(LevelFilter::WARN));
        assert_eq!(default_level("info,levante=debug"), info);
        let problem = targets(Some("levante=loud".into()))
            .unwrap_err()
            .to_string();
        assert!(
            problem.contains("RUST_LOG") && problem.contains("loud"),
            "{problem}"
        );
    }
}

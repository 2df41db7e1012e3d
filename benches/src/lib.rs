//! Shared parts of the servers in the comparison: their settings, and the counts that they report.
//!
//! The comparison itself is the binary: `cargo run --release -p levante-benches -- compare`.

mod counts;
mod environment;
mod spread;

use std::{io, process::ExitCode};

pub use self::{
    counts::Counts,
    environment::{Environment, unusable, variable},
    spread::Spread,
};

/// Ends a program: a failure is one line on standard error.
pub fn exit(outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

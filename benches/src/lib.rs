//! What the servers of the comparison share: how they are told where to listen.
//!
//! The comparison itself is the binary: `cargo run --release -p levante-benches -- compare`.

use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    process::ExitCode,
    str::FromStr,
};

/// What a server reads from its environment.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// `127.0.0.1:$PORT`; 8080 unless set.
    pub address: SocketAddr,
    /// `WORKERS`: threads that serve connections; one unless set.
    pub workers: usize,
}

impl Environment {
    /// Reads `PORT` and `WORKERS`.
    ///
    /// # Errors
    ///
    /// A sentence that names the variable whose value cannot be used.
    pub fn read() -> io::Result<Self> {
        let port = variable("PORT", 8080_u16)?;
        let workers = variable("WORKERS", NonZeroUsize::MIN)?;
        Ok(Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            workers: workers.get(),
        })
    }
}

/// The value of an environment variable, or what it is without one.
///
/// # Errors
///
/// A sentence that names the variable, if its value cannot be used.
pub fn variable<T: FromStr>(name: &str, default: T) -> io::Result<T> {
    let Some(value) = env::var_os(name) else {
        return Ok(default);
    };
    value
        .to_str()
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| unusable(name, &value.to_string_lossy()))
}

/// The error for a variable that says something we do not understand.
pub fn unusable(name: &str, value: &str) -> io::Error {
    let problem = format!("{name} cannot be {value:?}");
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

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

//! Code that all examples share: the listener, the command line, errors at the start, the files of the pages, the check
//! of `Origin` for routes, and the log.

pub mod arguments;
pub mod log;
pub mod origin;
pub mod page;

use std::{
    env,
    ffi::OsString,
    io,
    net::{IpAddr, Ipv4Addr, TcpListener},
    process::ExitCode,
};

/// Listens on `$ADDRESS:$PORT`. If `ADDRESS` is not set, only this machine reaches the port. If `PORT` is
/// not set, the port is `default`; `PORT=0` takes any free port.
///
/// # Errors
///
/// A sentence that names `PORT` or `ADDRESS`, if it is none or is in use.
pub fn listen(default: u16) -> io::Result<TcpListener> {
    let port = port(env::var_os("PORT"), default)?;
    let address = address(env::var_os("ADDRESS"))?;
    TcpListener::bind((address, port)).map_err(|error| {
        let variable = match error.kind() {
            io::ErrorKind::AddrNotAvailable => "ADDRESS",
            _ => "PORT",
        };
        let problem = format!(
            "cannot listen on port {port} of {address}: {error}; set {variable} to another one"
        );
        io::Error::new(error.kind(), problem)
    })
}

/// The address in the environment. Empty is unset.
fn address(value: Option<OsString>) -> io::Result<IpAddr> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(Ipv4Addr::LOCALHOST.into());
    };
    value
        .to_str()
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| {
            let problem = format!("ADDRESS must be an IP address, not {value:?}");
            io::Error::new(io::ErrorKind::InvalidInput, problem)
        })
}

/// The port in the environment. Empty is unset, as in a shell's `${PORT:-8080}`.
fn port(value: Option<OsString>, default: u16) -> io::Result<u16> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(default);
    };
    value
        .to_str()
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| {
            let problem = format!("PORT must be a number from 0 to 65535, not {value:?}");
            io::Error::new(io::ErrorKind::InvalidInput, problem)
        })
}

/// Runs an example that has no options: prints `help` if the command line asks for it, and awaits
/// `serve` otherwise.
pub async fn run(help: &str, serve: impl Future<Output = io::Result<()>>) -> ExitCode {
    exit(match arguments::ask_for_help(env::args_os().skip(1)) {
        Ok(true) => {
            print!("{help}");
            Ok(())
        }
        Ok(false) => serve.await,
        Err(error) => Err(error),
    })
}

/// Ends an example. A failure is printed as one line, and not with `Debug`.
pub fn exit(outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_default_unless_the_environment_says_otherwise() {
        assert_eq!(port(None, 8080).unwrap(), 8080);
        assert_eq!(port(Some("".into()), 8080).unwrap(), 8080);
        assert_eq!(port(Some("0".into()), 8080).unwrap(), 0);
        assert_eq!(port(Some("65535".into()), 8080).unwrap(), 65535);
    }

    #[test]
    fn the_address_is_that_of_this_machine_unless_the_environment_says_otherwise() {
        let address = |value: &str| address(Some(value.into()));
        assert_eq!(super::address(None).unwrap(), Ipv4Addr::LOCALHOST);
        assert_eq!(address("").unwrap(), Ipv4Addr::LOCALHOST);
        assert_eq!(address("0.0.0.0").unwrap(), Ipv4Addr::UNSPECIFIED);
        assert_eq!(address("::").unwrap().to_string(), "::");
        for value in ["localhost", "127.0.0.1:80", "[::]"] {
            let problem = address(value).unwrap_err().to_string();
            assert!(
                problem.contains("ADDRESS") && problem.contains(value),
                "{problem}"
            );
        }
    }

    #[test]
    fn what_is_not_a_port_is_named() {
        for value in ["65536", "-1", "80 ", "http"] {
            let problem = port(Some(value.into()), 8080).unwrap_err().to_string();
            assert!(
                problem.contains("PORT") && problem.contains(value),
                "{problem}"
            );
        }
    }
}

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

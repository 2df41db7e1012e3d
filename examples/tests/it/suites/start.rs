//! The output of an example that cannot listen.

use std::{net::TcpListener, process::Command};

use crate::support::process::{CHAT, ECHO, FEED, METRICS, Process};

const EXAMPLES: [&str; 4] = [CHAT, ECHO, FEED, METRICS];

#[test]
fn a_taken_port_is_one_line_that_names_the_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for example in EXAMPLES {
        let line = failure_of(Command::new(example).env("PORT", &port));
        assert!(line.contains("PORT") && line.contains(&port), "{line}");
    }
}

#[test]
fn what_is_not_a_port_is_one_line_that_names_the_variable() {
    for example in EXAMPLES {
        for port in ["65536", "-1", "http"] {
            let line = failure_of(Command::new(example).env("PORT", port));
            assert!(line.contains("PORT") && line.contains(port), "{line}");
        }
    }
}

#[test]
fn what_is_not_an_address_is_one_line_that_names_the_variable() {
    for example in EXAMPLES {
        for address in ["localhost", "127.0.0.1:80", "192.0.2.1"] {
            let line = failure_of(
                Command::new(example)
                    .env("ADDRESS", address)
                    .env("PORT", "0"),
            );
            assert!(line.contains("ADDRESS") && line.contains(address), "{line}");
        }
    }
}

#[test]
fn what_is_not_a_driver_is_one_line_that_names_the_variable() {
    let line = failure_of(Command::new(ECHO).env("PORT", "0").env("DRIVER", "bodies"));
    assert!(line.contains("DRIVER") && line.contains("bodies"), "{line}");
}

#[test]
fn what_is_not_a_filter_is_one_line_that_names_the_variable() {
    for example in EXAMPLES {
        let line = failure_of(Command::new(example).env("RUST_LOG", "levante=loud"));
        assert!(line.contains("RUST_LOG") && line.contains("loud"), "{line}");
    }
}

#[test]
fn help_lists_every_flag() {
    let mut process = Process::start(Command::new(CHAT).arg("--help"));
    assert_eq!(
        process.stdout.next().unwrap(),
        "A chat with rooms, on http://127.0.0.1:8080."
    );
    let rest: String = process.stdout.rest().collect();
    assert_eq!(process.exit().code(), Some(0));
    for flag in [
        "--redis URL",
        "--nats URL",
        "--tls ",
        "--tls-cert-out PATH",
        "--tls-cert PATH",
        "--tls-key PATH",
        "ADDRESS",
        "PORT",
        "RUST_LOG",
    ] {
        assert!(rest.contains(flag), "{flag}: {rest}");
    }
}

#[test]
fn each_example_has_help_and_refuses_what_it_does_not_know() {
    for (example, variables) in [
        (CHAT, &["ADDRESS", "PORT", "RUST_LOG"][..]),
        (
            ECHO,
            &["DRIVER", "COMPRESSION", "ADDRESS", "PORT", "RUST_LOG"],
        ),
        (FEED, &["ADDRESS", "PORT", "RUST_LOG"]),
    ] {
        let mut process = Process::start(Command::new(example).arg("--help"));
        let help: String = process.stdout.rest().collect();
        assert_eq!(process.exit().code(), Some(0));
        for variable in variables {
            assert!(help.contains(variable), "{variable}: {help}");
        }
        let line = failure_of(Command::new(example).arg("--prot").env("PORT", "0"));
        assert!(line.contains("--prot") && line.contains("--help"), "{line}");
    }
}

/// The single line that a failing example prints.
pub(crate) fn failure_of(command: &mut Command) -> String {
    let mut process = Process::start(command);
    assert_eq!(process.exit().code(), Some(1));
    let lines: Vec<_> = process.stderr.rest().collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.concat()
}

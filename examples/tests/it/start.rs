//! What somebody sees who starts an example where it cannot listen.

use std::{net::TcpListener, process::Command};

use crate::process::Process;

const EXAMPLES: [&str; 2] = [env!("CARGO_BIN_EXE_chat"), env!("CARGO_BIN_EXE_echo")];

#[test]
fn a_taken_port_is_one_line_that_names_the_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for example in EXAMPLES {
        let line = failure_of(example, &port);
        assert!(line.contains("PORT") && line.contains(&port), "{line}");
    }
}

#[test]
fn what_is_not_a_port_is_one_line_that_names_the_variable() {
    for example in EXAMPLES {
        for port in ["65536", "-1", "http"] {
            let line = failure_of(example, port);
            assert!(line.contains("PORT") && line.contains(port), "{line}");
        }
    }
}

/// The one line that an example ends with.
fn failure_of(example: &str, port: &str) -> String {
    let mut process = Process::start(Command::new(example).env("PORT", port));
    assert_eq!(process.exit().code(), Some(1));
    let lines: Vec<_> = process.stderr.rest().collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.concat()
}

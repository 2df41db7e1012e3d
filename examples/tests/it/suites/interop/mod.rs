//! Independent clients exchange messages of all kinds and sizes. The scripts are in
//! `tests/interop`.

mod obey;
mod typed;

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    process::{Example, Process},
    requirements,
    serving::Serving,
};

/// How long a script may run. Messages of 16 MiB take long.
const LONGEST_RUN: Duration = Duration::from_secs(600);

const DRIVERS: [&str; 2] = ["takeover", "body"];
const COMPRESSIONS: [&str; 2] = ["shared", "dedicated"];

#[test]
#[cfg_attr(
    without_node,
    ignore = "needs Node.js with its packages: see CONTRIBUTING.md"
)]
fn ws_on_node() {
    requirements::assert(requirements::node(&["ws"]));
    passes(Command::new("node").arg(script("ws.mjs")));
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_page_in_chromium() {
    requirements::assert(requirements::browser());
    passes(
        Command::new("node")
            .arg(script("page.mjs"))
            .env("CHROMIUM", requirements::chromium()),
    );
}

#[test]
#[cfg_attr(
    without_python,
    ignore = "needs Python with the package websockets: see CONTRIBUTING.md"
)]
fn websockets_on_python() {
    requirements::assert(requirements::python());
    passes(&mut python("client.py"));
}

/// Lets a script talk to the echo and to the obeying server, on each driver, with either
/// compression.
fn passes(command: &mut Command) {
    let mut echoes = Vec::new();
    let obeying = DRIVERS.map(|driver| Serving::start(driver, obey::sockets));
    for (driver, obeying) in DRIVERS.iter().zip(&obeying) {
        for compression in COMPRESSIONS {
            let echo = Example::echo_with(driver, compression);
            command.args([
                compression,
                &echo.url,
                &obeying.url("ws", &format!("/{compression}/obey")),
            ]);
            echoes.push(echo);
        }
    }
    finishes(command);
}

/// Waits for a script that says that it has passed.
fn finishes(command: &mut Command) {
    Process::start(command).passes_before(Instant::now() + LONGEST_RUN);
}

/// The command of a script in Python.
fn python(name: &str) -> Command {
    let mut command = Command::new("python3");
    // Python must not leave compiled files beside the scripts.
    command.arg("-B").arg(script(name));
    command.env("PYTHONPATH", requirements::python_site());
    command
}

fn script(name: &str) -> PathBuf {
    requirements::tests().join("interop").join(name)
}

//! Clients that are not ours, in messages of all kinds and sizes; the scripts are in
//! `tests/interop`.

mod obey;

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use self::obey::Obeying;
use crate::{
    process::{Example, Process},
    requirements::{self, is_skipped},
};

/// Messages of 16 MiB take their time.
const LONGEST_RUN: Duration = Duration::from_secs(180);

const DRIVERS: [&str; 2] = ["takeover", "body"];
const COMPRESSIONS: [&str; 2] = ["shared", "dedicated"];

#[test]
fn ws_on_node() {
    if is_skipped(requirements::node(&["ws"])) {
        return;
    }
    passes(Command::new("node").arg(script("ws.mjs")));
}

#[test]
fn a_page_in_chromium() {
    if is_skipped(requirements::browser()) {
        return;
    }
    passes(
        Command::new("node")
            .arg(script("page.mjs"))
            .env("CHROMIUM", requirements::chromium()),
    );
}

#[test]
fn websockets_on_python() {
    if is_skipped(requirements::python()) {
        return;
    }
    passes(
        Command::new("python3")
            // Nothing compiled is left beside the scripts.
            .arg("-B")
            .arg(script("client.py"))
            .env("PYTHONPATH", requirements::python_site()),
    );
}

/// Has a script talk to the echo and to what obeys, on each driver, with either compression.
fn passes(command: &mut Command) {
    let mut echoes = Vec::new();
    let obeying = DRIVERS.map(Obeying::start);
    for (driver, obeying) in DRIVERS.iter().zip(&obeying) {
        for compression in COMPRESSIONS {
            let echo = Example::echo_with(driver, compression);
            command.args([compression, &echo.url, &obeying.url(compression)]);
            echoes.push(echo);
        }
    }
    Process::start(command).passes_before(Instant::now() + LONGEST_RUN);
}

fn script(name: &str) -> PathBuf {
    requirements::tests().join("interop").join(name)
}

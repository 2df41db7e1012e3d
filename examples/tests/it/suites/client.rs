//! Tests the generated client of a module, against a server of that module. The scripts are in
//! `tests/client`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    process::{Example, Process, TYPED},
    requirements,
};

/// How long a script may run. The start of the browser takes most of it.
const LONGEST_RUN: Duration = Duration::from_secs(600);

#[test]
#[cfg_attr(
    without_typescript,
    ignore = "needs Node.js with the package typescript: see CONTRIBUTING.md"
)]
fn typescript_takes_the_client_and_refuses_its_misuse() {
    requirements::assert(requirements::node(&["typescript"]));
    let clients =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/contract/typescript/tests");
    let mut script = Process::start(
        Command::new("node")
            .arg(script("types.mjs"))
            .arg(client("typescript", "ts"))
            .arg(client("javascript", "mjs"))
            .args(["empty.ts", "zoo.ts"].map(|name| clients.join(name))),
    );
    script.passes_before(Instant::now() + LONGEST_RUN);
}

#[test]
#[cfg_attr(
    without_node,
    ignore = "needs Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_client_on_node_comes_back_and_repeats_nothing() {
    requirements::assert(requirements::node(&["ws"]));
    passes("node.mjs");
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_client_in_chromium_comes_back_and_repeats_nothing() {
    requirements::assert(requirements::browser());
    passes("chromium.mjs");
}

/// Runs a script, which has the server killed and started again.
fn passes(name: &str) {
    let server = Example::typed();
    let mut script = Process::start(
        Command::new("node")
            .arg(script(name))
            .arg(&server.url)
            .arg(client("javascript", "mjs"))
            .env("CHROMIUM", requirements::chromium()),
    );
    script.passes_with_restarts(server, Example::typed_on, Instant::now() + LONGEST_RUN);
}

/// The client, as a file of this test.
fn client(language: &str, extension: &str) -> PathBuf {
    let output = Command::new(TYPED).arg(language).output().unwrap();
    assert!(output.status.success());
    // Tests run at the same time.
    let test = std::thread::current().name().unwrap().replace(':', "_");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.{extension}"));
    fs::write(&path, output.stdout).unwrap();
    path
}

fn script(name: &str) -> PathBuf {
    requirements::tests().join("client").join(name)
}

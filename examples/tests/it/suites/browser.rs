//! Tests the examples in real browser windows. The scripts are in `tests/browser`.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    process::{Example, Process},
    requirements,
};

/// How long a script may run. The start of the browser takes most of it.
pub(super) const LONGEST_RUN: Duration = Duration::from_secs(600);

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn two_browsers_chat_and_come_back_after_a_restart() {
    requirements::assert(requirements::browser());
    let chat = Example::chat();
    let script = script("chat.mjs", &chat.url);
    passes_with_restarts(script, chat);
    println!("screenshots are in {}", env!("CARGO_TARGET_TMPDIR"));
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn browsers_notice_a_dead_network_and_lose_and_repeat_nothing() {
    requirements::assert(requirements::browser());
    let chat = Example::chat();
    passes(script("network.mjs", &chat.url));
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_crowd_disturbs_neither_talkers_nor_readers() {
    requirements::assert(requirements::browser());
    let chat = Example::chat();
    passes(script("crowd.mjs", &chat.url));
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_browser_chats_by_tls() {
    requirements::assert(requirements::browser());
    let chat = Example::chat_with(["--tls"]);
    assert!(chat.url.starts_with("https://"));
    passes(script("tls.mjs", &chat.url));
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_browser_draws_the_feed() {
    requirements::assert(requirements::browser());
    let feed = Example::feed();
    passes(script("feed.mjs", &feed.url));
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn a_browser_runs_the_scripts_of_the_guide() {
    requirements::assert(requirements::browser());
    let chat = Example::chat();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/docs/guide");
    let script = script_with("guide.mjs", &chat.url, &guide);
    passes_with_restarts(script, chat);
}

/// Waits for a script that asks for a stop and a new start of the chat on its way.
fn passes_with_restarts(mut script: Process, chat: Example) {
    script.passes_with_restarts(chat, Example::chat_on, Instant::now() + LONGEST_RUN);
}

/// Waits for a script that asks for no action on its way.
fn passes(mut script: Process) {
    script.passes_before(Instant::now() + LONGEST_RUN);
}

/// Starts a script that drives browsers, with a folder for its screenshots.
fn script(name: &str, url: &str) -> Process {
    script_with(name, url, Path::new(env!("CARGO_TARGET_TMPDIR")))
}

/// Starts a script that drives browsers, with the folder that it reads or writes.
fn script_with(name: &str, url: &str, folder: &Path) -> Process {
    start(name, &[url], folder)
}

/// Starts a script that drives the browsers of two servers, with a folder for its screenshots.
pub(super) fn script_for(name: &str, urls: [&str; 2]) -> Process {
    start(name, &urls, Path::new(env!("CARGO_TARGET_TMPDIR")))
}

fn start(name: &str, urls: &[&str], folder: &Path) -> Process {
    Process::start(
        Command::new("node")
            .arg(requirements::tests().join("browser").join(name))
            .args(urls)
            .arg(folder)
            .env("CHROMIUM", requirements::chromium()),
    )
}

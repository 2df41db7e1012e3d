//! Tests the examples in real browser windows. The scripts are in `tests/browser`.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    process::{Example, Process},
    requirements,
};

/// How long a script may run. The start of the browser takes most of it.
const LONGEST_RUN: Duration = Duration::from_secs(600);

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn two_browsers_chat_and_come_back_after_a_restart() {
    requirements::assert(requirements::browser());
    let mut chat = Some(Example::chat());
    let address = chat.as_ref().unwrap().address;
    let mut script = script("chat.mjs", &chat.as_ref().unwrap().url);
    let deadline = Instant::now() + LONGEST_RUN;
    while let Some(line) = script.stdout.next_before(deadline) {
        match line.as_str() {
            "stop" => chat.take().expect("a server to stop").kill(),
            "start" => chat = Some(Example::chat_on(address.port())),
            "passed" => break,
            other => panic!("the script said {other}"),
        }
        script.write_line("done");
    }
    assert!(
        script.exit().success(),
        "the browsers did not see what they should"
    );
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
fn a_crowd_disturbs_neither_those_who_talk_nor_those_who_read() {
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

/// Waits for a script that asks for no action on its way.
fn passes(mut script: Process) {
    script.passes_before(Instant::now() + LONGEST_RUN);
}

/// Starts a script that drives browsers.
fn script(name: &str, url: &str) -> Process {
    Process::start(
        Command::new("node")
            .arg(requirements::tests().join("browser").join(name))
            .arg(url)
            .arg(env!("CARGO_TARGET_TMPDIR"))
            .env("CHROMIUM", requirements::chromium()),
    )
}

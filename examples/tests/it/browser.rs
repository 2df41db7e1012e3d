//! The examples in real browser windows; the scripts are in `tests/browser`.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::process::{Example, Process};

/// Most of it is the browser's start.
const LONGEST_RUN: Duration = Duration::from_secs(180);

/// Set to 1 where a test must not be skipped.
const REQUIRE: &str = "LEVANTE_REQUIRE_SERVICES";

#[test]
fn two_browsers_chat_and_come_back_after_a_restart() {
    if is_skipped() {
        return;
    }
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
    note(&format!(
        "screenshots are in {}",
        env!("CARGO_TARGET_TMPDIR")
    ));
}

#[test]
fn a_browser_chats_by_tls() {
    if is_skipped() {
        return;
    }
    let chat = Example::chat_with(["--tls"]);
    assert!(chat.url.starts_with("https://"));
    passes(script("tls.mjs", &chat.url));
}

#[test]
fn a_browser_draws_the_feed() {
    if is_skipped() {
        return;
    }
    let feed = Example::feed();
    passes(script("feed.mjs", &feed.url));
}

#[test]
fn what_is_echoed_is_compressed_on_its_way() {
    if is_skipped() {
        return;
    }
    for driver in ["takeover", "body"] {
        for compression in ["shared", "dedicated"] {
            let echo = Example::echo_with(driver, compression);
            passes(script("echo.mjs", &echo.url));
        }
    }
}

/// Waits for a script that asks for nothing on its way.
fn passes(mut script: Process) {
    let deadline = Instant::now() + LONGEST_RUN;
    assert_eq!(
        script.stdout.next_before(deadline).as_deref(),
        Some("passed")
    );
    assert!(script.exit().success());
}

/// Starts a script that drives browsers.
fn script(name: &str, url: &str) -> Process {
    Process::start(
        Command::new("node")
            .arg(browser_tests().join(name))
            .arg(url)
            .arg(env!("CARGO_TARGET_TMPDIR"))
            .env("CHROMIUM", chromium()),
    )
}

/// Whether these tests cannot run here, which is said.
fn is_skipped() -> bool {
    let Err(missing) = requirements() else {
        return false;
    };
    let required = env::var_os(REQUIRE).is_some_and(|value| value == "1");
    assert!(!required, "{REQUIRE}=1, but {missing}");
    note(&format!("skipped: {missing}"));
    true
}

/// Unlike `println`, this is seen when the test passes, too.
fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Says what is missing, and where to get it.
fn requirements() -> Result<(), String> {
    let node = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !node.is_ok_and(|status| status.success()) {
        return Err("`node` is not there: install Node.js 20 or newer".to_owned());
    }
    let chromium = chromium();
    if !chromium.exists() {
        let path = chromium.display();
        return Err(format!(
            "{path} is not there: install Chromium, or set CHROMIUM to its path"
        ));
    }
    let directory = browser_tests();
    for package in ["playwright-core", "ws"] {
        if !directory.join("node_modules").join(package).exists() {
            let path = directory.display();
            return Err(format!(
                "{package} is not there: run `npm install` in {path}"
            ));
        }
    }
    Ok(())
}

/// Where the script and its dependency are.
fn browser_tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// The browser: Debian's, unless the environment names another.
fn chromium() -> PathBuf {
    env::var_os("CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from)
}

//! The rules of ARCHITECTURE.md that the compiler does not check.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(folder),
        &mut found,
    );
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn collect(path: &Path, found: &mut Vec<(PathBuf, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let text = fs::read_to_string(path).unwrap();
        // Tests may use anything.
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        found.push((path.to_owned(), code.to_owned()));
    }
}

fn assert_without(files: &[(PathBuf, String)], words: &[&str]) {
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in words {
                assert!(
                    !code.contains(word),
                    "{}:{}: `{word}`",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_protocol_knows_no_runtime_no_clock_and_nothing_else_of_the_crate() {
    let files = sources("runtime/src/protocol");
    assert_without(
        &files,
        &[
            "actix",
            "tokio",
            "tracing",
            "std::time",
            "std::io",
            "std::net",
        ],
    );
    for (path, text) in &files {
        for line in text.lines().filter(|line| line.contains("crate::")) {
            assert!(
                line.contains("crate::protocol"),
                "{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn topics_know_no_runtime_no_lock_and_no_clock() {
    let words = ["actix", "tokio", "std::time", "Mutex", "crate::"];
    assert_without(&sources("runtime/src/topics"), &words);
}

#[test]
fn a_connection_performs_no_io() {
    for room in [
        "connection",
        "dispatch",
        "handlers/dispatcher.rs",
        "timing",
        "rate.rs",
    ] {
        let mut files = sources(&format!("runtime/src/{room}"));
        files.retain(|(path, _)| !is_of_tests(path));
        for (_, code) in &mut files {
            // tokio's `Instant` is allowed as a type.
            *code = code.replace("use tokio::time::Instant;", "");
        }
        assert_without(
            &files,
            &["tokio", "actix", "std::io", "std::net", "Payload::poll"],
        );
    }
    assert_without(
        &sources("runtime/src/outbox"),
        &["tokio", "actix", "std::net"],
    );
}

/// Code that reads a clock.
const READINGS: [&str; 5] = [
    "Instant::now",
    "SystemTime",
    "elapsed()",
    "clock::",
    "Reading::",
];

/// Rooms and files that get the time from their caller.
const GIVEN_THE_TIME: [&str; 7] = [
    "connection",
    "timing",
    "rate.rs",
    "outbox",
    "endpoint",
    "hub",
    "http_server/opening.rs",
];

#[test]
fn time_enters_from_outside() {
    for room in GIVEN_THE_TIME {
        let mut files = sources(&format!("runtime/src/{room}"));
        files.retain(|(path, _)| !is_of_tests(path));
        assert_without(&files, &READINGS);
    }
}

/// `clock` is the clock of the engine. The log limits its lines in real time, because its lines
/// show real time.
const READS_THE_CLOCK: [&str; 2] = ["src/clock.rs", "log/mod.rs"];

#[test]
fn only_the_clock_reads_the_clock() {
    let mut files = sources("runtime/src");
    files.retain(|(path, _)| {
        !is_of_tests(path) && !READS_THE_CLOCK.iter().any(|own| path.ends_with(own))
    });
    assert_without(
        &files,
        &["Instant::now", "SystemTime", ".elapsed()", "thread::sleep"],
    );
}

/// A lock of `std` has no rank.
#[test]
fn every_lock_has_a_rank() {
    let mut files = sources("runtime/src");
    // Only tests capture the log, and the locks of the test kit hold while no other is taken.
    let own = ["src/lock.rs", "log/captured.rs", "test/stillness.rs"];
    files.retain(|(path, _)| !is_of_tests(path) && !own.iter().any(|own| path.ends_with(own)));
    for (path, text) in &files {
        // The names of each `use std::` statement.
        let used = text
            .split("use std::")
            .skip(1)
            .filter_map(|rest| rest.split(';').next());
        for names in used {
            for lock in ["Mutex", "RwLock"] {
                assert!(!names.contains(lock), "{}: {names}", path.display());
            }
        }
    }
    assert_without(&files, &["sync::Mutex", "sync::RwLock"]);
}

#[test]
fn only_the_guard_catches_panics() {
    let mut files = sources("runtime/src");
    files.retain(|(path, _)| !path.ends_with("guard.rs"));
    assert_without(&files, &["catch_unwind"]);
}

#[test]
fn only_the_first_file_of_the_macro_knows_the_compiler() {
    for (path, text) in sources("macros/src") {
        if !path.ends_with("lib.rs") {
            assert_without(&[(path, text)], &["proc_macro::"]);
        }
    }
}

#[test]
fn only_check_words_the_errors_of_the_dsl() {
    assert_without(
        &sources("macros/src/expand"),
        &["Error::new", "panic!", ".unwrap()"],
    );
}

#[test]
fn generated_code_names_only_core_and_levante() {
    let golden = sources("macros/tests/golden");
    // `renamed` names levante by other paths.
    let expanded = golden.iter().filter(|(path, _)| {
        let path = path.to_string_lossy();
        path.contains(".expanded.") && !path.contains("renamed")
    });
    let mut paths = 0;
    for (path, text) in expanded {
        let roots = text
            .split([' ', '(', '<', '&', '\n', '='])
            .filter_map(|word| word.strip_prefix("::"));
        for root in roots {
            assert!(
                root.starts_with("core::") || root.starts_with("levante::__private"),
                "{}: ::{root}",
                path.display()
            );
            paths += 1;
        }
    }
    assert!(paths > 40, "the golden files have changed their form");
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for member in ["macros", "runtime", "examples", "ui-tests", "benches"] {
        let manifest = fs::read_to_string(root.join(member).join("Cargo.toml")).unwrap();
        let inherits = manifest.contains("[lints]\nworkspace = true");
        let forbids =
            manifest.contains("[lints.rust]") && manifest.contains("unsafe_code = \"forbid\"");
        assert!(inherits || forbids, "{member}");
    }
}

#[test]
fn the_front_page_has_every_feature() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    let features = features.split("\n[").next().unwrap_or_default();
    let mut declared: Vec<_> = features
        .lines()
        .filter_map(|line| line.split_once(" = ["))
        .map(|(name, _)| name)
        .filter(|name| *name != "default" && !name.starts_with("__"))
        .collect();
    let page = fs::read_to_string(package.join("src/lib.rs")).unwrap();
    let (_, table) = page.split_once("//! # Feature flags\n").unwrap();
    let mut listed: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next())
        .collect();
    declared.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, declared);
    assert!(declared.len() > 3, "the manifest has changed its form");
}

/// Lines that one start or one stop of a server writes; no peer can repeat them.
const MAY_WARN: [&str; 3] = ["http_server/app.rs", "http_server/running.rs", "serve.rs"];

#[test]
fn log_lines_that_a_peer_may_cause_are_limited_and_quote_its_words() {
    let files = sources("runtime/src");
    for (path, text) in &files {
        if path.ends_with("log/mod.rs") || path.ends_with("captured.rs") || is_of_tests(path) {
            continue;
        }
        let file = [(path.clone(), text.clone())];
        if !MAY_WARN.iter().any(|own| path.ends_with(own)) {
            assert_without(
                &file,
                &["tracing::error!", "tracing::warn!", "?error", "?origin"],
            );
        }
        assert_without(&file, &["tracing::info!", "socket = %id", "%error"]);
        for line in text.lines().filter(|line| line.contains(" = %")) {
            let quoted = line.contains(" = %Quoted") || line.contains(" = %quoted");
            assert!(quoted, "{}: {line}", path.display());
        }
    }
}

fn is_of_tests(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

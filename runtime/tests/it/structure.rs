//! The rules of ARCHITECTURE.md that the compiler does not keep.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
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
        found.push((path.to_owned(), fs::read_to_string(path).unwrap()));
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
    let files = sources("runtime/src/topics.rs");
    assert_without(&files, &["actix", "tokio", "std::time", "Mutex", "crate::"]);
}

#[test]
fn a_connection_performs_no_io() {
    for file in ["connection", "dispatch", "timing"] {
        let files = sources(&format!("runtime/src/{file}.rs"));
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

//! The rooms of `runtime/src`, which are its top-level modules, import each other as the list in
//! ARCHITECTURE.md says, and never in a circle.

mod check;
mod sources;

use std::{fs, path::Path};

#[test]
fn rooms_import_each_other_as_the_list_says() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(package.join("../ARCHITECTURE.md")).unwrap();
    let mut sources = sources::read(&package.join("src"));
    sources
        .problems
        .extend(check::problems(list(&page), &sources.imports));
    let problems = sources.problems.join("\n");
    assert!(problems.is_empty(), "\n{problems}\n");
}

/// The list in the page: the block of code that is marked as `rooms`.
fn list(page: &str) -> &str {
    let (_, from) = page.split_once("```rooms\n").unwrap();
    let (list, _) = from.split_once("```").unwrap();
    list
}

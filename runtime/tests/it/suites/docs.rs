//! The docs show how each public item is used.

use std::{fs, path::Path};

/// Files with items that only generated code names, and items of that kind in other files.
const NOT_FOR_USERS: &[&str] = &[
    "__drive",
    "__private",
    "attach.rs: IntoAttached",
    "attach.rs: IntoRefusal",
    "call/",
    "cluster/engine/mod.rs: Begin",
    "cluster/join.rs: Sealed",
    "config/mod.rs",
    "contract/builder.rs",
    "contract/describe.rs",
    "contract/names.rs",
    "destination/hears.rs: Unheard",
    "destination/name.rs",
    "destination/topic.rs: topic_of",
    "error.rs: Failed",
    "expiry.rs: Sealed",
    "handlers",
    "http_server/bind.rs: HasRustls",
    "listed.rs: Sealed",
    "message/into/mod.rs: Outgoing",
    "server.rs: CalledSubscriberCount",
    "service.rs: service",
    "service.rs: WrapsService",
    "socket/endpoint.rs: Generated",
    "socket/mod.rs: CalledIsSubscribed",
    "test/typed.rs: Sealed",
];

/// The name of the item that a line declares, if it is public.
fn public(line: &str) -> Option<&str> {
    let mut words = line.trim_start().strip_prefix("pub ")?.split(' ');
    let kind = words.find(|word| !["async", "const"].contains(word))?;
    ["enum", "fn", "struct", "trait"]
        .contains(&kind)
        .then_some(())?;
    let name = words.next()?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

/// Adds the public items of a file that have no example.
fn without_example(file: &str, text: &str, missing: &mut Vec<String>) {
    let (mut has_example, mut is_hidden, mut in_attribute) = (false, false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("///") {
            has_example |= line.contains("```");
        } else if line.starts_with("#[") || in_attribute {
            is_hidden |= line.contains("doc(hidden)");
            in_attribute = !line.ends_with(']');
        } else if !line.starts_with("//") {
            if let Some(name) = public(line)
                && !has_example
                && !is_hidden
            {
                missing.push(format!("{file}: {name}"));
            }
            (has_example, is_hidden) = (false, false);
        }
    }
}

fn each_file(folder: &Path, see: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, see);
        } else {
            see(&path);
        }
    }
}

#[test]
fn each_public_item_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut missing = Vec::new();
    each_file(&root, &mut |path| {
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        if !file.contains("tests") {
            without_example(&file, &fs::read_to_string(path).unwrap(), &mut missing);
        }
    });
    missing.retain(|item| !NOT_FOR_USERS.iter().any(|it| item.starts_with(it)));
    assert!(missing.is_empty(), "without an example: {missing:#?}");
}

#[test]
fn an_item_without_an_example_is_found() {
    let text = "/// A.\n/// ```\n/// ```\npub fn a() {}\n\n/// B.\n#[must_use]\npub const fn b<T>() {}\n\
                #[a(\nb\n)]\n#[doc(hidden)]\npub struct C;\npub(crate) fn d() {}\n/// E.\npub struct E<T>(T);\n";
    let mut missing = Vec::new();
    without_example("it.rs", text, &mut missing);
    assert_eq!(missing, ["it.rs: b", "it.rs: E"]);
}

//! The files of `examples/cluster`, as far as they can be checked without containers.

use std::{fs, path::Path, process::Command};

use crate::support::process::CHAT;

#[test]
fn the_files_of_the_containers_name_the_same_things() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let compose = file("examples/cluster/compose.yaml");
    let docker = file(value(&compose, "dockerfile: "));

    // nginx finds each node by the name of its service.
    let nginx = file("examples/cluster/nginx.conf");
    let upstream = nginx.split_once("upstream chat {").unwrap().1;
    let upstream = upstream.split_once('}').unwrap().0;
    let nodes: Vec<_> = values(upstream, "server ").collect();
    assert_eq!(nodes.len(), 3);
    let port = value(&docker, "EXPOSE ");
    for node in nodes {
        let name = node.strip_suffix(&format!(":{port};")).unwrap();
        assert!(compose.contains(&format!("\n  {name}:\n    <<: *node\n")));
    }
    let published = value(&compose, "ports: [\"127.0.0.1:8080:");
    assert!(nginx.contains(&format!("listen {};", published.trim_end_matches("\"]"))));

    // The nodes are started with flags of the chat, and find the broker by the name of its service.
    let (flag, url) = value(&compose, "command: [\"--")
        .split_once("\", \"")
        .unwrap();
    let help = Command::new(CHAT).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains(&format!("\n  --{flag} URL")), "{help}");
    let broker = url.split("//").nth(1).unwrap().split(':').next().unwrap();
    assert!(compose.contains(&format!("\n  {broker}:\n    image: ")));
    assert!(compose.contains("\n    ADDRESS: "));
    assert!(help.contains("\n  ADDRESS "), "{help}");

    // The image has what it builds, and a compiler that may build it.
    assert!(docker.contains("--package levante-examples --bin chat"));
    let manifest = file("Cargo.toml");
    let oldest = value(&manifest, "rust-version = ").trim_matches('"');
    let image = value(&docker, "FROM rust:").split('-').next().unwrap();
    let minor = |version: &str| version.split('.').nth(1).unwrap().parse::<u32>().unwrap();
    assert!(
        minor(image) >= minor(oldest),
        "{image} is older than {oldest}"
    );
}

/// The rest of each line that begins with these words.
fn values<'t>(text: &'t str, before: &str) -> impl Iterator<Item = &'t str> {
    text.lines()
        .filter_map(move |line| line.trim_start().strip_prefix(before))
}

/// The only one.
#[track_caller]
fn value<'t>(text: &'t str, before: &str) -> &'t str {
    let mut values = values(text, before);
    let first = values.next();
    assert_eq!(values.next(), None, "{before}");
    first.unwrap_or_else(|| panic!("no {before}"))
}

//! The guide shows the configurations as they are tested.

use std::{fs, path::Path};

#[test]
fn the_guide_shows_the_tested_files() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = examples.join("../runtime/docs/guide/proxies.md");
    let page = fs::read_to_string(page).unwrap();
    for (language, name) in [
        ("nginx", "nginx.conf"),
        ("haproxy", "haproxy.cfg"),
        ("caddyfile", "Caddyfile"),
    ] {
        let file = fs::read_to_string(examples.join("proxies").join(name)).unwrap();
        let block = format!("```{language}\n{file}```\n");
        assert!(page.contains(&block), "{name} is not in proxies.md");
    }
}

/// The permissions are what the tests of the drivers have found to be enough.
#[test]
fn the_guide_shows_the_tested_permissions() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/docs");
    let read = |path: &str| fs::read_to_string(docs.join(path)).unwrap();
    let page = read("guide/cluster.md");
    assert!(page.contains(&read("nats.conf")));
    let redis = read("../src/cluster/redis/mod.rs");
    let rule = redis.lines().find(|line| line.contains("ACL SETUSER"));
    assert!(page.contains(rule.unwrap().trim_start_matches("/// ")));
}

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

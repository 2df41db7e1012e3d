//! The links of the pages at the root of the repository lead somewhere.

use std::{
    fs,
    path::{Path, PathBuf},
};

const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/");
const DOCS: &str = "https://docs.rs/levante/latest/levante/";

#[test]
fn links_of_the_readme_work_on_the_page_of_the_registry() {
    // The registry shows the README of the package, and takes a relative link as one into `runtime`.
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    for link in links(&page) {
        assert!(
            link.starts_with('#') || link.contains("://"),
            "README.md: {link} must be an address: {REPOSITORY}blob/main/… for a page, \
             {REPOSITORY}raw/main/… for an image"
        );
    }
}

#[test]
fn links_into_the_repository_have_a_target() {
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "benches/README.md",
        "macros/README.md",
    ] {
        let file = root().join(name);
        let page = fs::read_to_string(&file).unwrap();
        for link in links(&page) {
            let problem = problem(&file, &page, link);
            assert!(problem.is_none(), "{name}: {link}: {problem:?}");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The targets of `[…](target)` and of `[…]: target`, outside of blocks of code.
fn links(page: &str) -> Vec<&str> {
    let mut in_code = false;
    let text = page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    text.flat_map(|line| {
        let inline = line.split("](").skip(1).filter_map(|rest| {
            let target = rest.split(')').next()?;
            target.split(' ').next()
        });
        let definition = line
            .strip_prefix('[')
            .and_then(|line| line.split_once("]: "))
            .map(|(_, target)| target);
        inline.chain(definition)
    })
    .collect()
}

/// What is wrong with a link in a file.
fn problem(file: &Path, page: &str, link: &str) -> Option<String> {
    let (target, heading) = match link.split_once('#') {
        Some((target, heading)) => (target, Some(heading)),
        None => (link, None),
    };
    let path = if target.is_empty() {
        file.to_owned()
    } else if let Some(path) = target.strip_prefix(REPOSITORY) {
        let path = ["blob/main/", "raw/main/", "tree/main/"]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix));
        match path {
            Some(path) => root().join(path),
            // Issues, releases and the like are not in the repository.
            None => return None,
        }
    } else if let Some(page) = target.strip_prefix(DOCS) {
        let chapter = page
            .strip_prefix("guide/")
            .and_then(|page| page.strip_suffix("/index.html"))?;
        root().join(format!("runtime/docs/guide/{chapter}.md"))
    } else if target.contains("://") {
        return None;
    } else {
        file.with_file_name(target)
    };
    if !path.exists() {
        return Some(format!("{} is not there", path.display()));
    }
    let heading = heading?;
    let other = (!target.is_empty()).then(|| fs::read_to_string(&path).unwrap());
    let text = other.as_deref().unwrap_or(page);
    let mut headings = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#').trim()));
    (!headings.any(|known| known == heading)).then(|| format!("there is no heading #{heading}"))
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
    });
    kept.collect()
}

#[test]
fn links_and_anchors_are_found() {
    let page = "[a](b.md) and ![c](d.svg)\n```sh\n[no](e)\n```\n[f]: g\n## What is `it`?\n";
    assert_eq!(links(page), ["b.md", "d.svg", "g"]);
    let file = root().join("README.md");
    assert_eq!(problem(&file, page, "#what-is-it"), None);
    assert_eq!(problem(&file, page, "https://example.com/x"), None);
    assert_eq!(problem(&file, page, "Cargo.toml"), None);
    let blob = format!("{REPOSITORY}blob/main/");
    assert_eq!(problem(&file, page, &format!("{blob}Cargo.toml")), None);
    for missing in ["#what", "nothing.md", &format!("{blob}nothing.md")] {
        assert!(problem(&file, page, missing).is_some(), "{missing}");
    }
    assert!(problem(&file, page, &format!("{DOCS}guide/nothing/index.html")).is_some());
}

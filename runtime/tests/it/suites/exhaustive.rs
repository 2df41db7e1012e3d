//! Whether a public type may grow is decided, and said in its docs.

use std::path::Path;

use super::structure::sources;

/// Types that are public only for the code that `#[websocket]` generates.
const HIDDEN: [&str; 2] = ["__private.rs", "__drive"];

/// The files that export.
const EXPORT: [&str; 3] = ["src/lib.rs", "src/cluster/mod.rs", "src/test/mod.rs"];

#[test]
fn each_public_type_may_grow_or_says_why_not() {
    let mut checked = 0;
    let files = sources("runtime/src");
    let exported: String = files
        .iter()
        .filter(|(path, _)| EXPORT.iter().any(|file| path.ends_with(file)))
        .map(|(_, text)| text.as_str())
        .collect();
    for (path, text) in &files {
        if HIDDEN
            .iter()
            .any(|hidden| path.iter().any(|part| part == Path::new(hidden)))
        {
            continue;
        }
        for (head, item) in types(text) {
            let name = item.name;
            if !item.is_open || !exports(&exported, name) {
                continue;
            }
            checked += 1;
            assert!(
                head.contains("#[non_exhaustive]") || head.contains("is exhaustive:"),
                "{}: `{name}` must be `#[non_exhaustive]`, or say why it is exhaustive",
                path.display(),
            );
        }
    }
    assert!(checked > 10, "only {checked} types found");
}

struct Type<'a> {
    name: &'a str,
    /// Whether code outside the crate can name all of its variants or fields.
    is_open: bool,
}

/// The types of a file, each with its docs and attributes.
fn types(text: &str) -> impl Iterator<Item = (&str, Type<'_>)> {
    let paragraphs = text.split("\n\n");
    paragraphs.filter_map(|paragraph| {
        let (start, keyword) = ["pub enum ", "pub struct "]
            .iter()
            .find_map(|keyword| Some((paragraph.find(&format!("\n{keyword}"))?, *keyword)))?;
        let (head, rest) = paragraph.split_at(start + 1);
        let rest = &rest[keyword.len()..];
        let name = rest.split(|c: char| !c.is_alphanumeric()).next()?;
        let mut fields = rest
            .lines()
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| line.starts_with(|c: char| c.is_alphabetic()))
            .peekable();
        // A field that is not public keeps others from naming all of them.
        let has_only_public_fields =
            fields.peek().is_some() && fields.all(|field| field.starts_with("pub "));
        let is_open = keyword == "pub enum " || has_only_public_fields;
        Some((head, Type { name, is_open }))
    })
}

fn exports(code: &str, name: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

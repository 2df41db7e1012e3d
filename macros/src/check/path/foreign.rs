//! Parameters as other frameworks write them. The router would take them as they stand.

/// The message about a parameter of another framework in the text between two parameters.
pub(super) fn parameter(text: &str) -> Option<String> {
    // What stands before the first `/` belongs to the segment of a parameter.
    let mut segments = text.split('/').skip(1);
    segments.find_map(|segment| {
        let (written, name) = colon(segment)
            .or_else(|| brackets(segment, '<', '>'))
            .or_else(|| brackets(segment, '[', ']'))?;
        let tail = if name.contains("..") { "*" } else { "" };
        // Some frameworks put a type in front.
        let name = name.rsplit(':').next().unwrap_or(name).trim_matches('.');
        super::is_name(name)
            .then(|| format!("`{written}` is no parameter; write `{{{name}}}{tail}`"))
    })
}

/// The message about `{*name}` or `{name...}`, of which `text` is the part in the braces.
pub(super) fn tail(text: &str) -> Option<String> {
    let name = text.trim_matches(['*', '.']);
    (name != text && super::is_name(name)).then(|| {
        format!(
            "`{{{text}}}` is no parameter; to match the rest of a path, end it with `{{{name}}}*`"
        )
    })
}

/// `:name` at the start of a segment, and the name.
fn colon(segment: &str) -> Option<(&str, &str)> {
    let name = segment.strip_prefix(':')?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &name[..end.unwrap_or(name.len())];
    Some((&segment[..=name.len()], name))
}

/// `<name>` or `[name]` in a segment, and the name.
fn brackets(segment: &str, open: char, close: char) -> Option<(&str, &str)> {
    let start = segment.find(open)?;
    let end = start + segment[start..].find(close)?;
    Some((&segment[start..=end], &segment[start + 1..end]))
}

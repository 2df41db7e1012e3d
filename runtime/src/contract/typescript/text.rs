//! Comments and literals.

use serde_json::Value;

use super::names::is_identifier;

/// A note for integers that JavaScript's numbers may not hold.
const LARGE: &str = "A number is exact up to 2^53.";

/// A documentation comment with a line break at its end, or nothing.
pub(super) fn comment(indent: &str, docs: &str) -> String {
    // What is written in Rust may end the comment, also with the letters of a path: `src/*/`.
    let docs = docs.trim().replace("*/", "*\\/");
    if docs.is_empty() {
        return String::new();
    }
    if !docs.contains('\n') {
        return format!("{indent}/** {docs} */\n");
    }
    let lines = docs.lines().map(|line| format!("{indent} * {line}"));
    let lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
    format!("{indent}/**\n{}\n{indent} */\n", lines.join("\n"))
}

/// The documentation of a schema, with a note if it has integers that are too large.
pub(super) fn docs(schema: &Value) -> String {
    let docs = schema.get("description").and_then(Value::as_str);
    with_note(docs.unwrap_or_default(), [schema])
}

/// Documentation with a note if one of the schemas has integers that are too large.
pub(super) fn with_note<'s>(docs: &str, schemas: impl IntoIterator<Item = &'s Value>) -> String {
    let note = if schemas.into_iter().any(is_large) {
        LARGE
    } else {
        ""
    };
    match (docs.trim(), note) {
        ("", note) => note.to_owned(),
        (docs, "") => docs.to_owned(),
        (docs, note) => format!("{docs}\n\n{note}"),
    }
}

/// Whether a value of a schema holds an integer of 64 bits or more, which is not the value of a
/// property: that has a note of its own.
fn is_large(schema: &Value) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    let is_integer = schema.get("type").is_some_and(|kind| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "integer"),
        kind => kind == "integer",
    });
    if is_integer
        && matches!(
            format,
            Some("int64" | "uint64" | "int128" | "uint128" | "int" | "uint")
        )
    {
        return true;
    }
    let parts = ["items", "additionalProperties", "anyOf", "oneOf", "allOf"];
    parts
        .iter()
        .filter_map(|part| schema.get(part))
        .any(|part| match part {
            Value::Array(all) => all.iter().any(is_large),
            one => is_large(one),
        })
}

/// A string as a literal of JavaScript.
pub(super) fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// The name of a property or a method.
pub(super) fn key(name: &str) -> String {
    if is_identifier(name) {
        name.to_owned()
    } else {
        literal(name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_comment_cannot_be_ended_from_inside() {
        assert_eq!(comment("  ", " src/*/lib.rs "), "  /** src/*\\/lib.rs */\n");
        assert_eq!(
            comment("", "one\n\n  two"),
            "/**\n * one\n *\n *   two\n */\n"
        );
        assert_eq!(comment("", " \n "), "");
    }

    #[test]
    fn large_integers_have_a_note() {
        let large = json!({"type": ["integer", "null"], "format": "uint64"});
        assert_eq!(docs(&large), LARGE);
        assert_eq!(docs(&json!({"type": "array", "items": large})), LARGE);
        assert_eq!(docs(&json!({"properties": {"a": large}})), "");
        assert_eq!(docs(&json!({"type": "integer", "format": "uint32"})), "");
        assert_eq!(with_note("A.", [&large]), format!("A.\n\n{LARGE}"));
    }

    #[test]
    fn names_that_are_no_identifiers_have_quotes() {
        assert_eq!(key("class"), "class");
        assert_eq!(key("a-b"), "\"a-b\"");
        assert_eq!(key("1st"), "\"1st\"");
        assert_eq!(key("a\"b\n"), "\"a\\\"b\\n\"");
        assert_eq!(key(""), "\"\"");
    }
}

use serde_json::Value;

use super::form::{Form, Kind, Limits, Tag};

/// Longer lists are cut.
const MOST_SHOWN: usize = 6;

/// The alternatives of a schema in words.
pub(super) fn shown_all(forms: &[Form<'_>]) -> String {
    if forms.is_empty() {
        return "nothing".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for form in forms {
        let word = shown(form);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() > MOST_SHOWN {
        words.truncate(MOST_SHOWN - 1);
        words.push("something else".to_owned());
    }
    words.join(" or ")
}

/// One alternative in words.
pub(super) fn shown(form: &Form<'_>) -> String {
    match form.tag(true) {
        Some(Tag::Value(Value::String(text))) => return format!("`{text}`"),
        Some(Tag::Value(value)) => return format!("`{value}`"),
        Some(Tag::Field(_, name) | Tag::Only(name)) => return format!("`{name}`"),
        None => {}
    }
    match form.kind {
        None => "anything".to_owned(),
        Some(Kind::Null) => "`null`".to_owned(),
        Some(Kind::Boolean) => "a boolean".to_owned(),
        Some(Kind::Integer) => integer(form.range),
        Some(Kind::Number) => "a number".to_owned(),
        Some(Kind::String) => string(form),
        Some(Kind::Array) => array(form),
        Some(Kind::Object) => match form.name {
            Some(name) => format!("an object (`{name}`)"),
            None => "an object".to_owned(),
        },
    }
}

fn integer(range: Limits) -> String {
    let name = |least: i128, most: i128| {
        let is = |a: i128, b: i128| least == a && most == b;
        [
            ("i8", is(i8::MIN.into(), i8::MAX.into())),
            ("i16", is(i16::MIN.into(), i16::MAX.into())),
            ("i32", is(i32::MIN.into(), i32::MAX.into())),
            ("i64", is(i64::MIN.into(), i64::MAX.into())),
            ("i128", is(i128::MIN, i128::MAX)),
            ("u8", is(0, u8::MAX.into())),
            ("u16", is(0, u16::MAX.into())),
            ("u32", is(0, u32::MAX.into())),
            ("u64", is(0, u64::MAX.into())),
            ("u128", is(0, i128::MAX)),
        ]
        .into_iter()
        .find_map(|(name, is_it)| is_it.then_some(name))
    };
    match (range.least, range.most) {
        (Some(least), Some(most)) => match name(least, most) {
            Some(name) => format!("an integer (`{name}`)"),
            None => format!("an integer from {least} to {most}"),
        },
        (Some(least), None) => format!("an integer from {least}"),
        (None, Some(most)) => format!("an integer up to {most}"),
        (None, None) => "an integer".to_owned(),
    }
}

fn string(form: &Form<'_>) -> String {
    let text = |key| form.exact.get(key).and_then(|value| value.as_str());
    match (text("format"), text("pattern")) {
        (Some(format), _) => format!("a string (`{format}`)"),
        (None, Some(pattern)) => format!("a string like `{pattern}`"),
        (None, None) => format!("a string{}", of_length(form.length)),
    }
}

fn array(form: &Form<'_>) -> String {
    match form.tuple {
        Some(tuple) => format!("a tuple of {}", tuple.len()),
        None => format!("an array{}", of_length(form.length)),
    }
}

fn of_length(length: Limits) -> String {
    match (length.least, length.most) {
        (Some(least), Some(most)) if least == most => format!(" of length {least}"),
        (Some(least), Some(most)) => format!(" of length {least} to {most}"),
        (Some(least), None) => format!(" of length {least} or more"),
        (None, Some(most)) => format!(" of length {most} or less"),
        (None, None) => String::new(),
    }
}

use syn::{Ident, LitStr, Type, ext::IdentExt};

use crate::errors::Errors;

/// A part of the name of a topic.
pub(super) enum Part<'i> {
    Literal(String),
    Parameter(&'i Field),
}

/// A field of a topic.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) ty: Type,
}

/// Whether the parts are all of a name without mistakes.
pub(super) struct IsWhole(pub(super) bool);

/// Takes the name of a topic apart. Each field is a parameter, and each parameter is a whole segment
/// or the end of one; so two topics of one pattern have two names.
pub(super) fn parts<'i>(
    pattern: &LitStr,
    fields: &'i [Field],
    errors: &mut Errors,
) -> (Vec<Part<'i>>, IsWhole) {
    let text = pattern.value();
    let mut parts = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    let mut is_whole = IsWhole(true);
    let mut wrong = |message: String| {
        is_whole.0 = false;
        errors.push(pattern, message);
    };
    if text.is_empty() {
        wrong("the name of a topic is not empty".into());
    }
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (literal, tail) = rest.split_at(at);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        let parameter = tail.strip_prefix('{').and_then(|it| it.split_once('}'));
        let Some((word, tail)) = parameter else {
            wrong("a `{` or `}` without the other; a parameter is `{id}`".into());
            return (parts, is_whole);
        };
        match fields.iter().find(|it| it.name.unraw() == word) {
            _ if used.contains(&word) => wrong(format!("`{{{word}}}` is in the name twice")),
            Some(field) => parts.push(Part::Parameter(field)),
            None => wrong(format!("`{{{word}}}` is no field of the struct")),
        }
        used.push(word);
        if !tail.is_empty() && !tail.starts_with('/') {
            wrong(format!(
                "`{{{word}}}` goes up to the next `/`: nothing else can follow it"
            ));
        }
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    // Instead of an unknown parameter, such a field was probably meant.
    let is_unknown = |word: &&str| !fields.iter().any(|it| it.name.unraw() == *word);
    let has_unknown = used.iter().any(is_unknown);
    for Field { name, .. } in fields {
        let word = name.unraw().to_string();
        if !has_unknown && !used.contains(&word.as_str()) {
            let message = format!(
                "`{{{word}}}` is not in the topic's name: topics that differ in it would be one"
            );
            is_whole.0 = false;
            errors.push(name, message);
        }
    }
    (parts, is_whole)
}

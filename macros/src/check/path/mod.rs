//! The path of the attribute, which is a pattern of actix's router.

mod foreign;
mod regex;

/// The most parameters that a path of actix's router has.
const MAX_PARAMETERS: usize = 16;

/// Refuses a path on which the router would panic when the server starts, or which it could never
/// match. Of a regular expression only the structure is checked: when the server starts, the
/// runtime reports what only the router's own engine can tell.
pub(super) fn check(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("the path is empty; the root is `\"/\"`".into());
    }
    if !path.starts_with('/') {
        let path = path.trim().trim_start_matches('/');
        return Err(format!("the path must start with `/`: `\"/{path}\"`"));
    }
    let mut rest = path;
    let mut names = Vec::new();
    let mut has_regex = false;
    while let Some((literal, behind)) = rest.split_once('{') {
        self::literal(literal)?;
        let end = closing(behind).ok_or(match behind.contains(':') {
            false => "the path has a `{` without its `}`",
            true => UNPAIRED,
        })?;
        let parameter = &behind[..end];
        has_regex = parameter.contains(':');
        for name in self::parameter(parameter)? {
            if names.contains(&name) {
                return Err(format!("the path has two parameters `{name}`"));
            }
            names.push(name);
        }
        rest = &behind[end + 1..];
    }
    if names.len() > MAX_PARAMETERS {
        return Err(format!("a path has at most {MAX_PARAMETERS} parameters"));
    }
    // `{tail}*` matches the rest of a path.
    match rest {
        "*" if has_regex => Err("a tail has no regex; write `{tail}*` or `{tail:.*}`".into()),
        "*" if !names.is_empty() => Ok(()),
        rest => literal(rest),
    }
}

/// The text between two parameters.
fn literal(text: &str) -> Result<(), String> {
    if let Some(parameter) = foreign::parameter(text) {
        return Err(parameter);
    }
    let is_special = |c: char| matches!(c, '}' | '?' | '#' | '*' | '%') || c.is_whitespace();
    for (position, special) in text.match_indices(is_special) {
        match special {
            "}" => return Err("the path has a `}` without its `{`".into()),
            "*" => return Err(UNNAMED_TAIL.into()),
            "?" | "#" => return Err(QUERY.into()),
            "%" => escape(&text[position + 1..])?,
            _ => return Err(SPACE.into()),
        }
    }
    Ok(())
}

const UNPAIRED: &str = "the path has a `{` without its `}`; a brace of a regex that is not one of a \
                        pair is written `\\x7b` or `\\x7d`";
const UNNAMED_TAIL: &str = "`*` is no pattern; to match the rest of a path, end it with `{tail}*`";
const QUERY: &str =
    "a path has neither query nor fragment; `attach` reads the query as `web::Query<T>`";
const SPACE: &str = "the path has a space, which a client would have to write as `%20`; leave it \
                     out, or join words with `-`";

/// A `%` with `text` behind it. The router compares with a path in which all characters are decoded
/// but `%`, `+` and `/`.
fn escape(text: &str) -> Result<(), String> {
    let digits = text.get(..2).ok_or(PERCENT)?;
    let byte = u8::from_str_radix(digits, 16).map_err(|_| PERCENT)?;
    match byte {
        b'%' | b'+' | b'/' => Ok(()),
        byte if byte.is_ascii_whitespace() => Err(SPACE.into()),
        byte if byte.is_ascii_alphanumeric() || b"-._~!$&'(),;=:@".contains(&byte) => Err(format!(
            "a path is compared after it is decoded, so `%{digits}` never matches; write `{}`",
            char::from(byte)
        )),
        _ => Err(format!(
            "a path is compared after it is decoded, so `%{digits}` never matches; write the \
             character itself"
        )),
    }
}

const PERCENT: &str = "a `%` begins an escape; the character `%` itself is written `%25`";

/// `name` or `name:regex`. Returns the name, and those of the groups in the regex, which become
/// parameters, too.
fn parameter(text: &str) -> Result<Vec<&str>, String> {
    let (name, regex) = match text.split_once(':') {
        Some((name, regex)) => (name, Some(regex)),
        None => (text, None),
    };
    if !is_name(name) {
        return Err(foreign::tail(text).unwrap_or_else(|| {
            format!("`{{{text}}}` is no parameter; write `{{name}}` or `{{name:regex}}`")
        }));
    }
    let mut names = vec![name];
    if let Some(regex) = regex {
        let groups = regex::check(regex);
        names.extend(groups.map_err(|detail| format!("the regex of `{{{name}}}` {detail}"))?);
    }
    Ok(names)
}

/// Whether this names a group in every engine that the router may have. Dots at the end, as in
/// `{tail..}`, are those of another framework.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'))
        && !text.ends_with('.')
}

/// The position of the `}` that closes a `{` just before `text`, as the router finds it: it counts
/// all braces of a regex, also escaped ones.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.find(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use actix_router::{Path, ResourceDef};

    use super::check;

    /// Each with a request that it matches.
    const GOOD: [(&str, &str); 27] = [
        ("/", "/"),
        ("/chat", "/chat"),
        ("/chat/{room}", "/chat/lobby"),
        ("/{a}-{b}/c", "/x-y/c"),
        ("/{a}{b}", "/xy"),
        (r"/{id:\d{3}?}/x", "/123/x"),
        (r"/{id:\d+}", "/42"),
        (
            "/{hash:[0-9a-f]{40}}",
            "/da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ),
        ("/{tail:.*}", "/a/b/c"),
        ("/{id:[^/]+}/x", "/a/x"),
        ("/{id:[]a-]+}", "/]-a"),
        ("/{id:[[:alpha:]]+}", "/ab"),
        ("/{id:[^]]}", "/a"),
        (r"/{id:[\]\\]}", r"/\"),
        ("/{id:a|(b|c)+?|(?:d)*}", "/bc"),
        ("/{id:(?P<year>[0-9]+)-(?P<month>[0-9]+)}", "/2026-11"),
        ("/{id:(?i)abc}", "/ABC"),
        ("/{id:(?i:abc)+}", "/ABCabc"),
        ("/{id:(?x: a # ( \n)}", "/a"),
        (r"/{id:\(a\)}", "/(a)"),
        (r"/{id:\x7ba\x7d}", "/{a}"),
        ("/{id:a**}", "/aa"),
        ("/{name:[a-z ]+}", "/a b"),
        ("/files/{tail}*", "/files/a/b"),
        ("/{a.b}/{c[0]}", "/x/y"),
        ("/a:b/c<d/ä/%2F%25", "/a:b/c<d/ä/%2F%25"),
        ("/{id}:x", "/7:x"),
    ];

    #[test]
    fn patterns_of_the_router_pass() {
        for (path, request) in GOOD {
            assert_eq!(check(path), Ok(()), "{path}");
            let pattern = ResourceDef::new(path);
            let mut request = Path::new(request);
            assert!(pattern.capture_match_info(&mut request), "{path}");
        }
    }

    /// The router panics on these when the server starts.
    const PANICS: [&str; 25] = [
        "/{room",
        "/{}",
        "/{1}",
        "/{a b}",
        "/{a-b}",
        "/{:x}",
        "/{a:{}",
        r"/{a:\{}",
        "/{a:[^}]+}",
        "/{a}/{a}",
        "/{a:(?P<a>x)}",
        "/{a:(?<b>x)}/{b}",
        "/{tail:.*}*",
        "/{id:(}",
        "/{id:[a-z}",
        "/{id:[]}",
        "/{id:*}",
        "/{id:a|+}",
        "/{id:(?:?)}",
        r"/{id:\}",
        r"/{id:(a)\1}",
        "/{id:(?=a)b}",
        "/{id:(?!a)b}",
        "/{id:(?<=a)b}",
        "/{id:(?<!a)b}",
    ];

    #[test]
    fn what_the_router_panics_on_does_not() {
        let many: String = (0..17).map(|n| format!("/{{a{n}}}")).collect();
        for path in PANICS.into_iter().chain([&*many]) {
            assert!(check(path).is_err(), "{path}");
            assert!(catch_unwind(|| ResourceDef::new(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn what_could_never_match_does_not() {
        for path in [
            "",
            "chat",
            " /chat",
            "{room}",
            "/room}",
            "/a?b=c",
            "/a#b",
            "/*",
            "/a/{b}*/c",
            "/a b",
            "/a ",
            "/a%20b",
            "/a%41",
            "/%C3%A4",
            "/100%",
            "/%4",
            "/%zz",
            "/{id:}",
            r"/{id:^\d+}",
            "/{a)b}",
        ] {
            assert!(check(path).is_err(), "{path}");
        }
    }

    #[test]
    fn parameters_of_other_frameworks_are_translated() {
        for (path, translation) in [
            ("/:id", "`:id` is no parameter; write `{id}`"),
            ("/a/:id/b", "`:id` is no parameter; write `{id}`"),
            ("/{a}/:id?", "`:id` is no parameter; write `{id}`"),
            ("/<id>", "`<id>` is no parameter; write `{id}`"),
            ("/x-<int:id>", "`<int:id>` is no parameter; write `{id}`"),
            ("/<tail..>", "`<tail..>` is no parameter; write `{tail}*`"),
            ("/[id]", "`[id]` is no parameter; write `{id}`"),
            ("/[...tail]", "`[...tail]` is no parameter; write `{tail}*`"),
            (
                "/{*tail}",
                "`{*tail}` is no parameter; to match the rest of a path, end it with `{tail}*`",
            ),
            (
                "/{tail...}",
                "`{tail...}` is no parameter; to match the rest of a path, end it with `{tail}*`",
            ),
        ] {
            assert_eq!(check(path), Err(translation.into()), "{path}");
        }
    }
}

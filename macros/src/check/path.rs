/// The most parameters that a path of actix's router has.
const MAX_PARAMETERS: usize = 16;

/// Refuses a path on which the router would panic when the server starts, or which it could never
/// match. Regular expressions in it are not compiled.
pub(super) fn check(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("the path is empty; the root is `\"/\"`".into());
    }
    if !path.starts_with('/') {
        return Err(format!("the path must start with `/`: `\"/{path}\"`"));
    }
    let mut rest = path;
    let mut parameters = 0;
    while let Some((literal, parameter)) = rest.split_once('{') {
        self::literal(literal)?;
        let end = closing(parameter).ok_or("the path has a `{` without its `}`")?;
        self::parameter(&parameter[..end])?;
        rest = &parameter[end + 1..];
        parameters += 1;
    }
    if parameters > MAX_PARAMETERS {
        return Err(format!("a path has at most {MAX_PARAMETERS} parameters"));
    }
    // `{tail}*` matches the rest of a path.
    match rest {
        "*" if parameters > 0 => Ok(()),
        rest => literal(rest),
    }
}

/// The text between two parameters.
fn literal(text: &str) -> Result<(), String> {
    match text.chars().find(|c| matches!(c, '}' | '?' | '#' | '*')) {
        None => Ok(()),
        Some('}') => Err("the path has a `}` without its `{`".into()),
        Some('*') => {
            Err("`*` is no pattern; to match the rest of a path, end it with `{tail}*`".into())
        }
        Some(_) => Err(
            "a path has neither query nor fragment; `attach` reads the query as \
                        `web::Query<T>`"
                .into(),
        ),
    }
}

/// `name` or `name:regex`.
fn parameter(text: &str) -> Result<(), String> {
    let (name, _) = text.split_once(':').unwrap_or((text, ""));
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        return Ok(());
    }
    Err(format!(
        "`{{{text}}}` is no parameter; write `{{name}}` or `{{name:regex}}`"
    ))
}

/// The position of the `}` that closes a `{` just before `text`. A regex may have braces of its
/// own.
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
    use super::check;

    #[test]
    fn patterns_of_the_router_pass() {
        for path in [
            "/",
            "/chat",
            "/chat/{room}",
            "/{a}-{b}/c",
            r"/{id:\d{3}?}/x",
            "/files/{tail}*",
            "/ä b",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn what_could_never_match_does_not() {
        let many = "/{a}".repeat(17);
        for path in [
            "", "chat", "{room}", "/{room", "/room}", "/{}", "/{1}", "/{a b}", "/{:x}", "/a?b=c",
            "/a#b", "/*", "/{a:{}", &many,
        ] {
            assert!(check(path).is_err(), "{path}");
        }
    }
}

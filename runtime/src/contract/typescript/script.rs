//! TypeScript and JavaScript from one source.

/// The part of the client that is the same for all modules: JavaScript, with its types in comments,
/// as Flow has them. `/*: T */` is the type of what is before it, `/*:: … */` is any other part of
/// TypeScript.
const CLIENT: &str = include_str!("client.js");

/// The types of that part.
const TYPES: &str = include_str!("types.ts");

/// The language of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    TypeScript,
    JavaScript,
}

impl Language {
    /// A text that only TypeScript has.
    pub(super) fn typed(self, text: &str) -> &str {
        match self {
            Self::TypeScript => text,
            Self::JavaScript => "",
        }
    }

    /// The part of the client that is the same for all modules.
    pub(super) fn client(self) -> String {
        let (code, types) = match self {
            Self::TypeScript => (uncomment(CLIENT, with_type), format!("\n{TYPES}")),
            Self::JavaScript => (uncomment(CLIENT, |_| String::new()), String::new()),
        };
        code + &types
    }
}

/// Replaces the comments that hold types.
fn uncomment(source: &str, with: impl Fn(&str) -> String) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("/*:") {
        let (inside, tail) = after.split_once("*/").unwrap_or((after, ""));
        code.push_str(before);
        code.push_str(&with(inside));
        rest = tail;
    }
    code + rest
}

/// The TypeScript in a comment that begins with `/*:`.
fn with_type(inside: &str) -> String {
    match inside.strip_prefix(':') {
        Some(other) => {
            let other = other.trim();
            // A word needs its space, and `<T>` or `?:` must not have one.
            let space = if other.starts_with(char::is_alphabetic) {
                " "
            } else {
                ""
            };
            format!("{space}{other}")
        }
        None => format!(": {}", inside.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_comments() {
        let source = "let a/*: number */ = f/*:: <T> */(b/*:: ?: U */, c/*:: as D */); /* why */";
        assert_eq!(
            uncomment(source, with_type),
            "let a: number = f<T>(b?: U, c as D); /* why */"
        );
        assert_eq!(
            uncomment(source, |_| String::new()),
            "let a = f(b, c); /* why */"
        );
    }
}

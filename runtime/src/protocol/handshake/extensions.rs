use std::str;

use super::{HeaderLookup, Rejection, is_token_byte};

/// An extension that a client offers, with its parameters (section 9.1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'h> {
    pub(super) name: &'h str,
    pub(super) parameters: Vec<Parameter<'h>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter<'h> {
    pub(super) name: &'h str,
    /// The value without quotes.
    pub(super) value: Option<String>,
}

/// The extensions that a client offers, in its order of preference.
///
/// # Errors
///
/// [`Rejection::Extensions`] if a line breaks the grammar. The connection must then fail, even if
/// the server supports an extension on another line.
pub(super) fn offered_extensions(
    headers: &impl HeaderLookup,
) -> Result<Vec<Extension<'_>>, Rejection> {
    let mut offered = Vec::new();
    for line in headers.values("sec-websocket-extensions") {
        let extensions = Cursor(line).extensions().ok_or(Rejection::Extensions)?;
        offered.extend(extensions);
    }
    Ok(offered)
}

/// The unread part of a line.
struct Cursor<'h>(&'h [u8]);

impl<'h> Cursor<'h> {
    /// Parses the line as a list of extensions. As in every such list, items may be empty.
    fn extensions(mut self) -> Option<Vec<Extension<'h>>> {
        let mut extensions = Vec::new();
        loop {
            self.skip_blanks();
            if !matches!(self.0, [] | [b',', ..]) {
                extensions.push(self.extension()?);
            }
            if self.0.is_empty() {
                return Some(extensions);
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn extension(&mut self) -> Option<Extension<'h>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.take(b';') {
            parameters.push(self.parameter()?);
        }
        Some(Extension { name, parameters })
    }

    fn parameter(&mut self) -> Option<Parameter<'h>> {
        self.skip_blanks();
        let name = self.token()?;
        let value = match self.take(b'=') {
            true => Some(self.value()?),
            false => None,
        };
        Some(Parameter { name, value })
    }

    /// A token, or a quoted string whose content is a token.
    fn value(&mut self) -> Option<String> {
        self.skip_blanks();
        if !self.take(b'"') {
            return self.token().map(str::to_owned);
        }
        let mut value = String::new();
        loop {
            let [first, rest @ ..] = self.0 else {
                return None;
            };
            self.0 = rest;
            let byte = match first {
                b'"' => break,
                b'\\' => {
                    let [escaped, rest @ ..] = self.0 else {
                        return None;
                    };
                    self.0 = rest;
                    escaped
                }
                byte => byte,
            };
            if !is_token_byte(byte) {
                return None;
            }
            value.push(char::from(*byte));
        }
        self.skip_blanks();
        (!value.is_empty()).then_some(value)
    }

    fn token(&mut self) -> Option<&'h str> {
        let length = self.0.iter().take_while(|byte| is_token_byte(byte)).count();
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        self.skip_blanks();
        str::from_utf8(token).ok().filter(|token| !token.is_empty())
    }

    /// If this byte is next, takes it. Returns whether it did.
    fn take(&mut self, byte: u8) -> bool {
        match self.0 {
            [first, rest @ ..] if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::Request, *};

    /// The offers, in their usual notation.
    fn offered(lines: &[&'static str]) -> Result<Vec<String>, Rejection> {
        let lines = lines.iter();
        let request = Request(
            lines
                .map(|line| ("sec-websocket-extensions", *line))
                .collect(),
        );
        let written = |extension: Extension<'_>| {
            let mut written = extension.name.to_owned();
            for Parameter { name, value } in extension.parameters {
                written += &format!(";{name}");
                if let Some(value) = value {
                    written += &format!("={value}");
                }
            }
            written
        };
        let extensions = offered_extensions(&request)?;
        Ok(extensions.into_iter().map(written).collect())
    }

    #[test]
    fn offers_come_from_every_line_in_order() {
        let table: [(&[_], &[_]); 6] = [
            (&[], &[]),
            (&["", " ,"], &[]),
            (&["foo"], &["foo"]),
            (&["foo, bar; x, ,baz;y=1"], &["foo", "bar;x", "baz;y=1"]),
            (&["a;b;c=d", "e"], &["a;b;c=d", "e"]),
            (&[" a ; b = c ;\td\t,e "], &["a;b=c;d", "e"]),
        ];
        for (lines, expected) in table {
            assert_eq!(offered(lines).unwrap(), expected, "{lines:?}");
        }
    }

    #[test]
    fn values_may_be_in_quotes() {
        assert_eq!(offered(&[r#"a; b="10""#]).unwrap(), ["a;b=10"]);
        let escaped = r#"a; b="1\0" ; c="d", e"#;
        assert_eq!(offered(&[escaped]).unwrap(), ["a;b=10;c=d", "e"]);
    }

    #[test]
    fn a_line_against_the_grammar_is_refused_whatever_the_others_are() {
        for line in [
            ";a",
            "a;",
            "a;;b",
            "a;=1",
            "a;b=",
            "a;b=,c",
            "a b",
            "a;b=1 2",
            "a=1",
            r#"a;b=""#,
            r#"a;b="""#,
            r#"a;b="1"#,
            r#"a;b="1\"#,
            r#"a;b="1"2"#,
            r#"a;b="1,2""#,
            r#"a;b="1 2""#,
            r#""a""#,
            "a, b/c",
            "gr\u{fc}n",
        ] {
            for lines in [&[line][..], &[line, "good"], &["good", line]] {
                assert_eq!(offered(lines), Err(Rejection::Extensions), "{lines:?}");
            }
        }
    }
}

//! The names of topics: their parts, written and read.
//!
//! A value is one segment: its `%` and `/` are written as `%25` and `%2F`. So a value never reaches
//! into the next segment, and two topics of one pattern never have the same name.

use std::{
    fmt::{self, Display, Write},
    str::FromStr,
};

use crate::wire;

/// Calls `then` with the name that `write` writes.
pub fn with_name<R>(write: impl FnOnce(&mut NameWriter<'_>), then: impl FnOnce(&str) -> R) -> R {
    wire::with_text(|text| {
        write(&mut NameWriter(text));
        then(text)
    })
}

/// Writes the name of a topic.
#[derive(Debug)]
pub struct NameWriter<'n>(&'n mut String);

impl NameWriter<'_> {
    /// A part of the pattern.
    pub fn literal(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// The value of a parameter.
    pub fn value<T>(&mut self, segment: Segment<T>, value: &T) {
        (segment.write)(value, self.0);
    }
}

/// How a type is written as a segment of a name, and read again.
#[derive(Debug)]
pub struct Segment<T> {
    write: fn(&T, &mut String),
    read: fn(&str) -> Option<T>,
}

/// The one place where the type of a parameter is checked, so that a type that does not fit gives one
/// error.
#[inline]
pub fn segment<T: Parameter>() -> Segment<T> {
    Segment {
        write: |value, name| {
            // A value whose `Display` fails is as long as it got.
            let _ = write!(Escaped(name), "{value}");
        },
        read: |text| text.parse().ok(),
    }
}

/// A value that can be a part of a topic's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in the name of a topic",
    label = "not a part of a name",
    note = "a value in a name can be written and read: it implements `Display` and `FromStr`"
)]
pub trait Parameter: Display + FromStr {}

#[diagnostic::do_not_recommend]
impl<T: Display + FromStr> Parameter for T {}

struct Escaped<'n>(&'n mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        while let Some(at) = text.find(['%', '/']) {
            let (before, rest) = text.split_at(at);
            self.0.push_str(before);
            self.0
                .push_str(if rest.starts_with('%') { "%25" } else { "%2F" });
            text = &rest[1..];
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// Takes a name apart along its pattern.
#[derive(Debug)]
pub struct Segments<'n>(&'n str);

impl<'n> Segments<'n> {
    /// At the start of a name.
    pub fn of(name: &'n str) -> Self {
        Self(name)
    }

    /// Goes on behind this part of the pattern.
    pub fn literal(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// Reads a value, which ends before the next `/`.
    pub fn value<T>(&mut self, segment: Segment<T>) -> Option<T> {
        let end = self.0.find('/').unwrap_or(self.0.len());
        let (value, rest) = self.0.split_at(end);
        self.0 = rest;
        if value.contains('%') {
            (segment.read)(&unescaped(value)?)
        } else {
            (segment.read)(value)
        }
    }

    /// Whether the name is at its end.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The value that is written so; `None` for a `%` that [`Escaped`] does not write.
fn unescaped(mut value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    while let Some((before, rest)) = value.split_once('%') {
        text.push_str(before);
        let (c, rest) = match rest.strip_prefix("25") {
            Some(rest) => ('%', rest),
            None => ('/', rest.strip_prefix("2F")?),
        };
        text.push(c);
        value = rest;
    }
    text.push_str(value);
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written<T: Parameter>(values: &[T]) -> String {
        let write = |name: &mut NameWriter<'_>| {
            for value in values {
                name.literal("/");
                name.value(segment(), value);
            }
        };
        with_name(write, str::to_owned)
    }

    fn read<T: Parameter>(name: &str) -> Option<Vec<T>> {
        let mut segments = Segments::of(name);
        let mut values = Vec::new();
        while !segments.is_empty() {
            segments.literal("/")?;
            values.push(segments.value(segment())?);
        }
        Some(values)
    }

    proptest! {
        #[test]
        fn values_are_read_as_they_were_written(
            values in prop::collection::vec("[%/2F5a\\PC]{0,8}", 0..4),
        ) {
            let name = written(&values);
            prop_assert_eq!(name.matches('/').count(), values.len());
            prop_assert_eq!(read::<String>(&name), Some(values));
        }

        #[test]
        fn a_name_that_can_be_read_has_one_spelling(name in "(/[%2F5a]{0,6}){0,3}") {
            if let Some(values) = read::<String>(&name) {
                prop_assert_eq!(written(&values), name);
            }
        }

        #[test]
        fn numbers_are_read_as_they_were_written(values in prop::collection::vec(any::<i64>(), 0..4)) {
            prop_assert_eq!(read::<i64>(&written(&values)), Some(values));
        }
    }

    #[test]
    fn a_value_does_not_reach_into_the_next_segment() {
        let written =
            |values: &[&str]| written(&values.iter().map(|it| it.to_string()).collect::<Vec<_>>());
        assert_eq!(written(&["7/8", "50%", "%2F"]), "/7%2F8/50%25/%252F");
        assert_eq!(written(&[""]), "/");
    }

    #[test]
    fn an_escape_that_is_not_written_is_not_read() {
        for name in ["/%", "/%2", "/%2f", "/%41", "/a%", "/%%25", "/%é"] {
            assert_eq!(read::<String>(name), None, "{name}");
        }
        assert_eq!(read::<u32>("/seven"), None);
        assert_eq!(read::<u32>("7"), None);
    }
}

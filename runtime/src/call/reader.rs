//! Reads one JSON text in one pass, without recursion: its objects here, their values by serde.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::Fault;

/// A position in a JSON text.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'m> {
    text: &'m str,
    at: usize,
}

impl<'m> Reader<'m> {
    pub(super) fn new(text: &'m str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads past a value. It may nest as deep as one that is kept.
    ///
    /// # Errors
    ///
    /// If it is not valid JSON.
    #[cold]
    pub fn skip(&mut self) -> Result<(), Fault> {
        self.value::<Skipped>().map(|_| ()).map_err(Fault::of)
    }

    /// Reads past a value that something else has read or will read.
    #[cold]
    pub(super) fn pass(&mut self) -> Result<(), Fault> {
        self.value::<IgnoredAny>().map(|_| ()).map_err(Fault::of)
    }

    /// Reads a value.
    #[inline]
    pub(super) fn value<T: Deserialize<'m>>(&mut self) -> Result<T, serde_json::Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => Err(error),
            // The text ends here. This makes serde's error for that.
            None => serde_json::from_str(""),
        }
    }

    /// Reads the members of an object: `member` gets each name and reads the value. `null` is an
    /// object without members.
    #[inline]
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&str, &mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.peek() == Some(b'n') {
            return self.null().then_some(()).ok_or(Fault::NO_FIELDS);
        }
        let mut more = self.begin().ok_or(Fault::NO_FIELDS)?;
        while more {
            let name = self.name()?;
            member(&name, self)?;
            more = self.more()?;
        }
        Ok(())
    }

    /// Reads the beginning of an object. Returns whether it has members; `None` if this is no
    /// object.
    #[inline]
    pub(super) fn begin(&mut self) -> Option<bool> {
        self.space();
        if self.peek()? != b'{' {
            return None;
        }
        self.at += 1;
        self.space();
        let is_empty = self.peek() == Some(b'}');
        self.at += usize::from(is_empty);
        Some(!is_empty)
    }

    /// Reads the name of a member, up to its value.
    #[inline]
    pub(super) fn name(&mut self) -> Result<Cow<'m, str>, Fault> {
        let name = self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(Fault::NOT_JSON);
        }
        self.at += 1;
        self.space();
        Ok(name)
    }

    /// Reads what follows a member. Returns whether that is another member.
    #[inline]
    pub(super) fn more(&mut self) -> Result<bool, Fault> {
        self.space();
        let next = self.peek();
        self.at += 1;
        match next {
            Some(b',') => {
                self.space();
                Ok(true)
            }
            Some(b'}') => Ok(false),
            _ => Err(Fault::NOT_JSON),
        }
    }

    /// Reads the end of the text.
    #[inline]
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Fault::NOT_JSON),
        }
    }

    /// Reads `null`; `false` if this is another value.
    #[inline]
    pub(super) fn null(&mut self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let is_null = rest.starts_with(b"null");
        self.at += if is_null { 4 } else { 0 };
        is_null
    }

    /// Reads a number of decimal digits, without a sign, a fraction or an exponent.
    #[inline]
    pub(super) fn digits(&mut self, most: u64) -> Option<u64> {
        let mut number = u64::from(self.digit()?);
        // The caller refuses what follows a leading zero.
        while number != 0
            && let Some(digit) = self.digit()
        {
            number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        }
        (number <= most).then_some(number)
    }

    #[inline]
    fn digit(&mut self) -> Option<u8> {
        let digit = self.peek()?.wrapping_sub(b'0');
        let is_digit = digit < 10;
        self.at += usize::from(is_digit);
        is_digit.then_some(digit)
    }

    /// Reads a string. It is borrowed if it has no escapes.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'m, str>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(Fault::NOT_JSON);
        }
        let bytes = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let len = plain_len(bytes);
        if bytes.get(len) != Some(&b'"') {
            return self.escaped();
        }
        let start = self.at + 1;
        self.at = start + len + 1;
        let text = self.text.get(start..start + len).unwrap_or_default();
        Ok(Cow::Borrowed(text))
    }

    /// Reads a string with escapes, or finds out what is wrong with it.
    #[cold]
    fn escaped(&mut self) -> Result<Cow<'m, str>, Fault> {
        self.value::<String>().map(Cow::Owned).map_err(Fault::of)
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }
}

/// The number of bytes before the first one that ends a plain run of a JSON string: a quote, a
/// backslash or a control character. Looks at eight bytes at a time.
#[inline]
fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    for (position, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        // A borrow can only mark bytes above the first one that is really meant.
        let found = quotes | backslashes | controls;
        if found != 0 {
            return position * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let plain = rest.iter().position(ends).unwrap_or(rest.len());
    words.len() * 8 + plain
}

/// A value that is read and forgotten. Unlike `IgnoredAny` it has the limits of a value that is
/// kept: on nesting, on numbers, and on escapes.
struct Skipped;

impl<'m> Deserialize<'m> for Skipped {
    fn deserialize<D: Deserializer<'m>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Skipped)
    }
}

impl<'m> Visitor<'m> for Skipped {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'m>>(self, mut values: A) -> Result<Self, A::Error> {
        while values.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'m>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

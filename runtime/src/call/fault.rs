//! The reason why a frame is not understood, in words that the client may read.

use std::borrow::Cow;

/// The bytes of a client's input that a fault quotes at most.
const QUOTED: usize = 64;
/// The bytes of the server's own words behind them.
const EXPECTED: usize = 128;

/// A frame that is not understood.
#[derive(Debug)]
pub struct Fault(Cow<'static, str>);

impl Fault {
    pub(super) const NOT_JSON: Self = Self::new("the message is not JSON");
    pub(super) const NO_OBJECT: Self = Self::new("a message is a JSON object");
    pub(super) const NO_KIND: Self = Self::new("a message has a `type`, a `join` or a `leave`");
    pub(super) const TWO_KINDS: Self =
        Self::new("a message has one of `type`, `join` and `leave`, once");
    pub(super) const NO_NAME: Self = Self::new("`type`, `join` and `leave` are strings");
    pub(super) const BAD_ID: Self = Self::new("`id` is an integer from 0 to 9007199254740991");
    pub(super) const TWO_IDS: Self = Self::new("`id` is given twice");
    pub(super) const TWO_DATA: Self = Self::new("`data` is given twice");
    pub(super) const NO_FIELDS: Self = Self::new("`data` is an object");

    pub(super) const fn new(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// A value that serde does not read.
    #[cold]
    pub(super) fn of(error: serde_json::Error) -> Self {
        Self(text_of(&error).into())
    }

    /// A field that serde does not read.
    #[cold]
    pub(super) fn of_field(name: &str, error: serde_json::Error) -> Self {
        Self(format!("`{name}`: {}", text_of(&error)).into())
    }

    /// The same fault, in a field.
    #[cold]
    pub(super) fn in_field(self, name: &str) -> Self {
        Self(format!("`{name}`: {}", self.0).into())
    }

    /// A field that is not there.
    #[cold]
    pub(super) fn missing(name: &str) -> Self {
        Self(format!("`{name}` is missing").into())
    }

    /// A field that is there twice.
    #[cold]
    pub(super) fn repeated(name: &str) -> Self {
        Self(format!("`{name}` is given twice").into())
    }

    /// The module has no function of this name.
    #[cold]
    pub fn unknown(name: &str) -> Self {
        Self(format!("nothing is called `{}`", cut(name, QUOTED)).into())
    }

    /// The module has no topic of this name, or none that clients may join.
    #[cold]
    pub(crate) fn not_joinable(name: &str) -> Self {
        Self(format!("`{}` is no topic that can be joined", cut(name, QUOTED)).into())
    }

    /// The client has joined as many topics as it may.
    #[cold]
    pub(crate) fn too_many_topics(most: u32) -> Self {
        Self(format!("no more than {most} topics can be joined at a time").into())
    }

    /// The text for the client.
    pub(crate) fn into_text(self) -> Cow<'static, str> {
        self.0
    }
}

/// serde's text, without the position and with bounded quotes.
fn text_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The position is that in the field, and the client cannot know where the field begins.
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    // serde's own texts quote what they have found, and then name what they expect. All other texts
    // may be made of anything.
    let is_serde = ["invalid type: ", "invalid value: ", "unknown variant `"]
        .iter()
        .any(|begin| text.starts_with(begin));
    match text.rfind(", expected ").filter(|_| is_serde) {
        Some(at) => {
            let (found, expected) = text.split_at(at);
            format!("{}{}", cut(found, QUOTED), cut(expected, EXPECTED))
        }
        None => cut(text, QUOTED).into_owned(),
    }
}

/// The text, cut to this many bytes at a character.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let begin = (0..=most).rev().find_map(|end| text.get(..end));
    format!("{}…", begin.unwrap_or_default()).into()
}

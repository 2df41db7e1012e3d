//! The names under which a cluster's messages travel at the broker.
//!
//! | subject | Redis | NATS |
//! |---|---|---|
//! | a topic | `{prefix}:t:{name}` | `{prefix}.t.{token}`, or `{prefix}.h.{hash}` if that is long |
//! | a node | `{prefix}:n:{tag}` | `{prefix}.n.{tag}` |
//! | all nodes | `{prefix}:c` | `{prefix}.c` |
//!
//! A channel of Redis may have any bytes, so it has the name of the topic as it is. A token of NATS
//! may not: `A-Z`, `a-z`, `0-9`, `_` and `-` stay, and each other byte becomes `=XX`.

mod token;

use std::{borrow::Cow, fmt};

/// The longest prefix, in bytes.
const MAX_PREFIX: usize = 64;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    /// All nodes with a subscriber to this topic.
    Topic(&'a str),
    /// The node with this tag.
    Node(u32),
    /// All nodes.
    Control,
}

/// What a received subject says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    Topic(Cow<'a, str>),
    /// A topic whose name is in the envelope. [`Subjects::is_hash_of`] checks it.
    Hashed,
    Node(u32),
    Control,
}

/// What the subject of a topic carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    /// The name, so that the envelope needs none.
    Name,
    /// A hash of the name. The envelope must have the name.
    Hash,
}

/// How a broker writes a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Redis,
    #[cfg_attr(
        not(feature = "nats"),
        allow(dead_code, reason = "only NATS writes so")
    )]
    Nats,
}

/// The subjects of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Subjects {
    style: Style,
    prefix: Box<str>,
}

/// A prefix that cannot be part of a subject of every broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidPrefix;

impl Subjects {
    /// # Errors
    ///
    /// [`InvalidPrefix`] if the prefix is empty, is longer than 64 bytes, or has a byte that a token
    /// of NATS cannot have.
    pub(crate) fn new(style: Style, prefix: &str) -> Result<Self, InvalidPrefix> {
        let is_valid =
            (1..=MAX_PREFIX).contains(&prefix.len()) && prefix.bytes().all(token::is_plain);
        let prefix = prefix.into();
        is_valid
            .then_some(Self { style, prefix })
            .ok_or(InvalidPrefix)
    }

    /// Appends a subject as the broker writes it.
    pub(crate) fn write(&self, subject: Subject<'_>, into: &mut String) -> Carries {
        into.push_str(&self.prefix);
        let mark = self.style.separator();
        into.push(mark);
        match subject {
            Subject::Topic(name) => return self.write_topic(name, into),
            Subject::Node(tag) => {
                into.extend(['n', mark]);
                token::push_hex(&tag.to_be_bytes(), into);
            }
            Subject::Control => into.push('c'),
        }
        Carries::Name
    }

    fn write_topic(&self, name: &str, into: &mut String) -> Carries {
        let carries = self.carries(name);
        match (self.style, carries) {
            (Style::Redis, _) => {
                into.push_str("t:");
                into.push_str(name);
            }
            (Style::Nats, Carries::Name) => {
                into.push_str("t.");
                token::push(name, into);
            }
            (Style::Nats, Carries::Hash) => {
                into.push_str("h.");
                token::push_hash(name, into);
            }
        }
        carries
    }

    /// A subject as the broker writes it.
    pub(crate) fn text(&self, subject: Subject<'_>) -> Box<str> {
        let mut text = String::new();
        self.write(subject, &mut text);
        text.into()
    }

    /// What the subject of this topic carries.
    pub(crate) fn carries(&self, topic: &str) -> Carries {
        match self.style {
            Style::Nats if token::is_long(topic) => Carries::Hash,
            Style::Nats | Style::Redis => Carries::Name,
        }
    }

    /// Reads a received subject. `None` if [`Self::write`] never makes it.
    pub(crate) fn parse<'a>(&self, subject: &'a [u8]) -> Option<Heard<'a>> {
        let subject = str::from_utf8(subject).ok()?;
        let rest = subject.strip_prefix(&*self.prefix)?;
        let mark = self.style.separator();
        let rest = rest.strip_prefix(mark)?;
        let Some((class, name)) = rest.split_once(mark) else {
            return (rest == "c").then_some(Heard::Control);
        };
        match (class, self.style) {
            ("t", Style::Redis) => Some(Heard::Topic(name.into())),
            ("t", Style::Nats) => token::read(name).map(Heard::Topic),
            ("h", Style::Nats) => token::is_hash(name).then_some(Heard::Hashed),
            ("n", _) => token::read_tag(name).map(Heard::Node),
            _ => None,
        }
    }

    /// Whether a subject that carries a hash is the subject of this topic.
    pub(crate) fn is_hash_of(&self, subject: &[u8], topic: &str) -> bool {
        self.carries(topic) == Carries::Hash
            && self.text(Subject::Topic(topic)).as_bytes() == subject
    }
}

impl Style {
    fn separator(self) -> char {
        match self {
            Self::Redis => ':',
            Self::Nats => '.',
        }
    }
}

impl fmt::Display for InvalidPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the prefix of a cluster has 1 to 64 of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`")
    }
}

#[cfg(test)]
mod tests;

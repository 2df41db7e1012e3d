//! How a published message is queued.

use super::Name;
use crate::{compression::Deflated, policy::Policy};

/// How workers deliver a message.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) slow: Slow,
    /// Set if the message is compressed for subscribers that accept it so.
    pub(crate) deflated: Option<Deflated>,
}

/// What happens to a message if a subscriber is slow.
#[derive(Clone, Debug)]
pub(crate) enum Slow {
    Drop,
    Latest(Name),
    Close,
}

impl Terms {
    #[inline]
    pub(crate) fn new(policy: Policy<'_>, topic: &str) -> Self {
        let slow = match policy {
            Policy::Drop => Slow::Drop,
            Policy::Latest(key) => Slow::Latest(Name::new(topic, key)),
            Policy::Close => Slow::Close,
        };
        let deflated = None;
        Self { slow, deflated }
    }

    /// The same terms, with or without compression.
    pub(crate) fn compressed(self, compress: bool) -> Self {
        let deflated = compress.then(Deflated::default);
        Self { deflated, ..self }
    }
}

//! How a published message is to be queued.

use super::Name;
use crate::{compression::Deflated, policy::Policy};

/// How a message is to be delivered, as it travels to other workers.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) slow: Slow,
    /// Set if the message is to be compressed for those who take it so.
    pub(crate) deflated: Option<Deflated>,
}

/// A policy: what becomes of slow subscribers.
#[derive(Clone, Debug)]
pub(crate) enum Slow {
    Drop,
    Latest(Name),
    Close,
}

impl Terms {
    pub(crate) fn new(policy: Policy<'_>, topic: &str) -> Self {
        let slow = match policy {
            Policy::Drop => Slow::Drop,
            Policy::Latest(key) => Slow::Latest(Name::new(topic, key)),
            Policy::Close => Slow::Close,
        };
        let deflated = None;
        Self { slow, deflated }
    }

    /// The same, for a message that is to be compressed, or is not.
    pub(crate) fn compressed(self, compress: bool) -> Self {
        let deflated = compress.then(Deflated::default);
        Self { deflated, ..self }
    }
}

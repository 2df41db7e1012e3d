//! What one node sends to others.

use std::{mem::size_of, sync::Arc};

use crate::{frame::SharedFrame, policy::Policy};

/// What a waiting item takes besides its texts and its frame: its place in the queue, and the
/// bookkeeping of the allocator and the reference counts for three allocations.
const OVERHEAD: usize = size_of::<Item>() + 144;

/// Something that other nodes are to get.
#[derive(Debug)]
pub(crate) struct Item {
    /// The first item of a link has 1, and each other one has the next number.
    pub(crate) sequence: u64,
    pub(crate) target: Target,
    pub(crate) what: What,
}

/// The nodes that are to get an item.
#[derive(Debug)]
pub(crate) enum Target {
    /// Those with subscribers to this topic.
    Topic(Arc<str>),
    /// The one with this tag.
    Node(u32),
}

#[derive(Debug)]
pub(crate) enum What {
    Publish {
        frame: SharedFrame,
        compress: bool,
        policy: OwnedPolicy,
        /// The socket that is left out. It is not of this node.
        except: Option<[u8; 16]>,
    },
    CloseTopic {
        code: u16,
        reason: Box<str>,
    },
    Send {
        id: [u8; 16],
        frame: SharedFrame,
        compress: bool,
    },
    CloseSocket {
        id: [u8; 16],
        code: u16,
        reason: Box<str>,
    },
}

/// A [`Policy`] that owns its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnedPolicy {
    Drop,
    Latest(Box<str>),
    Close,
}

impl Item {
    pub(super) fn new(sequence: u64, (target, what): (Target, What)) -> Self {
        Self {
            sequence,
            target,
            what,
        }
    }

    /// The bytes of memory that the item takes while it waits.
    pub(crate) fn cost(&self) -> usize {
        cost(&self.target, &self.what)
    }
}

/// [`Item::cost`].
pub(super) fn cost(target: &Target, what: &What) -> usize {
    let topic = match target {
        Target::Topic(topic) => topic.len(),
        Target::Node(_) => 0,
    };
    let content = match what {
        What::Publish { frame, policy, .. } => frame.as_frame().len() + policy.key_len(),
        What::Send { frame, .. } => frame.as_frame().len(),
        What::CloseTopic { reason, .. } | What::CloseSocket { reason, .. } => reason.len(),
    };
    OVERHEAD + topic + content
}

impl OwnedPolicy {
    pub(crate) fn as_policy(&self) -> Policy<'_> {
        match self {
            Self::Drop => Policy::Drop,
            Self::Latest(key) => Policy::Latest(key),
            Self::Close => Policy::Close,
        }
    }

    fn key_len(&self) -> usize {
        match self {
            Self::Latest(key) => key.len(),
            Self::Drop | Self::Close => 0,
        }
    }
}

impl From<Policy<'_>> for OwnedPolicy {
    fn from(policy: Policy<'_>) -> Self {
        match policy {
            Policy::Drop => Self::Drop,
            Policy::Latest(key) => Self::Latest(key.into()),
            Policy::Close => Self::Close,
        }
    }
}

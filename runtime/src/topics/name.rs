use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, OnceLock},
};

use super::siphash::siphash;

/// Hashes bytes that peers may have chosen, such as the name of a topic.
///
/// It is SipHash with a random key of this process, so that no peer can choose texts that collide
/// in a table. hashbrown's own hasher is faster, but does not guarantee this.
pub(crate) fn hash_chosen(bytes: &[u8]) -> u64 {
    static KEY: OnceLock<[u64; 2]> = OnceLock::new();
    // The standard library's keys are random, so the hashes made with them are random, too.
    let random = || RandomState::new().hash_one(());
    siphash(*KEY.get_or_init(|| [random(), random()]), bytes)
}

/// The name of a topic with its hash. The hash is computed once for all tables that a publish
/// searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    text: &'a str,
    hash: u64,
}

impl<'a> Name<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let hash = hash_chosen(text.as_bytes());
        Self { text, hash }
    }

    /// A name whose hash is known already.
    pub(crate) fn of(text: &'a str, hash: u64) -> Self {
        Self { text, hash }
    }

    pub(crate) fn text(self) -> &'a str {
        self.text
    }

    pub(crate) fn hash(self) -> u64 {
        self.hash
    }
}

/// An owned [`Name`]. Cloning shares the text.
#[derive(Clone, Debug)]
pub(crate) struct SharedName {
    text: Arc<str>,
    hash: u64,
}

impl SharedName {
    pub(crate) fn as_name(&self) -> Name<'_> {
        Name::of(&self.text, self.hash)
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn into_text(self) -> Arc<str> {
        self.text
    }
}

impl From<Name<'_>> for SharedName {
    fn from(name: Name<'_>) -> Self {
        Self {
            text: name.text.into(),
            hash: name.hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_a_key_that_no_peer_knows() {
        assert_ne!(hash_chosen(b"lobby"), siphash([0, 0], b"lobby"));
        assert_eq!(hash_chosen(b"lobby"), hash_chosen(b"lobby"));
        assert_ne!(hash_chosen(b"lobby"), hash_chosen(b"hobby"));
    }

    #[test]
    fn a_name_that_is_kept_is_the_same() {
        let name = Name::new("lobby");
        let shared = SharedName::from(name);
        assert_eq!(shared.as_name(), name);
        assert_eq!(&*shared.into_text(), "lobby");
    }
}

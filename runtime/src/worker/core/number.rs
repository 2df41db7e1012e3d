use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Identifies a connection in log lines. Its [`SocketId`](crate::SocketId) must not be in them: an
/// id can serve as a permission, a number cannot.
///
/// Numbers count from 1. Five bytes are enough for a thousand connections a second for thirty
/// years, and fit into the padding of [`Core`](super::Core).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number([u8; 5]);

impl Number {
    /// A number that no other connection of this process has.
    pub(crate) fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Relaxed) + 1;
        let [_, _, _, bytes @ ..] = number.to_be_bytes();
        Self(bytes)
    }

    pub(crate) fn get(self) -> u64 {
        let [a, b, c, d, e] = self.0;
        u64::from_be_bytes([0, 0, 0, a, b, c, d, e])
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_greater_than_the_one_before() {
        let (first, second) = (Number::next(), Number::next());
        assert!(first.get() >= 1);
        assert!(second.get() > first.get());
        assert_eq!(first.to_string(), first.get().to_string());
        assert_eq!(format!("{second:?}"), second.to_string());
    }
}

/// The last bytes that were sent, or received, compressed on a connection. The next message may
/// refer back to them (RFC 7692 section 7.2.3.2).
#[derive(Debug)]
pub(crate) struct History {
    bytes: Vec<u8>,
    /// The size of the window in bytes.
    size: usize,
}

impl History {
    /// An empty history for a window of `window_bits` bits. It takes no memory before the first
    /// message.
    pub(crate) fn new(window_bits: u8) -> Self {
        Self {
            bytes: Vec::new(),
            size: 1 << window_bits,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a message that was sent or received.
    pub(crate) fn push(&mut self, message: &[u8]) {
        let message = &message[message.len().saturating_sub(self.size)..];
        let excess = (self.bytes.len() + message.len()).saturating_sub(self.size);
        self.bytes.drain(..excess);
        self.reserve(message.len());
        self.bytes.extend_from_slice(message);
    }

    /// Forgets everything: the next message refers to nothing before it.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Makes room, but never more than the window.
    fn reserve(&mut self, additional: usize) {
        let needed = self.bytes.len() + additional;
        if needed > self.bytes.capacity() {
            let target = needed.saturating_mul(2).min(self.size);
            self.bytes.reserve_exact(target - self.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_end_and_no_more_memory_than_that() {
        let mut history = History::new(9);
        let mut all = Vec::new();
        assert_eq!(history.bytes.capacity(), 0);
        for len in [0, 1, 100, 400, 10, 1, 511, 512, 513, 2000, 3] {
            let message: Vec<u8> = (0..len).map(|i| (i * 7 + len) as u8).collect();
            history.push(&message);
            all.extend(message);
            assert_eq!(
                history.as_bytes(),
                &all[all.len().saturating_sub(512)..],
                "{len}"
            );
            assert!(history.bytes.capacity() <= 512);
        }
        history.clear();
        assert_eq!(history.as_bytes(), b"");
    }
}

//! The number of servers that run in this process.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Those of [`HttpServer`](crate::HttpServer) and of [`serve`](crate::serve()).
static SERVERS: AtomicUsize = AtomicUsize::new(0);

/// Counts a server as running, until it is dropped.
#[derive(Debug)]
pub(crate) struct Runs(&'static AtomicUsize);

impl Runs {
    pub(crate) fn begin() -> Self {
        Self::begin_in(&SERVERS)
    }

    fn begin_in(servers: &'static AtomicUsize) -> Self {
        servers.fetch_add(1, SeqCst);
        Self(servers)
    }

    /// Ends the count. Returns whether no server is left. Of several servers that end at the same
    /// time, at least one is told so.
    pub(crate) fn end(self) -> bool {
        let servers = self.0;
        drop(self);
        servers.load(SeqCst) == 0
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_last_server_leaves_none() {
        static SERVERS: AtomicUsize = AtomicUsize::new(0);
        let [first, second, third] = [(); 3].map(|()| Runs::begin_in(&SERVERS));
        assert!(!second.end());
        // A server that was dropped has ended, too.
        drop(first);
        assert!(third.end());
        assert!(Runs::begin_in(&SERVERS).end());
    }
}

use std::{
    fmt, io,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

/// How many sockets each worker of a server has opened.
#[derive(Debug, Default)]
pub struct Spread(Mutex<Vec<(ThreadId, usize)>>);

impl Spread {
    /// No sockets yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Counts a socket for the worker of this thread.
    pub fn note(&self) {
        let own = thread::current().id();
        let mut workers = self.lock();
        match workers.iter_mut().find(|(thread, _)| *thread == own) {
            Some((_, sockets)) => *sockets += 1,
            None => workers.push((own, 1)),
        }
    }

    /// Reads a text like that of [`Display`](fmt::Display): the sockets of each worker.
    ///
    /// # Errors
    ///
    /// If the text is no list of numbers.
    pub fn read(text: &str) -> io::Result<Vec<usize>> {
        let numbers = text.split_whitespace().map(str::parse);
        numbers
            .collect::<Result<_, _>>()
            .map_err(|_| io::Error::other(format!("{text:?} is no list of numbers")))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(ThreadId, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text of the response: `500 500`.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workers = self.lock();
        let sockets = workers.iter().map(|(_, sockets)| sockets.to_string());
        f.write_str(&sockets.collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_has_its_number() {
        let spread = Spread::new();
        assert_eq!(Spread::read(&spread.to_string()).unwrap(), []);
        spread.note();
        thread::scope(|scope| {
            scope.spawn(|| (0..2).for_each(|_| spread.note()));
        });
        spread.note();
        spread.note();
        assert_eq!(spread.to_string(), "3 2");
        assert_eq!(Spread::read("3 2").unwrap(), [3, 2]);
        assert!(Spread::read("3 x").is_err());
    }
}

use std::{fmt, io, str::FromStr};

/// The counts that `bench-server` answers on `/counts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Sockets that are open.
    pub connections: usize,
    /// Sockets that subscribe to the topic of `/feed`.
    pub subscribers: usize,
}

/// The text of the response: `12 connections, 11 subscribers`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connections,
            subscribers,
        } = self;
        write!(f, "{connections} connections, {subscribers} subscribers")
    }
}

impl FromStr for Counts {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let count = |text: &str, what| text.strip_suffix(what)?.parse().ok();
        text.split_once(", ")
            .and_then(|(connections, subscribers)| {
                Some(Self {
                    connections: count(connections, " connections")?,
                    subscribers: count(subscribers, " subscribers")?,
                })
            })
            .ok_or_else(|| io::Error::other(format!("{text:?} are no counts")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_arrive_as_they_were_sent() {
        let counts = Counts {
            connections: 12,
            subscribers: 0,
        };
        assert_eq!(counts.to_string().parse::<Counts>().unwrap(), counts);
        for text in ["", "12 connections", "x connections, 0 subscribers"] {
            assert!(text.parse::<Counts>().is_err(), "{text}");
        }
    }
}

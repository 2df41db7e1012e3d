//! The workloads.

use std::fmt;

/// One way to load a server, and how the bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(crate) load: Load,
    /// Whether the bytes travel over TLS instead of plain TCP.
    pub(crate) tls: bool,
    /// Whether messages are compressed in both directions.
    pub(crate) compressed: bool,
}

/// The history that compressed messages may refer back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// None: one compressor serves all connections.
    Shared,
    /// The earlier messages on the same connection.
    Dedicated,
}

impl Compression {
    /// The value of `COMPRESSION` for servers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Dedicated => "dedicated",
        }
    }

    /// The condition of the figures, as the report names it.
    pub(crate) fn condition(self) -> &'static str {
        match self {
            Self::Shared => "; each compressed message refers to itself alone",
            Self::Dedicated => "; compressed messages may refer to those before them",
        }
    }
}

/// The senders, the receivers and the messages of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Each connection keeps this many messages in flight, and sends another for each that comes
    /// back.
    Echo {
        connections: usize,
        in_flight: usize,
        size: usize,
    },
    /// In each round every member sends its messages; the round ends when every member has
    /// received all of them, its own included.
    Chat {
        members: usize,
        messages: usize,
        size: usize,
    },
    /// In each round one publisher sends its messages; the round ends when every subscriber has
    /// received all of them.
    FanOut {
        subscribers: usize,
        messages: usize,
        size: usize,
    },
}

use Load::{Chat, Echo, FanOut};

const KIB: usize = 1 << 10;

/// The compressed length of the 1 KiB payload of the workloads with compression. A compressed
/// publish is compared with a plain publish of this many bytes.
const DEFLATED_KIB: usize = 308;

impl Workload {
    /// All workloads, in the order of the report.
    pub(crate) const ALL: [Self; 22] = [
        plain(echo(32, 1, 16)),
        plain(echo(32, 16, 16)),
        plain(echo(8, 4, 16 << 10)),
        plain(chat(16, 512, 16)),
        plain(chat(32, 1, 16)),
        plain(chat(500, 1, 64)),
        plain(fan_out(10, 8, 64)),
        plain(fan_out(100, 8, 64)),
        plain(fan_out(1_000, 8, 64)),
        plain(fan_out(10_000, 8, 64)),
        plain(fan_out(1_000, 8, DEFLATED_KIB)),
        plain(fan_out(1_000, 8, KIB)),
        tls(echo(32, 16, 16)),
        tls(chat(16, 512, 16)),
        tls(chat(500, 1, 64)),
        tls(fan_out(1_000, 8, 64)),
        compressed(echo(32, 1, KIB)),
        compressed(echo(32, 16, KIB)),
        compressed(chat(32, 1, KIB)),
        compressed(chat(500, 1, 256)),
        compressed(fan_out(100, 8, KIB)),
        compressed(fan_out(1_000, 8, KIB)),
    ];

    /// The name on the command line: `echo-32x1x16`, `tls-echo-32x16x16`, `deflate-echo-32x1x1024`.
    pub(crate) fn id(self) -> String {
        let tls = if self.tls { "tls-" } else { "" };
        let deflate = if self.compressed { "deflate-" } else { "" };
        format!("{tls}{deflate}{}", self.load.id())
    }

    /// The name of the chart for this workload and similar ones.
    pub(crate) fn family(self) -> &'static str {
        match self {
            Self { tls: true, .. } => "tls",
            Self {
                compressed: true, ..
            } => "compression",
            Self { load, .. } => load.family(),
        }
    }
}

impl Load {
    /// How many connections it takes, without the publisher's.
    pub(crate) fn connections(self) -> usize {
        match self {
            Echo { connections, .. } => connections,
            Chat { members, .. } => members,
            FanOut { subscribers, .. } => subscribers,
        }
    }

    fn id(self) -> String {
        match self {
            Echo {
                connections: a,
                in_flight: b,
                size,
            } => format!("echo-{a}x{b}x{size}"),
            Chat {
                members: a,
                messages: b,
                size,
            } => format!("chat-{a}x{b}x{size}"),
            FanOut {
                subscribers: a,
                messages: b,
                size,
            } => format!("fan-out-{a}x{b}x{size}"),
        }
    }

    fn family(self) -> &'static str {
        match self {
            Echo { .. } => "echo",
            Chat { .. } => "chat",
            FanOut { .. } => "fan-out",
        }
    }
}

const fn plain(load: Load) -> Workload {
    Workload {
        load,
        tls: false,
        compressed: false,
    }
}

const fn tls(load: Load) -> Workload {
    Workload {
        tls: true,
        ..plain(load)
    }
}

const fn compressed(load: Load) -> Workload {
    Workload {
        compressed: true,
        ..plain(load)
    }
}

const fn echo(connections: usize, in_flight: usize, size: usize) -> Load {
    Echo {
        connections,
        in_flight,
        size,
    }
}

const fn chat(members: usize, messages: usize, size: usize) -> Load {
    Chat {
        members,
        messages,
        size,
    }
}

const fn fan_out(subscribers: usize, messages: usize, size: usize) -> Load {
    FanOut {
        subscribers,
        messages,
        size,
    }
}

/// The name of its row in the report: `echo 32 × 1, 16 B`, `echo 32 × 16, 16 B, TLS`, `echo 32 × 1,
/// 1 KiB, compressed`.
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load.fmt(f)?;
        f.write_str(if self.tls { ", TLS" } else { "" })?;
        f.write_str(if self.compressed { ", compressed" } else { "" })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b, size) = match *self {
            Echo {
                connections,
                in_flight,
                size,
            } => (connections, in_flight, size),
            Chat {
                members,
                messages,
                size,
            } => (members, messages, size),
            FanOut {
                subscribers,
                messages,
                size,
            } => (subscribers, messages, size),
        };
        write!(f, "{} {a} × {b}, {}", self.family(), Size(size))
    }
}

/// A number of bytes. Whole KiB are shown as KiB.
struct Size(usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 1024 && self.0.is_multiple_of(1024) {
            write!(f, "{} KiB", self.0 / 1024)
        } else {
            write!(f, "{} B", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::deflate::deflate, drive::payload};

    #[test]
    fn names_tell_workloads_apart() {
        let mut ids = Workload::ALL.map(Workload::id);
        assert_eq!(ids[0], "echo-32x1x16");
        assert_eq!(ids[9], "fan-out-10000x8x64");
        assert_eq!(ids[12], "tls-echo-32x16x16");
        assert_eq!(ids[16], "deflate-echo-32x1x1024");
        ids.sort();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn rows_read_like_the_report() {
        assert_eq!(Workload::ALL[2].to_string(), "echo 8 × 4, 16 KiB");
        assert_eq!(Workload::ALL[3].to_string(), "chat 16 × 512, 16 B");
        assert_eq!(Workload::ALL[13].to_string(), "chat 16 × 512, 16 B, TLS");
        assert_eq!(Workload::ALL[13].family(), "tls");
        let fan_out = Workload::ALL[21];
        assert_eq!(fan_out.to_string(), "fan-out 1000 × 8, 1 KiB, compressed");
        assert_eq!(fan_out.family(), "compression");
    }

    #[test]
    fn the_yardstick_is_as_long_as_what_is_compressed() {
        assert_eq!(
            deflate(&payload::json(KIB)).unwrap().len(),
            DEFLATED_KIB,
            "another version of the compressor: `DEFLATED_KIB` has to follow it"
        );
    }
}

//! Every word that means something inside `#[websocket]`.

use syn::{Ident, ext::IdentExt};

/// The handlers. A function of one of these names at the top of a module is that handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Attach,
    Open,
    Message,
    Close,
    Drain,
    Dropped,
    Subscription,
    Ping,
    Pong,
    Error,
}

impl Kind {
    /// In the order in which messages list them.
    const ALL: [Self; 10] = [
        Self::Attach,
        Self::Open,
        Self::Message,
        Self::Close,
        Self::Drain,
        Self::Dropped,
        Self::Subscription,
        Self::Ping,
        Self::Pong,
        Self::Error,
    ];

    /// The handler of this name.
    pub(crate) fn named(name: &Ident) -> Option<Self> {
        let name = name.unraw();
        Self::ALL.into_iter().find(|kind| name == kind.word())
    }

    /// The function's name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Open => "open",
            Self::Message => "message",
            Self::Close => "close",
            Self::Drain => "drain",
            Self::Dropped => "dropped",
            Self::Subscription => "subscription",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Error => "error",
        }
    }

    /// The signatures that this handler may have; `async` goes with each.
    pub(crate) fn accepted(self) -> &'static str {
        match self {
            Self::Attach => "`fn attach(request: HttpRequest, …) -> T`",
            Self::Open => "`fn open(ws: &Ws)`",
            Self::Message => "`fn message(ws: &Ws, message: M)`",
            Self::Close => "`fn close(ws: &Ws)` or `fn close(ws: &Ws, reason: CloseReason)`",
            Self::Drain => "`fn drain(ws: &Ws)`",
            Self::Dropped => "`fn dropped(ws: &Ws, message: &Message)`",
            Self::Subscription => "`fn subscription(ws: &Ws, topic: &str, subscribers: usize)`",
            Self::Ping => "`fn ping(ws: &Ws, data: &[u8])`",
            Self::Pong => "`fn pong(ws: &Ws, data: &[u8])`",
            Self::Error => "`fn error(ws: &Ws, error: HandlerError)`",
        }
    }

    /// The handler that a word one letter away was meant to be.
    pub(crate) fn one_letter_from(name: &Ident) -> Option<Self> {
        let name = name.unraw().to_string();
        Self::ALL
            .into_iter()
            .find(|kind| distance(&name, kind.word()) == 1)
    }
}

/// The names of all handlers.
pub(crate) fn handlers() -> [&'static str; 10] {
    Kind::ALL.map(Kind::word)
}

/// The settings, each a function of `Config` in the runtime.
pub(crate) const SETTINGS: [&str; 20] = [
    "idle_timeout",
    "send_pings",
    "ping_interval",
    "max_lifetime",
    "handshake_timeout",
    "close_timeout",
    "handler_timeout",
    "max_message_size",
    "max_frames_per_message",
    "max_message_rate",
    "max_subscriptions",
    "max_topic_len",
    "backpressure_limit",
    "close_on_backpressure_limit",
    "publish_to_self",
    "compression",
    "compression_threshold",
    "protocols",
    "hosts",
    "origins",
];

/// The types that are generated into every module.
pub(crate) const GENERATED_TYPES: [&str; 2] = ["Endpoint", "Ws"];

/// The function that is generated into every module.
pub(crate) const GENERATED_FUNCTION: &str = "service";

/// What a word that means nothing was probably meant to be: one that it ends with (`on_message`),
/// or one that a third of its letters would turn it into.
pub(crate) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let tolerance = (word.chars().count() / 3).max(1);
    let (distance, name) = known
        .iter()
        .map(|name| {
            (
                if word.ends_with(name) {
                    0
                } else {
                    distance(word, name)
                },
                *name,
            )
        })
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= tolerance).then_some(name)
}

/// Code words in a sentence: `` `a`, `b` and `c` ``.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// How many letters have to be added, dropped, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<_> = from.chars().collect();
    let to: Vec<_> = to.chars().collect();
    let mut table: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = table[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(table[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(table[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        table.push(row);
    }
    table[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_each_kind_of_slip_once() {
        for (from, to, expected) in [
            ("open", "open", 0),
            ("opne", "open", 1),
            ("mesage", "message", 1),
            ("messages", "message", 1),
            ("clone", "close", 1),
            ("", "ping", 4),
            ("ping", "", 4),
            ("attach", "drain", 5),
        ] {
            assert_eq!(distance(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn nearest_needs_a_likeness() {
        assert_eq!(nearest("mesage", &handlers()), Some("message"));
        assert_eq!(nearest("on_message", &handlers()), Some("message"));
        assert_eq!(nearest("onclose", &handlers()), Some("close"));
        assert_eq!(nearest("broadcast", &handlers()), None);
        assert_eq!(nearest("timeout", &SETTINGS), None);
        assert_eq!(nearest("idle_time", &SETTINGS), Some("idle_timeout"));
        assert_eq!(nearest("x", &[]), None);
    }

    #[test]
    fn every_handler_is_found_by_its_word() {
        for kind in Kind::ALL {
            let name: Ident = syn::parse_str(kind.word()).unwrap();
            assert_eq!(Kind::named(&name), Some(kind));
            assert!(kind.accepted().contains(kind.word()));
        }
        let raw: Ident = syn::parse_str("r#open").unwrap();
        assert_eq!(Kind::named(&raw), Some(Kind::Open));
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&[]), "");
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}

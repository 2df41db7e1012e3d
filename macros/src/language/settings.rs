//! The settings, one row each.

use syn::Ident;

/// A setting: an argument of the attribute, and a function of `Config` in the runtime.
pub(crate) struct Setting {
    /// Its name.
    pub(crate) name: &'static str,
    /// The type of its value.
    pub(crate) ty: &'static str,
    /// What holds if it is not set.
    pub(crate) default: Unset,
    /// What the compiler says about a value out of range, with the words of the runtime.
    pub(crate) refusal: Option<&'static str>,
    /// What it sets, with the unit, in Markdown.
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference reads it"))]
    pub(crate) docs: &'static str,
}

/// What holds if a setting is not set.
pub(crate) enum Unset {
    /// This value.
    Value(&'static str),
    /// There is no limit.
    NoLimit {
        /// A value that a user may choose.
        example: &'static str,
    },
}

impl Setting {
    /// The setting of this name.
    pub(crate) fn named(name: &Ident) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| name == setting.name)
    }

    /// Whether zero is in range. The error for other values says so.
    pub(crate) fn accepts_zero(&self) -> bool {
        self.refusal.is_some_and(|text| text.contains("zero"))
    }

    /// How it is written in the attribute: `send_pings = true`.
    pub(crate) fn example(&self) -> String {
        let (Unset::Value(value) | Unset::NoLimit { example: value }) = self.default;
        format!("{} = {value}", self.name)
    }

    /// What a setting without a value was probably meant to be. A `bool` gets the value that is not
    /// its default.
    pub(crate) fn meant(&self) -> String {
        match self.default {
            Unset::Value("false") => format!("{} = true", self.name),
            Unset::Value("true") => format!("{} = false", self.name),
            _ => self.example(),
        }
    }
}

/// All settings, in the order in which messages and the reference list them.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter()
}

static SETTINGS: &[Setting] = &[
    Setting {
        name: "idle_timeout",
        ty: "Duration",
        default: Unset::Value("Duration::from_secs(120)"),
        refusal: Some("`idle_timeout` must be zero (never) or from 10 milliseconds to 30 days"),
        docs: "Ends a connection from which no byte has arrived for this time, with code 1006. \
               Zero: never",
    },
    Setting {
        name: "send_pings",
        ty: "bool",
        default: Unset::Value("true"),
        refusal: None,
        docs: "Whether the server sends pings: every `ping_interval`, and shortly before \
               `idle_timeout`",
    },
    Setting {
        name: "ping_interval",
        ty: "Duration",
        default: Unset::Value("Duration::from_secs(25)"),
        refusal: Some(
            "`ping_interval` must be zero (only before the idle timeout) or from 10 milliseconds \
             to 30 days",
        ),
        docs: "Sends a ping when nothing has arrived, or nothing has been written, for this time. \
               Zero: only shortly before `idle_timeout`",
    },
    Setting {
        name: "max_lifetime",
        ty: "Duration",
        default: Unset::NoLimit {
            example: "Duration::from_secs(60 * 60)",
        },
        refusal: Some("`max_lifetime` must be zero (never) or from 10 milliseconds to 30 days"),
        docs: "Closes a connection with code 1001 after this time. Zero: never. \
               [`expires_in`](Socket::expires_in) takes its place for one connection",
    },
    Setting {
        name: "handshake_timeout",
        ty: "Duration",
        default: Unset::Value("Duration::from_secs(30)"),
        refusal: Some(
            "`handshake_timeout` must be zero (never) or from 10 milliseconds to 30 days",
        ),
        docs: "Answers a handshake with 503 when `attach` and its extractors take longer than \
               this. Zero: they may take any time",
    },
    Setting {
        name: "close_timeout",
        ty: "Duration",
        default: Unset::Value("Duration::from_secs(5)"),
        refusal: Some("`close_timeout` must be from 10 milliseconds to 30 days"),
        docs: "Cuts a connection off when the peer does not read what is queued and answer the \
               Close frame within this time",
    },
    Setting {
        name: "handler_timeout",
        ty: "Duration",
        default: Unset::NoLimit {
            example: "Duration::from_secs(10)",
        },
        refusal: Some("`handler_timeout` must be from 10 milliseconds to 30 days"),
        docs: "Drops an `async` handler that runs longer than this, calls `error` with \
               [`HandlerError::TimedOut`], and closes the connection with code 1011",
    },
    Setting {
        name: "max_message_size",
        ty: "usize",
        default: Unset::Value("16 * 1024 * 1024"),
        refusal: Some("`max_message_size` must be from 1 byte to 1 GiB"),
        docs: "Bytes of the largest message, as it travels and inflated. A larger one closes the \
               connection with code 1009",
    },
    Setting {
        name: "max_frames_per_message",
        ty: "u32",
        default: Unset::Value("128 * 1024"),
        refusal: Some("`max_frames_per_message` must be at least 1"),
        docs: "Frames that a message may come in, without control frames. One more closes the \
               connection with code 1008",
    },
    Setting {
        name: "max_message_rate",
        ty: "MessageRate",
        default: Unset::NoLimit {
            example: "MessageRate { per_second: 10, burst: 100 }",
        },
        refusal: Some("`per_second` and `burst` of `max_message_rate` must be from 1 to 1,000,000"),
        docs: "Messages, pings and pongs that a peer may send: per second in the long run, and at \
               once. One more closes the connection with code 1008, see [`MessageRate`]",
    },
    Setting {
        name: "max_subscriptions",
        ty: "u32",
        default: Unset::Value("4096"),
        refusal: Some("`max_subscriptions` must be at least 1"),
        docs: "Topics that a socket may be subscribed to at a time. \
               [`subscribe`](Socket::subscribe) to another one returns `false`",
    },
    Setting {
        name: "max_topics",
        ty: "u32",
        default: Unset::Value("128"),
        refusal: None,
        docs: "Topics that a client may have joined at a time by `#[join]` functions. Joining another \
               one is answered with a fault. Zero: a client joins none",
    },
    Setting {
        name: "max_topic_len",
        ty: "usize",
        default: Unset::Value("1024"),
        refusal: Some("`max_topic_len` must be from 1 byte to 1 GiB"),
        docs: "Bytes of the longest topic. [`subscribe`](Socket::subscribe) to a longer one \
               returns `false`",
    },
    Setting {
        name: "backpressure_limit",
        ty: "usize",
        default: Unset::Value("1024 * 1024"),
        refusal: Some("`backpressure_limit` must be from 1 byte to 1 GiB"),
        docs: "Bytes that may wait for a slow peer. A message that does not fit is \
               [`Dropped`](SendStatus::Dropped)",
    },
    Setting {
        name: "close_on_backpressure_limit",
        ty: "bool",
        default: Unset::Value("false"),
        refusal: None,
        docs: "Whether a message above `backpressure_limit` cuts the peer off instead of being \
               dropped",
    },
    Setting {
        name: "publish_to_self",
        ty: "bool",
        default: Unset::Value("false"),
        refusal: None,
        docs: "Whether [`ws.publish`](Socket::publish) reaches `ws` itself",
    },
    Setting {
        name: "compression",
        ty: "Compression",
        default: Unset::Value("Compression::Off"),
        refusal: Some("the `window_bits` of `compression` must be from 9 to 15"),
        docs: "Whether messages may be compressed, and how, see [`Compression`]",
    },
    Setting {
        name: "compression_threshold",
        ty: "usize",
        default: Unset::Value("64"),
        refusal: Some("`compression_threshold` must be from 1 byte to 1 GiB"),
        docs: "Bytes of the smallest message that is compressed",
    },
    Setting {
        name: "protocols",
        ty: "&'static [&'static str]",
        default: Unset::Value("&[]"),
        refusal: Some("each of `protocols` must be a token, such as `chat.v2`"),
        docs: "The subprotocols of the server, the preferred one first. The first one that the \
               client offers is agreed",
    },
    Setting {
        name: "hosts",
        ty: "&'static [&'static str]",
        default: Unset::Value("&[]"),
        refusal: Some(
            "each of `hosts` is a name or an address: `example.com`, `127.0.0.1` or `[::1]`",
        ),
        docs: "The names that the header `Host` may have, with any port. Another one is answered \
               with 421. An empty list accepts every name",
    },
    Setting {
        name: "origins",
        ty: "Origins",
        default: Unset::Value("Origins::SameHost"),
        refusal: Some("`origins` must name at least one, or be `SameHost` or `Any`"),
        docs: "The pages that may connect, see [`Origins`]. A page of another origin is answered \
               with 403",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_found_by_its_name() {
        for Setting { name, .. } in settings() {
            let ident: Ident = syn::parse_str(name).unwrap();
            assert_eq!(Setting::named(&ident).map(|it| it.name), Some(*name));
        }
        let other: Ident = syn::parse_str("workers").unwrap();
        assert!(Setting::named(&other).is_none());
    }

    #[test]
    fn examples_are_arguments_of_the_attribute() {
        for setting in settings() {
            let example = setting.example();
            let assigned: syn::ExprAssign = syn::parse_str(&example).unwrap();
            assert!(
                matches!(&*assigned.left, syn::Expr::Path(path) if path.path.is_ident(setting.name))
            );
        }
    }

    #[test]
    fn a_bool_without_a_value_was_meant_to_change_something() {
        for (name, meant) in [
            ("publish_to_self", "publish_to_self = true"),
            ("send_pings", "send_pings = false"),
            ("idle_timeout", "idle_timeout = Duration::from_secs(120)"),
        ] {
            let name: Ident = syn::parse_str(name).unwrap();
            assert_eq!(Setting::named(&name).unwrap().meant(), meant);
        }
    }

    #[test]
    fn every_setting_is_in_the_example_that_has_all() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../ui-tests/examples/settings.rs"
        );
        let code = std::fs::read_to_string(path).unwrap();
        for Setting { name, .. } in settings() {
            assert!(code.contains(&format!("        {name} = ")), "{name}");
        }
    }
}

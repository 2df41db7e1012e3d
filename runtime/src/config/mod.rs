//! The settings of an endpoint: every limit of a connection, in one place.

mod entries;
mod origins;

use std::time::Duration;

use self::origins::AtRunTime;
pub use self::origins::Origins;
pub(crate) use self::origins::OriginsAtRunTime;
use crate::{compression::Compression, guard, rate::MessageRate};

/// The settings of an endpoint. Each is documented on [`Service`](crate::Service), which sets them
/// at run time; the attribute's arguments go through the same functions at compile time.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) idle_timeout: Duration,
    pub(crate) send_pings: bool,
    pub(crate) ping_interval: Duration,
    pub(crate) max_lifetime: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) handler_timeout: Option<Duration>,
    pub(crate) max_message_size: usize,
    pub(crate) max_frames_per_message: u32,
    pub(crate) max_message_rate: Option<MessageRate>,
    pub(crate) max_subscriptions: u32,
    pub(crate) max_topics: u32,
    pub(crate) max_topic_len: usize,
    pub(crate) backpressure_limit: usize,
    pub(crate) close_on_backpressure_limit: bool,
    pub(crate) publish_to_self: bool,
    pub(crate) compression: Compression,
    pub(crate) compression_threshold: usize,
    pub(crate) protocols: &'static [&'static str],
    pub(crate) hosts: &'static [&'static str],
    pub(crate) origins: Origins,
    pub(crate) at_run_time: AtRunTime,
    /// The limit for unsent control frames, in bytes. Above it only the newest pong is kept.
    pub(crate) control_limit: usize,
    /// Whether the module has a `dropped` handler. If so, dropped messages are kept for it.
    pub(crate) tells_dropped: bool,
    /// Whether the module has a `subscription` handler.
    pub(crate) tells_subscription: bool,
    /// The path at which the endpoint is mounted, for the log.
    pub(crate) path: guard::Path,
}

const MIN_TIMEOUT: Duration = Duration::from_millis(10);
const MAX_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MAX_SIZE: usize = 1 << 30;
const MAX_RATE: u32 = 1_000_000;

impl Config {
    /// The defaults, from which `Service` and the attribute start.
    pub const DEFAULT: Self = Self {
        idle_timeout: Duration::from_secs(120),
        send_pings: true,
        ping_interval: Duration::from_secs(25),
        max_lifetime: Duration::ZERO,
        handshake_timeout: Duration::from_secs(30),
        close_timeout: Duration::from_secs(5),
        handler_timeout: None,
        max_message_size: 16 << 20,
        max_frames_per_message: 1 << 17,
        max_message_rate: None,
        max_subscriptions: 4096,
        max_topics: 128,
        max_topic_len: 1024,
        backpressure_limit: 1 << 20,
        close_on_backpressure_limit: false,
        publish_to_self: false,
        compression: Compression::Off,
        compression_threshold: 64,
        protocols: &[],
        hosts: &[],
        origins: Origins::SameHost,
        at_run_time: AtRunTime {
            hosts: None,
            origins: None,
        },
        control_limit: 4096,
        tells_dropped: false,
        tells_subscription: false,
        path: None,
    };

    #[track_caller]
    #[doc(hidden)]
    pub const fn idle_timeout(mut self, value: Duration) -> Self {
        assert!(
            value.is_zero() || is_timeout(value),
            "`idle_timeout` must be zero (never) or from 10 milliseconds to 30 days"
        );
        self.idle_timeout = value;
        self
    }

    #[doc(hidden)]
    pub const fn send_pings(mut self, value: bool) -> Self {
        self.send_pings = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn ping_interval(mut self, value: Duration) -> Self {
        assert!(
            value.is_zero() || is_timeout(value),
            "`ping_interval` must be zero (only before the idle timeout) or from 10 milliseconds \
             to 30 days"
        );
        self.ping_interval = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn handler_timeout(mut self, value: Duration) -> Self {
        assert!(
            is_timeout(value),
            "`handler_timeout` must be from 10 milliseconds to 30 days"
        );
        self.handler_timeout = Some(value);
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn max_lifetime(mut self, value: Duration) -> Self {
        assert!(
            value.is_zero() || is_timeout(value),
            "`max_lifetime` must be zero (never) or from 10 milliseconds to 30 days"
        );
        self.max_lifetime = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn handshake_timeout(mut self, value: Duration) -> Self {
        assert!(
            value.is_zero() || is_timeout(value),
            "`handshake_timeout` must be zero (never) or from 10 milliseconds to 30 days"
        );
        self.handshake_timeout = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn close_timeout(mut self, value: Duration) -> Self {
        assert!(
            is_timeout(value),
            "`close_timeout` must be from 10 milliseconds to 30 days"
        );
        self.close_timeout = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn max_message_size(mut self, value: usize) -> Self {
        assert!(
            is_size(value),
            "`max_message_size` must be from 1 byte to 1 GiB"
        );
        self.max_message_size = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn max_frames_per_message(mut self, value: u32) -> Self {
        assert!(value >= 1, "`max_frames_per_message` must be at least 1");
        self.max_frames_per_message = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn max_message_rate(mut self, value: MessageRate) -> Self {
        assert!(
            is_rate(value.per_second) && is_rate(value.burst),
            "`per_second` and `burst` of `max_message_rate` must be from 1 to 1,000,000"
        );
        self.max_message_rate = Some(value);
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn max_subscriptions(mut self, value: u32) -> Self {
        assert!(value >= 1, "`max_subscriptions` must be at least 1");
        self.max_subscriptions = value;
        self
    }

    #[doc(hidden)]
    pub const fn max_topics(mut self, value: u32) -> Self {
        self.max_topics = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn max_topic_len(mut self, value: usize) -> Self {
        assert!(
            is_size(value),
            "`max_topic_len` must be from 1 byte to 1 GiB"
        );
        self.max_topic_len = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn backpressure_limit(mut self, value: usize) -> Self {
        assert!(
            is_size(value),
            "`backpressure_limit` must be from 1 byte to 1 GiB"
        );
        self.backpressure_limit = value;
        self
    }

    #[doc(hidden)]
    pub const fn close_on_backpressure_limit(mut self, value: bool) -> Self {
        self.close_on_backpressure_limit = value;
        self
    }

    #[doc(hidden)]
    pub const fn publish_to_self(mut self, value: bool) -> Self {
        self.publish_to_self = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn compression(mut self, value: Compression) -> Self {
        assert!(
            value.is_valid(),
            "the `window_bits` of `compression` must be from 9 to 15"
        );
        self.compression = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn compression_threshold(mut self, value: usize) -> Self {
        assert!(
            is_size(value),
            "`compression_threshold` must be from 1 byte to 1 GiB"
        );
        self.compression_threshold = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn protocols(mut self, value: &'static [&'static str]) -> Self {
        let mut i = 0;
        while i < value.len() {
            assert!(
                is_token(value[i]),
                "each of `protocols` must be a token, such as `chat.v2`"
            );
            i += 1;
        }
        self.protocols = value;
        self
    }
}

const fn is_timeout(value: Duration) -> bool {
    let millis = value.as_millis();
    millis >= MIN_TIMEOUT.as_millis() && millis <= MAX_TIMEOUT.as_millis()
}

const fn is_size(value: usize) -> bool {
    value >= 1 && value <= MAX_SIZE
}

const fn is_rate(value: u32) -> bool {
    value >= 1 && value <= MAX_RATE
}

/// Whether this is a token, as the name of a subprotocol must be
/// ([RFC 9110 section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
const fn is_token(value: &str) -> bool {
    let bytes = value.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let ok = bytes[i].is_ascii_alphanumeric()
            || matches!(
                bytes[i],
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        if !ok {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn accepts(set: impl FnOnce(Config) -> Config + std::panic::UnwindSafe) -> bool {
        catch_unwind(|| set(Config::DEFAULT)).is_ok()
    }

    #[test]
    fn timeouts_are_checked_at_both_edges() {
        assert!(accepts(|c| c.idle_timeout(Duration::ZERO)));
        assert!(!accepts(|c| c.idle_timeout(Duration::from_millis(9))));
        assert!(accepts(|c| c.idle_timeout(Duration::from_millis(10))));
        assert!(accepts(|c| c.idle_timeout(MAX_TIMEOUT)));
        assert!(!accepts(
            |c| c.idle_timeout(MAX_TIMEOUT + Duration::from_millis(1))
        ));
        assert!(accepts(|c| c.ping_interval(Duration::ZERO)));
        assert!(!accepts(|c| c.ping_interval(Duration::from_millis(9))));
        assert!(accepts(|c| c.ping_interval(MIN_TIMEOUT)));
        assert!(accepts(|c| c.ping_interval(MAX_TIMEOUT)));
        assert!(!accepts(
            |c| c.ping_interval(MAX_TIMEOUT + Duration::from_millis(1))
        ));
        assert!(!accepts(|c| c.handler_timeout(Duration::ZERO)));
        assert!(!accepts(|c| c.handler_timeout(Duration::from_millis(9))));
        assert!(accepts(|c| c.handler_timeout(MIN_TIMEOUT)));
        assert!(accepts(|c| c.handler_timeout(MAX_TIMEOUT)));
        assert!(!accepts(
            |c| c.handler_timeout(MAX_TIMEOUT + Duration::from_millis(1))
        ));
        assert!(accepts(|c| c.max_lifetime(Duration::ZERO)));
        assert!(!accepts(
            |c| c.max_lifetime(MIN_TIMEOUT - Duration::from_millis(1))
        ));
        assert!(accepts(|c| c.max_lifetime(MIN_TIMEOUT)));
        assert!(accepts(|c| c.max_lifetime(MAX_TIMEOUT)));
        assert!(!accepts(
            |c| c.max_lifetime(MAX_TIMEOUT + Duration::from_millis(1))
        ));
        assert!(accepts(|c| c.handshake_timeout(Duration::ZERO)));
        assert!(!accepts(|c| c.handshake_timeout(Duration::from_millis(9))));
        assert!(accepts(|c| c.handshake_timeout(MIN_TIMEOUT)));
        assert!(!accepts(|c| c.close_timeout(Duration::ZERO)));
        assert!(accepts(|c| c.close_timeout(MIN_TIMEOUT)));
        assert!(accepts(|c| c.close_timeout(MAX_TIMEOUT)));
        assert!(!accepts(
            |c| c.close_timeout(MAX_TIMEOUT + Duration::from_millis(1))
        ));
    }

    #[test]
    fn frames_and_rates_are_checked_at_both_edges() {
        assert!(!accepts(|c| c.max_frames_per_message(0)));
        assert!(accepts(|c| c.max_frames_per_message(1)));
        assert!(accepts(|c| c.max_frames_per_message(u32::MAX)));
        for (value, accepted) in [
            (0, false),
            (1, true),
            (MAX_RATE, true),
            (MAX_RATE + 1, false),
        ] {
            for (per_second, burst) in [(value, 1), (1, value)] {
                let rate = MessageRate { per_second, burst };
                assert_eq!(accepts(|c| c.max_message_rate(rate)), accepted, "{rate:?}");
            }
        }
    }

    #[test]
    fn subscriptions_are_checked_at_both_edges() {
        assert!(!accepts(|c| c.max_subscriptions(0)));
        assert!(accepts(|c| c.max_subscriptions(1)));
        assert!(accepts(|c| c.max_subscriptions(u32::MAX)));
        assert!(accepts(|c| c.max_topics(0)));
        assert!(accepts(|c| c.max_topics(u32::MAX)));
    }

    #[test]
    fn sizes_are_checked_at_both_edges() {
        for set in [
            Config::max_message_size,
            Config::max_topic_len,
            Config::backpressure_limit,
            Config::compression_threshold,
        ] {
            assert!(!accepts(|c| set(c, 0)));
            assert!(accepts(|c| set(c, 1)));
            assert!(accepts(|c| set(c, MAX_SIZE)));
            assert!(!accepts(|c| set(c, MAX_SIZE + 1)));
        }
    }

    #[test]
    fn windows_are_checked_at_both_edges() {
        for (window_bits, valid, nearest) in [
            (0, false, 9),
            (8, false, 9),
            (9, true, 9),
            (15, true, 15),
            (16, false, 15),
            (255, false, 15),
        ] {
            let value = Compression::Dedicated { window_bits };
            assert_eq!(accepts(|c| c.compression(value)), valid, "{value:?}");
            let expected = Compression::Dedicated {
                window_bits: nearest,
            };
            assert_eq!(value.clamped(), expected);
        }
        assert!(accepts(|c| c.compression(Compression::Off)));
        assert!(accepts(|c| c.compression(Compression::Shared)));
    }

    #[test]
    fn protocols_are_tokens() {
        assert!(accepts(
            |c| c.protocols(&["chat.v2", "graphql-transport-ws"])
        ));
        assert!(!accepts(|c| c.protocols(&["chat", ""])));
        assert!(!accepts(|c| c.protocols(&["two words"])));
    }
}

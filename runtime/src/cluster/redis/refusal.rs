//! What the errors of Redis mean for an operator. Pure.

use super::super::broker::{BrokerError, Kind};

/// What was asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The password is never in an error: servers repeat the arguments of a command that they do not
    /// know.
    Login,
    Greeting,
    Publish,
    Subscribe,
}

/// Translates an error, which is a word and a text: `NOPERM this user has …`.
pub(super) fn explain(error: &[u8], asked: Asked) -> BrokerError {
    let text = String::from_utf8_lossy(error);
    let has = |part: &str| text.contains(part);
    let (kind, hint) = match text.split([' ', ':']).next().unwrap_or_default() {
        "WRONGPASS" => (Kind::Refused, WRONG),
        "NOAUTH" => (
            Kind::Refused,
            "the server wants a password (`requirepass` or a user of its ACL), and the URL has none",
        ),
        "NOPERM" | "NOAUTHZ" => (Kind::Refused, no_permission(asked)),
        "DENIED" => (
            Kind::Refused,
            "the server is in protected mode: set `requirepass`, or `protected-mode no` in a network \
             that you trust",
        ),
        "OOM" => (
            Kind::Refused,
            "the server has no memory left: raise `maxmemory`",
        ),
        "READONLY" => (Kind::Refused, REPLICA),
        "LOADING" => (Kind::Unreachable, "the server still loads its data"),
        "MASTERDOWN" => (
            Kind::Unreachable,
            "the server is a replica without its primary: use the address of the primary",
        ),
        "BUSY" => (Kind::Unreachable, "the server is busy with a script"),
        "CLUSTERDOWN" => (
            Kind::Unreachable,
            "the Redis Cluster is down: a part of its slots has no server",
        ),
        _ if has("max number of clients") => (
            Kind::Refused,
            "the server has no room for another client: raise `maxclients`",
        ),
        _ if asked == Asked::Login => (Kind::Refused, login(&text)),
        _ if has("unknown command") => (
            Kind::Refused,
            "the server does not know PUBLISH or SUBSCRIBE: look for `rename-command`, or for a \
             proxy without Pub/Sub",
        ),
        _ => {
            // Words of the server: they name nothing but commands and channels here.
            let kind = Kind::Refused;
            return BrokerError::new(kind, format!("the server refused a command: {text}"));
        }
    };
    BrokerError::new(kind, hint)
}

const WRONG: &str = "the user or the password of the URL is wrong: compare it with `requirepass` or the server's ACL";

pub(super) const REPLICA: &str = "the server is a read-only replica: its publishes do not reach the \
                                  other servers; use the address of the primary";

pub(super) const SENTINEL: &str =
    "the server is a Sentinel, which passes no messages: use the address of the primary";

fn no_permission(asked: Asked) -> &'static str {
    match asked {
        Asked::Login | Asked::Greeting => {
            "the user of the URL may not log in: look at the server's ACL"
        }
        Asked::Publish => {
            "the user may not publish: its ACL needs `+publish` and the channels `&PREFIX:*`, with \
             the prefix of the cluster"
        }
        Asked::Subscribe => {
            "the user may not subscribe: its ACL needs `+subscribe +unsubscribe` and the channels \
             `&PREFIX:*`, with the prefix of the cluster"
        }
    }
}

/// The errors of AUTH without a word of their own.
fn login(text: &str) -> &'static str {
    if text.contains("without any password") {
        return "the URL has a password, and the server has none: set `requirepass`, or remove it \
                from the URL";
    }
    if text.contains("wrong number of arguments") {
        return "the URL has a user, and the server is older than Redis 6, which has only a password: \
                write `redis://:password@host`";
    }
    if text.contains("invalid password") {
        return WRONG;
    }
    "the server refused the login of the URL"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_setting() {
        let texts = [
            (
                "WRONGPASS invalid username-password pair or user is disabled.",
                Asked::Login,
                "requirepass",
            ),
            ("ERR invalid password", Asked::Login, "requirepass"),
            (
                "ERR AUTH <password> called without any password configured for the default user.",
                Asked::Login,
                "requirepass",
            ),
            (
                "ERR wrong number of arguments for 'auth' command",
                Asked::Login,
                "redis://:password@host",
            ),
            (
                "NOAUTH Authentication required.",
                Asked::Greeting,
                "requirepass",
            ),
            (
                "NOPERM this user has no permissions to run the 'publish' command",
                Asked::Publish,
                "+publish",
            ),
            (
                "NOPERM No permissions to access a channel",
                Asked::Subscribe,
                "+subscribe",
            ),
            (
                "DENIED Redis is running in protected mode",
                Asked::Greeting,
                "protected-mode",
            ),
            (
                "ERR max number of clients reached",
                Asked::Greeting,
                "maxclients",
            ),
            (
                "ERR max number of clients + cluster connections reached",
                Asked::Login,
                "maxclients",
            ),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                Asked::Publish,
                "maxmemory",
            ),
            (
                "READONLY You can't write against a read only replica.",
                Asked::Publish,
                "primary",
            ),
            (
                "ERR unknown command 'PUBLISH', with args beginning with: 'a'",
                Asked::Publish,
                "rename-command",
            ),
            ("ERR something new", Asked::Publish, "ERR something new"),
        ];
        for (error, asked, setting) in texts {
            let explained = explain(error.as_bytes(), asked);
            assert_eq!(explained.kind(), Kind::Refused, "{error}");
            assert!(
                explained.to_string().contains(setting),
                "{error}: {explained}"
            );
            assert!(
                !explained.to_string().contains("bytes)"),
                "cut: {explained}"
            );
        }
    }

    #[test]
    fn what_passes_by_itself_is_no_refusal() {
        for error in [
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN The cluster is down",
            "BUSY Redis is busy",
            "MASTERDOWN Link with MASTER is down",
        ] {
            assert_eq!(
                explain(error.as_bytes(), Asked::Publish).kind(),
                Kind::Unreachable
            );
        }
    }

    #[test]
    fn no_error_of_a_login_repeats_what_was_sent() {
        let error = b"ERR unknown command 'AUTH', with args beginning with: 'user' 'secret'";
        let explained = explain(error, Asked::Login).to_string();
        assert_eq!(explained, "the server refused the login of the URL");
    }

    #[test]
    fn bytes_that_are_no_text_are_explained_too() {
        let explained = explain(b"ERR \xff\x1b[2J", Asked::Publish).to_string();
        assert!(!explained.contains('\x1b'), "{explained}");
    }
}

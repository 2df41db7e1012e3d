//! The errors of a server, as sentences that name the setting.

use super::{
    super::broker::{BrokerError, Kind},
    address::Login,
};

/// The most characters of the server's words in a sentence of ours.
const MAX_WORDS: usize = 80;

/// Words of a `-ERR` in lower case, and what they mean. The first that is in the text counts.
const MEANINGS: &[(&str, Kind, &str)] = &[
    (
        "authentication timeout",
        Kind::Refused,
        "the server has waited too long for the login (`timeout` of `authorization`)",
    ),
    (
        "expired",
        Kind::Refused,
        "the login has expired (`authorization`)",
    ),
    (
        "revoked",
        Kind::Refused,
        "the login has been revoked (`authorization`)",
    ),
    (
        "permissions violation for subscription",
        Kind::Refused,
        "the login may not subscribe to a subject (`permissions`)",
    ),
    (
        "permissions violation for publish",
        Kind::Refused,
        "the login may not publish to a subject (`permissions`)",
    ),
    (
        "maximum account active connections exceeded",
        Kind::Refused,
        "the account has as many connections as it may have (`max_connections` of the account)",
    ),
    (
        "maximum connections exceeded",
        Kind::Refused,
        "the server has as many connections as it may have (`max_connections`)",
    ),
    (
        "maximum subscriptions exceeded",
        Kind::Refused,
        "the connection has as many subscriptions as it may have (`max_subscriptions`)",
    ),
    (
        "maximum payload",
        Kind::Refused,
        "a message is larger than the server takes (`max_payload`)",
    ),
    (
        "maximum control line",
        Kind::Refused,
        "a subject is longer than the server takes (`max_control_line`)",
    ),
    (
        "stale connection",
        Kind::Broken,
        "the server has closed the connection, because it got no answer in time (`ping_interval`, \
         `ping_max`)",
    ),
    (
        "slow consumer",
        Kind::Broken,
        "the server has closed the connection, because this node read too slowly (`max_pending`, \
         `write_deadline`)",
    ),
    (
        "tls required",
        Kind::Refused,
        "the server requires TLS (`tls`): write `tls://`",
    ),
    (
        "attempted to connect to",
        Kind::Protocol,
        "this port of the server is for other servers, not for clients (`port`)",
    ),
    ("server shutdown", Kind::Broken, "the server shuts down"),
];

/// The error that a `-ERR` means.
pub(super) fn meaning(text: &str) -> BrokerError {
    let lower = text.to_ascii_lowercase();
    let known = MEANINGS.iter().find(|(words, ..)| lower.contains(words));
    match known {
        Some((words, kind, meaning)) if words.starts_with("permissions") => {
            let subject = quoted(text)
                .map(|it| format!(": {}", cut(it)))
                .unwrap_or_default();
            BrokerError::new(*kind, format!("{meaning}{subject}"))
        }
        Some((_, kind, meaning)) => BrokerError::new(*kind, meaning),
        None if lower.contains("authorization violation") => login_refused(),
        None => BrokerError::new(Kind::Refused, format!("the server says: {}", cut(text))),
    }
}

/// The error that a `-ERR` means during the handshake. `wants_nkey`: the server has sent a nonce.
pub(super) fn of_handshake(text: &str, login: &Login, wants_nkey: bool) -> BrokerError {
    if !text
        .to_ascii_lowercase()
        .contains("authorization violation")
    {
        return meaning(text);
    }
    match (login, wants_nkey) {
        (Login::None, true) => BrokerError::new(
            Kind::Refused,
            "the account requires an nkey or a credentials file, which levante does not support: use \
             a user with a password, or a token (`authorization`)",
        ),
        (Login::None, false) => BrokerError::new(
            Kind::Refused,
            "the server requires a login (`authorization`): write `nats://user:password@host`",
        ),
        (_, true) => BrokerError::new(
            Kind::Refused,
            "the server refuses the login (`authorization`); levante does not support an nkey or a \
             credentials file",
        ),
        (_, false) => login_refused(),
    }
}

/// The subject of a message that the login may not publish.
pub(super) fn refused_subject(text: &str) -> Option<&str> {
    let words = text.get(..PUBLISH_VIOLATION.len())?;
    words
        .eq_ignore_ascii_case(PUBLISH_VIOLATION)
        .then(|| quoted(text))?
}

const PUBLISH_VIOLATION: &str = "Permissions Violation for Publish";

fn login_refused() -> BrokerError {
    BrokerError::new(
        Kind::Refused,
        "the server refuses the login of the address (`authorization`)",
    )
}

/// The text between the first and the last `"`.
fn quoted(text: &str) -> Option<&str> {
    let (_, text) = text.split_once('"')?;
    Some(text.rsplit_once('"')?.0)
}

/// The start of a text.
fn cut(text: &str) -> String {
    text.chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_setting() {
        for (text, kind, setting) in [
            ("Authorization Violation", Kind::Refused, "`authorization`"),
            (
                "Authentication Timeout",
                Kind::Refused,
                "`timeout` of `authorization`",
            ),
            (
                "User Authentication Expired",
                Kind::Refused,
                "`authorization`",
            ),
            (
                "User Authentication Revoked",
                Kind::Refused,
                "`authorization`",
            ),
            (
                "maximum connections exceeded",
                Kind::Refused,
                "(`max_connections`)",
            ),
            (
                "maximum account active connections exceeded",
                Kind::Refused,
                "`max_connections` of the account",
            ),
            (
                "maximum subscriptions exceeded",
                Kind::Refused,
                "`max_subscriptions`",
            ),
            ("Maximum Payload Violation", Kind::Refused, "`max_payload`"),
            (
                "maximum control line exceeded",
                Kind::Refused,
                "`max_control_line`",
            ),
            ("Stale Connection", Kind::Broken, "`ping_interval`"),
            ("Slow Consumer", Kind::Broken, "`max_pending`"),
            ("Secure Connection - TLS Required", Kind::Refused, "`tls`"),
            (
                "Attempted To Connect To Route Port",
                Kind::Protocol,
                "`port`",
            ),
            ("Server Shutdown", Kind::Broken, "shuts down"),
            (
                "Something New",
                Kind::Refused,
                "the server says: Something New",
            ),
            (
                "Permissions Violation for Publish to \"levante.t.a\"",
                Kind::Refused,
                "may not publish to a subject (`permissions`): levante.t.a",
            ),
            (
                "Permissions Violation for Subscription to \"levante.c\"",
                Kind::Refused,
                "may not subscribe to a subject (`permissions`): levante.c",
            ),
        ] {
            let error = meaning(text);
            assert_eq!(error.kind(), kind, "{text}");
            let error = error.to_string();
            assert!(error.contains(setting), "{text}: {error}");
            assert!(!error.contains('"'), "it is quoted or cut: {error}");
        }
        let long = format!(
            "Permissions Violation for Publish to \"{}\"",
            "x".repeat(5000)
        );
        let error = meaning(&long).to_string();
        assert!(
            error.contains("`permissions`") && error.len() <= 200,
            "{error}"
        );
    }

    #[test]
    fn a_refused_login_is_told_from_a_missing_one() {
        let user = Login::User {
            name: "ann".into(),
            password: "secret".into(),
        };
        for (login, wants_nkey, expected) in [
            (&Login::None, false, "requires a login"),
            (&Login::None, true, "requires an nkey or a credentials file"),
            (&user, false, "refuses the login"),
            (&user, true, "does not support an nkey"),
        ] {
            let error = of_handshake("Authorization Violation", login, wants_nkey).to_string();
            assert!(error.contains(expected), "{error}");
            assert!(
                error.contains("`authorization`") && !error.contains('"'),
                "{error}"
            );
        }
        let error = of_handshake("maximum connections exceeded", &user, true).to_string();
        assert!(error.contains("`max_connections`"), "{error}");
    }

    #[test]
    fn a_refused_message_is_known_by_its_subject() {
        let text = "Permissions Violation for Publish to \"a.b\"";
        assert_eq!(refused_subject(text), Some("a.b"));
        for text in [
            "Permissions Violation for Subscription to \"a.b\"",
            "Stale Connection",
            "größe",
        ] {
            assert_eq!(refused_subject(text), None);
        }
    }
}

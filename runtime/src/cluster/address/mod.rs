//! The parts that the addresses of all brokers have.

mod percent;

use std::{fmt, net::Ipv6Addr};

pub(super) use self::percent::decoded;

/// A host and its port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Host {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    pub(super) name: Box<str>,
    pub(super) port: u16,
}

impl Host {
    /// Parses `host`, `host:port` or `[IPv6]:port`. The error says what is wrong, and quotes nothing:
    /// the text may be a part of a password with an `@` or `/` in it.
    pub(super) fn parse(text: &str, default_port: u16) -> Result<Self, &'static str> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, rest) = rest
                    .split_once(']')
                    .ok_or("the address of a host begins with `[`, but has no `]`")?;
                let port = match rest {
                    "" => Some(""),
                    rest => rest.strip_prefix(':'),
                };
                (name.parse::<Ipv6Addr>().is_ok().then_some(name), port)
            }
            None => match text.split_once(':') {
                Some((name, port)) => (is_name(name).then_some(name), Some(port)),
                None => (is_name(text).then_some(text), Some("")),
            },
        };
        let name = name.ok_or("a host is missing, or is no name of a host")?;
        let port = match port {
            Some("") => default_port,
            port => port
                .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|port| port.parse().ok())
                .filter(|port| *port != 0)
                .ok_or("a port is not a number from 1 to 65535")?,
        };
        Ok(Self {
            name: name.into(),
            port,
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=253).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, &'static str> {
        Host::parse(text, 6379).map(|host| host.to_string())
    }

    #[test]
    fn a_host_has_a_name_and_a_port() {
        assert_eq!(parsed("localhost").as_deref(), Ok("localhost:6379"));
        assert_eq!(parsed("10.0.0.1:1").as_deref(), Ok("10.0.0.1:1"));
        assert_eq!(
            parsed("my_host.local:65535").as_deref(),
            Ok("my_host.local:65535")
        );
        assert_eq!(parsed("[::1]").as_deref(), Ok("[::1]:6379"));
        assert_eq!(parsed("[fe80::1]:7").as_deref(), Ok("[fe80::1]:7"));
        assert_eq!(parsed("host:").as_deref(), Ok("host:6379"));
        assert_eq!(parsed("[::1]:").as_deref(), Ok("[::1]:6379"));
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        let name = Err("a host is missing, or is no name of a host");
        let long = "a".repeat(254);
        for text in [
            "",
            ":1",
            "::1",
            "a b",
            "ä",
            "a/b",
            "[]",
            "[a]",
            "[1.2.3.4]",
            &long,
        ] {
            assert_eq!(parsed(text), name, "{text}");
        }
        let port = Err("a port is not a number from 1 to 65535");
        for text in ["a:0", "a:65536", "a:x", "a:+1", "a:-1", "[::1]1", "a:1:2"] {
            assert_eq!(parsed(text), port, "{text}");
        }
        let bracket = "the address of a host begins with `[`, but has no `]`";
        assert_eq!(parsed("[::1"), Err(bracket));
    }
}

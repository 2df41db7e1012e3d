//! Compares origins and hosts, to decide whether a page may connect (section 10.2).

use std::{net::Ipv6Addr, str};

/// Whether an `Origin` has the host and port of the `Host` header.
///
/// A missing port is the default of the origin's scheme, on both sides: behind a proxy that ends
/// TLS, the page is `https://a` while the request arrives by plain HTTP. The result is `false` if
/// an origin is malformed, is `null`, or has a scheme other than `http`, `https`, `ws` and `wss`.
pub(crate) fn same_host(origin: &[u8], host: &[u8]) -> bool {
    fn compare(origin: &[u8], host: &[u8]) -> Option<bool> {
        let (scheme, authority) = str::from_utf8(origin).ok()?.split_once("://")?;
        let default_port = default_port(scheme)?;
        let origin = Authority::parse(authority)?;
        let host = Authority::parse(str::from_utf8(host).ok()?)?;
        let same_port = origin.port.unwrap_or(default_port) == host.port.unwrap_or(default_port);
        Some(same_port && origin.host == host.host)
    }
    compare(origin, host).unwrap_or(false)
}

/// Whether two origins are the same. A missing port is the default of the scheme.
pub(crate) fn same_origin(one: &[u8], other: &[u8]) -> bool {
    fn compare(one: &[u8], other: &[u8]) -> Option<bool> {
        let (scheme, one) = str::from_utf8(one).ok()?.split_once("://")?;
        let (other_scheme, other) = str::from_utf8(other).ok()?.split_once("://")?;
        let default_port = default_port(scheme)?;
        let (one, other) = (Authority::parse(one)?, Authority::parse(other)?);
        let same_port = one.port.unwrap_or(default_port) == other.port.unwrap_or(default_port);
        Some(scheme.eq_ignore_ascii_case(other_scheme) && same_port && one.host == other.host)
    }
    // Origins with other schemes, such as those of browser extensions, have only one spelling.
    one.eq_ignore_ascii_case(other) || compare(one, other).unwrap_or(false)
}

/// Whether the page of an origin was loaded by TLS.
pub(crate) fn is_secure(origin: &[u8]) -> bool {
    let scheme = origin.split(|byte| *byte == b':').next();
    scheme.is_some_and(|it| it.eq_ignore_ascii_case(b"https") || it.eq_ignore_ascii_case(b"wss"))
}

/// Whether a `Host` header names this host. Its port is ignored.
pub(crate) fn is_host(host: &[u8], name: &str) -> bool {
    let host = str::from_utf8(host).ok().and_then(Authority::parse);
    let name = Authority::parse(name);
    host.zip(name)
        .is_some_and(|(host, name)| host.host == name.host)
}

fn default_port(scheme: &str) -> Option<u16> {
    let is = |name| scheme.eq_ignore_ascii_case(name);
    if is("http") || is("ws") {
        Some(80)
    } else if is("https") || is("wss") {
        Some(443)
    } else {
        None
    }
}

/// A host with an optional port (RFC 3986 section 3.2), without user information.
struct Authority<'a> {
    host: Host<'a>,
    port: Option<u16>,
}

enum Host<'a> {
    /// A name or an IPv4 address.
    Name(&'a str),
    V6(Ipv6Addr),
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            (Self::V6(a), Self::V6(b)) => a == b,
            (Self::Name(_), Self::V6(_)) | (Self::V6(_), Self::Name(_)) => false,
        }
    }
}

impl<'a> Authority<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(bracketed) => {
                let (address, rest) = bracketed.split_once(']')?;
                (Host::V6(address.parse().ok()?), rest)
            }
            None => {
                let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
                (Host::Name(Some(name).filter(|name| is_name(name))?), rest)
            }
        };
        Some(Self {
            host,
            port: parse_port(rest)?,
        })
    }
}

/// Whether this is a name or an IPv4 address, without a character that could end the host part.
fn is_name(text: &str) -> bool {
    let is_name_byte =
        |byte: u8| byte.is_ascii_graphic() && !b"/\\?#@[]:\"<>^`{|}%".contains(&byte);
    !text.is_empty() && text.bytes().all(is_name_byte)
}

/// Reads an empty text, or a colon and a port. `None` if it is malformed.
fn parse_port(text: &str) -> Option<Option<u16>> {
    if text.is_empty() {
        return Some(None);
    }
    let digits = text.strip_prefix(':')?;
    // `parse` alone would accept a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(origin: &str, host: &str) -> bool {
        same_host(origin.as_bytes(), host.as_bytes())
    }

    #[test]
    fn a_host_is_compared_without_case() {
        assert!(same("http://chat.example", "chat.example"));
        assert!(same("http://Chat.Example", "chat.EXAMPLE"));
        assert!(!same("http://chat.example", "example"));
        assert!(!same("http://chat.example", "chat.example.evil"));
        assert!(!same("http://chat.example", "evilchat.example"));
    }

    #[test]
    fn a_default_port_may_be_left_out_on_either_side() {
        for (scheme, port, other) in [
            ("http", 80, 443),
            ("ws", 80, 443),
            ("https", 443, 80),
            ("WSS", 443, 80),
        ] {
            assert!(same(&format!("{scheme}://a"), "a"));
            assert!(same(&format!("{scheme}://a"), &format!("a:{port}")));
            assert!(same(&format!("{scheme}://a:{port}"), "a"));
            assert!(!same(&format!("{scheme}://a"), &format!("a:{other}")));
            assert!(!same(&format!("{scheme}://a:{other}"), "a"));
        }
    }

    #[test]
    fn other_ports_must_be_equal() {
        assert!(same("http://a:8080", "a:8080"));
        assert!(!same("http://a:8080", "a:8081"));
        assert!(!same("http://a:8080", "a"));
        assert!(!same("http://a", "a:8080"));
        assert!(same("http://a:65535", "a:65535"));
    }

    #[test]
    fn ip_addresses_are_hosts() {
        assert!(same("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(same("http://[::1]", "[::1]"));
        assert!(same("http://[::1]:80", "[::1]"));
        assert!(same("https://[2001:db8::1]:8443", "[2001:DB8:0::1]:8443"));
        assert!(!same("http://[::1]", "[::2]"));
        assert!(!same("http://[::1]:8080", "[::1]"));
        assert!(!same("http://[::1]", "localhost"));
    }

    #[test]
    fn null_and_other_schemes_are_nobodys_host() {
        assert!(!same("null", "null"));
        assert!(!same("null://a", "a"));
        assert!(!same("file://", ""));
        assert!(!same("chrome-extension://a", "a"));
        assert!(!same("capacitor://localhost", "localhost"));
    }

    #[test]
    fn what_is_malformed_is_nobodys_host() {
        let authorities = [
            "",
            ":80",
            "a:",
            "a:+80",
            "a:65536",
            "a:8 0",
            "a:x",
            "a/",
            "a/b",
            "a?b",
            "a#b",
            "a@b",
            "b@a",
            "a b",
            " a",
            "a\\b",
            "a%20",
            "[::1",
            "::1]",
            "[]",
            "[a]",
            "[::1]x",
            "[::1]:",
            "[::1%25lo]",
            "a[::1]",
            "a:80:80",
            "\u{e4}",
        ];
        for authority in authorities {
            assert!(
                !same(&format!("http://{authority}"), authority),
                "{authority:?}"
            );
            assert!(!same(&format!("http://{authority}"), "a"), "{authority:?}");
            assert!(!same("http://a", authority), "{authority:?}");
        }
        assert!(!same("a", "a"));
        assert!(!same("http:/a", "a"));
        assert!(!same("http//a", "a"));
        assert!(!same_host(b"http://\xff", b"\xff"));
    }

    #[test]
    fn an_origin_is_the_same_in_each_spelling_of_it() {
        let same = |one: &str, other: &str| {
            let same = same_origin(one.as_bytes(), other.as_bytes());
            assert_eq!(same, same_origin(other.as_bytes(), one.as_bytes()));
            same
        };
        for (one, other) in [
            ("https://a", "https://a"),
            ("https://a", "HTTPS://A"),
            ("https://a", "https://a:443"),
            ("http://a:80", "http://a"),
            ("https://[2001:db8::1]", "https://[2001:DB8:0::1]"),
            ("chrome-extension://abc", "chrome-extension://abc"),
            ("file://", "file://"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("https://a", "http://a"),
            ("https://a", "https://b"),
            ("https://a", "https://a.b"),
            ("https://a", "https://ba"),
            ("https://a", "https://a:80"),
            ("https://a", "https://a/"),
            ("https://a", "a"),
            ("https://a", "null"),
            ("https://a", "https://x@a"),
            ("app://a", "app://b"),
            ("app://[::1]", "app://[0::1]"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_page_by_tls_is_told_by_its_scheme() {
        for origin in ["https://a", "HTTPS://a", "wss://a"] {
            assert!(is_secure(origin.as_bytes()), "{origin}");
        }
        for origin in ["", "http://a", "ws://a", "null", "httpss://a", "https"] {
            assert_eq!(is_secure(origin.as_bytes()), origin == "https", "{origin}");
        }
    }

    #[test]
    fn a_host_is_known_with_each_port() {
        for (host, name) in [
            ("a", "a"),
            ("A.Example", "a.example"),
            ("a:80", "a"),
            ("a:65535", "a"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[0:0::1]:8080", "[::1]"),
        ] {
            assert!(is_host(host.as_bytes(), name), "{host} {name}");
        }
        for (host, name) in [
            ("", "a"),
            ("b", "a"),
            ("a.b", "a"),
            ("b.a", "a"),
            ("a.", "a"),
            ("a:", "a"),
            ("a:x", "a"),
            ("a/", "a"),
            ("x@a", "a"),
            ("a, b", "a"),
            ("[::2]", "[::1]"),
        ] {
            assert!(!is_host(host.as_bytes(), name), "{host} {name}");
        }
        assert!(!is_host(b"\xff", "a"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn nothing_makes_it_panic(origin: Vec<u8>, host: Vec<u8>, text in ".*") {
            same_host(&origin, &host);
            same_origin(&origin, &host);
            is_host(&host, &text);
            is_secure(&origin);
            same_host(format!("http://{text}").as_bytes(), text.as_bytes());
        }

        #[test]
        fn a_host_is_the_same_as_itself(name in "[a-z0-9.-]{1,20}", port: u16) {
            prop_assert!(same(&format!("https://{name}:{port}"), &format!("{name}:{port}")), "");
        }
    }
}

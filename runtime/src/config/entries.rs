//! Checks how the entries of `origins` and `hosts` are written.

/// The fault of an entry of `origins`; `None` if the entry is valid. A browser never sends an origin
/// that has a fault.
pub(super) const fn origin_fault(entry: &str) -> Option<&'static str> {
    let entry = entry.as_bytes();
    if is(entry, b"*") {
        return Some("to accept every origin, set `origins` to `Origins::Any` instead of `*`");
    }
    if is(entry, b"null") {
        return Some(
            "`null` in `origins` would be any page that hides its origin, also a hostile one: if \
             that must be, accept it with `Service::origins_if`",
        );
    }
    let Some((scheme, rest)) = split_at_scheme(entry) else {
        return Some("each of `origins` begins with its scheme: `https://example.com`");
    };
    if is(scheme, b"ws") || is(scheme, b"wss") {
        return Some(
            "each of `origins` is the origin of a page: `https://example.com`, not \
             `wss://example.com`",
        );
    }
    if contains(rest, b'*') {
        return Some(
            "`*` in `origins` stands for nothing: list each origin, or decide with \
             `Service::origins_if`",
        );
    }
    if contains(rest, b'/') || contains(rest, b'?') || contains(rest, b'#') {
        return Some(
            "each of `origins` ends with its host or port, without a slash or a path: \
             `https://example.com`",
        );
    }
    if !rest.is_ascii() {
        return Some(NOT_ASCII);
    }
    let is_web = is(scheme, b"http") || is(scheme, b"https");
    let (host, port) = match split_host(rest) {
        Ok((host, port)) => (host, port),
        Err(fault) => return Some(fault),
    };
    if !is_host(host) && (is_web || !host.is_empty()) {
        return Some("each of `origins` has a host behind its scheme: `https://example.com`");
    }
    let Some(port) = port else {
        return None;
    };
    if is(scheme, b"http") && is(port, b"80") || is(scheme, b"https") && is(port, b"443") {
        return Some(
            "browsers leave out the port that is the scheme's own, so each of `origins` does: \
             `https://example.com`, not `https://example.com:443`",
        );
    }
    if !is_port(port) {
        return Some("a port of `origins` is a number from 1 to 65535: `https://example.com:8443`");
    }
    None
}

/// The fault of an entry of `hosts`; `None` if the entry is valid. No `Host` header has a name that
/// has a fault.
pub(super) const fn host_fault(entry: &str) -> Option<&'static str> {
    let entry = entry.as_bytes();
    if contains(entry, b'*') {
        return Some("`*` in `hosts` stands for nothing: list each name, or leave `hosts` out");
    }
    if split_at_scheme(entry).is_some() || contains(entry, b'/') {
        return Some("each of `hosts` is a name alone, without a scheme or a path: `example.com`");
    }
    if !entry.is_ascii() {
        return Some(NOT_ASCII);
    }
    match split_host(entry) {
        Err(fault) => Some(fault),
        Ok((_, Some(_))) => {
            Some("each of `hosts` is without a port, and stands for every port: `example.com`")
        }
        Ok((host, None)) if !is_host(host) => {
            Some("each of `hosts` is a name or an address: `example.com`, `127.0.0.1` or `[::1]`")
        }
        Ok((_, None)) => None,
    }
}

const NOT_ASCII: &str = "browsers send the name of a host in ASCII: write `xn--mnchen-3ya.example` \
                         for `münchen.example`";
const BRACKETS: &str = "an IPv6 address stands in brackets: `[::1]`";

/// Splits an entry into the scheme and the text after `://`.
const fn split_at_scheme(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut i = 0;
    while i < entry.len() && is_scheme_byte(entry[i]) {
        i += 1;
    }
    let (scheme, rest) = entry.split_at(i);
    match rest {
        [b':', b'/', b'/', rest @ ..] if i > 0 && entry[0].is_ascii_alphabetic() => {
            Some((scheme, rest))
        }
        _ => None,
    }
}

const fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Splits a text into the host, with its brackets, and the text after the colon.
const fn split_host(text: &[u8]) -> Result<(&[u8], Option<&[u8]>), &'static str> {
    let is_bracketed = matches!(text, [b'[', ..]);
    let mut i = 0;
    while i < text.len() {
        let ends = if is_bracketed {
            i > 0 && text[i - 1] == b']'
        } else {
            text[i] == b':'
        };
        if ends {
            break;
        }
        i += 1;
    }
    let (host, rest) = text.split_at(i);
    match rest {
        [] => Ok((host, None)),
        [b':', port @ ..] if !contains(port, b':') => Ok((host, Some(port))),
        _ => Err(BRACKETS),
    }
}

/// Whether this is a name, an IPv4 address, or an IPv6 address in brackets.
const fn is_host(host: &[u8]) -> bool {
    if let [b'[', address @ .., b']'] = host {
        let mut i = 0;
        while i < address.len() {
            if !(address[i].is_ascii_hexdigit() || matches!(address[i], b':' | b'.')) {
                return false;
            }
            i += 1;
        }
        return contains(address, b':');
    }
    let mut i = 0;
    while i < host.len() {
        if !(host[i].is_ascii_alphanumeric() || matches!(host[i], b'-' | b'.' | b'_')) {
            return false;
        }
        i += 1;
    }
    !host.is_empty()
}

/// Whether this is a port without leading zeros.
const fn is_port(port: &[u8]) -> bool {
    let mut number = 0u32;
    let mut i = 0;
    while i < port.len() && i < 6 {
        if !port[i].is_ascii_digit() || number == 0 && port[i] == b'0' {
            return false;
        }
        number = number * 10 + (port[i] - b'0') as u32;
        i += 1;
    }
    i == port.len() && number >= 1 && number <= 65535
}

const fn is(text: &[u8], word: &[u8]) -> bool {
    text.eq_ignore_ascii_case(word)
}

const fn contains(text: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < text.len() {
        if text[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spelled_as_browsers_do() {
        for entry in [
            "https://example.com",
            "HTTP://Example.com",
            "http://localhost:3000",
            "https://example.com:1",
            "https://example.com:65535",
            "https://example.com:80",
            "http://example.com:443",
            "http://127.0.0.1:8080",
            "http://[::1]",
            "http://[2001:db8::1]:8080",
            "https://xn--mnchen-3ya.example",
            "https://my_host.example.",
            "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai",
            "capacitor://localhost",
            "file://",
        ] {
            assert_eq!(origin_fault(entry), None, "{entry}");
        }
        for (entry, said) in [
            ("*", "Origins::Any"),
            ("null", "origins_if"),
            ("", "scheme"),
            ("example.com", "scheme"),
            ("example.com:8080", "scheme"),
            ("://example.com", "scheme"),
            ("1http://example.com", "scheme"),
            ("https:/example.com", "scheme"),
            ("wss://example.com", "page"),
            ("WS://example.com", "page"),
            ("https://*.example.com", "stands for nothing"),
            ("https://*", "stands for nothing"),
            ("https://example.com/", "without a slash"),
            ("https://example.com/chat", "without a slash"),
            ("https://example.com?", "without a slash"),
            ("https://example.com#", "without a slash"),
            ("https://m\u{fc}nchen.example", "ASCII"),
            ("https://", "host behind"),
            ("https://:8443", "host behind"),
            ("https://user@example.com", "host behind"),
            ("https://example.com ", "host behind"),
            ("https://exam ple.com", "host behind"),
            ("https://[]", "host behind"),
            ("https://[::1", "host behind"),
            ("https://[localhost]", "host behind"),
            ("app://user@host", "host behind"),
            ("https://::1", "brackets"),
            ("https://[::1]x", "brackets"),
            ("https://example.com:443", "leave out"),
            ("HTTP://example.com:80", "leave out"),
            ("https://[::1]:443", "leave out"),
            ("https://example.com:", "number from"),
            ("https://example.com:0", "number from"),
            ("https://example.com:08443", "number from"),
            ("https://example.com:65536", "number from"),
            ("https://example.com:4294967297", "number from"),
            ("https://example.com:+8", "number from"),
            ("https://example.com:x", "number from"),
        ] {
            let fault = origin_fault(entry);
            assert!(
                fault.is_some_and(|it| it.contains(said)),
                "{entry}: {fault:?}"
            );
        }
    }

    #[test]
    fn hosts_are_names_alone() {
        for entry in [
            "example.com",
            "Example.COM.",
            "localhost",
            "127.0.0.1",
            "[::1]",
            "xn--mnchen-3ya.example",
        ] {
            assert_eq!(host_fault(entry), None, "{entry}");
        }
        for (entry, said) in [
            ("*", "stands for nothing"),
            ("*.example.com", "stands for nothing"),
            ("https://example.com", "without a scheme"),
            ("example.com/", "without a scheme"),
            ("m\u{fc}nchen.example", "ASCII"),
            ("example.com:8080", "without a port"),
            ("example.com:", "without a port"),
            ("[::1]:8080", "without a port"),
            ("::1", "brackets"),
            ("", "name or an address"),
            ("[]", "name or an address"),
            ("user@example.com", "name or an address"),
            ("example.com ", "name or an address"),
        ] {
            let fault = host_fault(entry);
            assert!(
                fault.is_some_and(|it| it.contains(said)),
                "{entry}: {fault:?}"
            );
        }
    }
}

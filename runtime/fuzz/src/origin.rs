//! The check of the origin of a page.

use arbitrary::Arbitrary;

use crate::protocol::origin::same_host;

/// The `Origin` and the `Host` header of a request.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    origin: &'a [u8],
    host: &'a [u8],
}

/// The result must not depend on upper or lower case. A longer origin or host name must not match.
pub fn check(input: Input<'_>) {
    let Input { origin, host } = input;
    let same = same_host(origin, host);
    assert_eq!(same_host(&origin.to_ascii_uppercase(), host), same);
    assert_eq!(same_host(origin, &host.to_ascii_lowercase()), same);
    if let Ok(name) = str::from_utf8(host) {
        check_own_page(name);
    }
    if !same {
        return;
    }
    let longer = |text: &[u8], end: &str| [text, end.as_bytes()].concat();
    for end in ["x", ".evil", "@evil", "/", "?", "#", ":", " ", "\0", "]"] {
        assert!(!same_host(&longer(origin, end), host), "{end:?} at the end");
        assert!(!same_host(origin, &longer(host, end)), "{end:?} at the end");
    }
    let scheme = origin.windows(3).position(|part| part == b"://");
    let (scheme, authority) = origin.split_at(scheme.expect("a scheme") + 3);
    for start in ["evil", "evil@", "user:password@", "evil/", " "] {
        let other = [scheme, start.as_bytes(), authority].concat();
        assert!(!same_host(&other, host), "{start:?} before the host");
    }
}

/// A page of a host with a valid name may connect to that host, by either scheme.
fn check_own_page(host: &str) {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if host.is_empty() || !host.bytes().all(is_name) {
        return;
    }
    for (scheme, port) in [("http", 80), ("https", 443)] {
        let page = format!("{scheme}://{host}");
        assert!(same_host(page.as_bytes(), host.as_bytes()));
        let with_port = format!("{host}:{port}");
        assert!(same_host(page.as_bytes(), with_port.as_bytes()));
        let other_port = format!("{host}:{}", port + 1);
        assert!(!same_host(page.as_bytes(), other_port.as_bytes()));
    }
}

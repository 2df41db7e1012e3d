//! Decides whether a handshake is for this server, and whether its page may connect.

use std::str;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};

use super::refusal::Refusal;
use crate::{
    config::{Config, Origins, OriginsAtRunTime},
    guard,
    protocol::origin::{is_host, is_secure, same_host, same_origin},
};

/// The refusal of a handshake that is for another server, or that comes from a page that may not
/// connect.
pub(super) fn refusal(request: &HttpRequest, config: &Config) -> Option<Refusal> {
    let host = value(request, header::HOST).unwrap_or_default();
    if !is_own_host(host, config) {
        return Some(Refusal::misdirected(host));
    }
    let origin = value(request, header::ORIGIN)?;
    let way_out = match &config.at_run_time.origins {
        Some(OriginsAtRunTime::List(list)) => listed(origin, list),
        Some(OriginsAtRunTime::If(accepts)) => {
            let accepts = |origin: &str| accepts(origin, request);
            asked(origin, accepts, config)
        }
        None => match config.origins {
            Origins::Any => Ok(()),
            Origins::List(list) => listed(origin, list),
            Origins::SameHost => from_same_host(origin, host, request.app_config().secure()),
        },
    };
    way_out
        .err()
        .map(|way_out| Refusal::foreign(origin, host, way_out))
}

/// The value of a header. The handshake was checked before, so the header has one line at most.
fn value(request: &HttpRequest, name: HeaderName) -> Option<&[u8]> {
    request.headers().get(name).map(|value| value.as_bytes())
}

fn is_own_host(host: &[u8], config: &Config) -> bool {
    fn is_among(host: &[u8], names: &[impl AsRef<str>]) -> bool {
        names.is_empty() || names.iter().any(|name| is_host(host, name.as_ref()))
    }
    match &config.at_run_time.hosts {
        Some(names) => is_among(host, names),
        None => is_among(host, config.hosts),
    }
}

/// Whether a page may connect. The error says how to allow it.
type Verdict = Result<(), &'static str>;

fn from_same_host(origin: &[u8], host: &[u8], by_tls: bool) -> Verdict {
    if !same_host(origin, host) {
        return Err(
            "behind a proxy, pass the `Host` header through, or list the origin in `origins`",
        );
    }
    // An attacker in the network can change a page that was loaded by plain HTTP.
    if by_tls && !is_secure(origin) {
        return Err("open the page by `https`, or list the origin in `origins`");
    }
    Ok(())
}

fn listed(origin: &[u8], list: &[impl AsRef<str>]) -> Verdict {
    list.iter()
        .any(|entry| same_origin(entry.as_ref().as_bytes(), origin))
        .then_some(())
        .ok_or("list the origin in `origins`")
}

/// Calls the function of `origins_if`. An origin that is not UTF-8 is refused. If the function
/// panics, the origin is refused, too.
fn asked(origin: &[u8], accepts: impl Fn(&str) -> bool, config: &Config) -> Verdict {
    let is_accepted = str::from_utf8(origin).is_ok_and(|origin| {
        guard::call(|| accepts(origin)).unwrap_or_else(|panic| {
            panic.log(&config.path, "the function of `origins_if` panicked");
            false
        })
    });
    is_accepted
        .then_some(())
        .ok_or("have the function of `origins_if` accept the origin")
}

#[cfg(test)]
mod tests {
    use actix_web::{
        http::{StatusCode, header::HeaderValue},
        test::TestRequest,
    };
    use tracing::Level;

    use super::*;
    use crate::log::captured::Captured;

    fn request(origin: &[u8], host: &[u8]) -> HttpRequest {
        let value = |bytes| HeaderValue::from_bytes(bytes).unwrap();
        TestRequest::with_uri("/chat%0aforged%1b[31m")
            .insert_header((header::ORIGIN, value(origin)))
            .insert_header((header::HOST, value(host)))
            .to_http_request()
    }

    fn status(request: &HttpRequest, config: &Config) -> Option<StatusCode> {
        refusal(request, config).map(|refusal| refusal.says().0)
    }

    #[test]
    fn a_refusal_says_what_was_compared_as_far_as_a_line_can_bear_it() {
        for (bytes, shown) in [
            (
                &b"https://evil.example"[..],
                "\"https://evil.example\"".into(),
            ),
            (
                b"x\" path=\"/\xff\t\xc2\x9b",
                r#""x\" path=\"/\xff\t\u{9b}""#.into(),
            ),
            (
                &[b'a'; 100_000],
                format!("\"{}\"… (100000 bytes)", "a".repeat(200)),
            ),
        ] {
            let refused = refusal(&request(bytes, b"a"), &Config::DEFAULT).unwrap();
            let reason = format!(
                "the setting `origins` does not have {shown} (the host is \"a\"): behind a proxy, \
                 pass the `Host` header through, or list the origin in `origins`"
            );
            assert_eq!(refused.says(), (StatusCode::FORBIDDEN, &*reason));

            let config = Config::DEFAULT.hosts(&["a"]);
            let refused = refusal(&request(b"-", bytes), &config).unwrap();
            let reason = format!(
                "the setting `hosts` does not have {shown}: behind a proxy, pass the `Host` header \
                 through, or list the host in `hosts`"
            );
            assert_eq!(refused.says(), (StatusCode::MISDIRECTED_REQUEST, &*reason));
        }
    }

    #[test]
    fn by_tls_the_page_is_of_the_same_host_only_by_https() {
        for (origin, host, by_plain_http, by_tls) in [
            ("https://a", "a", true, true),
            ("https://a:443", "a", true, true),
            ("https://a:8443", "a:8443", true, true),
            ("wss://a", "a", true, true),
            ("http://a", "a", true, false),
            ("http://a:8443", "a:8443", true, false),
            ("https://b", "a", false, false),
            ("null", "a", false, false),
        ] {
            let verdict = |by_tls| from_same_host(origin.as_bytes(), host.as_bytes(), by_tls);
            assert_eq!(verdict(false).is_ok(), by_plain_http, "{origin} {host}");
            assert_eq!(verdict(true).is_ok(), by_tls, "{origin} {host}");
        }
        let way_out = from_same_host(b"http://a", b"a", true).unwrap_err();
        assert!(way_out.starts_with("open the page by `https`"));
    }

    #[test]
    fn a_function_that_panics_has_not_accepted_the_origin() {
        let captured = Captured::from(Level::TRACE);
        let config = Config::DEFAULT.origins_if(|_, _| panic!("oh"));
        let refused = status(&request(b"http://a", b"a"), &config);
        assert_eq!(refused, Some(StatusCode::FORBIDDEN));
        let lines = captured.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("ERROR the function of `origins_if` panicked"));
    }
}

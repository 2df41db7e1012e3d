//! Refuses requests from pages of other sites, for routes that change something.

use std::future::{Ready, ready};

use actix_web::{
    Error, FromRequest, HttpRequest,
    dev::Payload,
    error::ErrorForbidden,
    http::{
        Uri,
        header::{HOST, HeaderValue, ORIGIN},
        uri::Authority,
    },
};

/// An extractor that refuses requests from pages of other sites, with `403 Forbidden`.
///
/// Any page on the web can make its visitor's browser send a plain POST to any server, behind a
/// firewall and with cookies. The browser puts the site of the page into the `Origin` header. levante
/// checks it in handshakes of sockets; a route must do it itself. A request without `Origin`, such as
/// curl's, does not come from a page, and passes.
#[derive(Clone, Copy, Debug)]
pub struct NoForeignOrigin;

impl FromRequest for NoForeignOrigin {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let host = request.headers().get(HOST);
        let mut origins = request.headers().get_all(ORIGIN);
        let passes = origins.all(|origin| host.is_some_and(|host| is_same_host(origin, host)));
        ready(if passes {
            Ok(Self)
        } else {
            Err(ErrorForbidden(
                "Pages of other sites may not do this: the Origin header names another host.",
            ))
        })
    }
}

/// Whether an `Origin` names the host and the port that the request was sent to.
fn is_same_host(origin: &HeaderValue, host: &HeaderValue) -> bool {
    fn compare(origin: &HeaderValue, host: &HeaderValue) -> Option<bool> {
        let origin: Uri = origin.to_str().ok()?.parse().ok()?;
        let host: Authority = host.to_str().ok()?.parse().ok()?;
        // Behind a proxy that ends TLS, the page is `https` while the request looks like plain HTTP.
        let default_port = match origin.scheme_str()? {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let same_port =
            origin.port_u16().unwrap_or(default_port) == host.port_u16().unwrap_or(default_port);
        Some(same_port && origin.host()?.eq_ignore_ascii_case(host.host()))
    }
    // `null`, which pages without an origin of their own send, is not a host.
    compare(origin, host).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The status of the refusal, if it is one.
    async fn refusal(host: &str, origins: &[&str]) -> Option<u16> {
        let mut request = TestRequest::post().insert_header((HOST, host));
        for origin in origins {
            request = request.append_header((ORIGIN, *origin));
        }
        let outcome = NoForeignOrigin::extract(&request.to_http_request()).await;
        let error = outcome.err()?;
        Some(error.as_response_error().status_code().as_u16())
    }

    #[actix_web::test]
    async fn a_request_of_no_page_and_of_an_own_page_passes() {
        for (host, origins) in [
            ("chat.example:8080", &[][..]),
            ("chat.example:8080", &["http://chat.example:8080"]),
            ("127.0.0.1:8080", &["https://127.0.0.1:8080"]),
            ("[::1]:8080", &["http://[::1]:8080"]),
            ("Chat.Example", &["http://chat.EXAMPLE"]),
            ("chat.example", &["http://chat.example:80"]),
            ("chat.example:443", &["https://chat.example"]),
            ("chat.example", &["https://chat.example"]),
        ] {
            assert_eq!(refusal(host, origins).await, None, "{host} {origins:?}");
        }
    }

    #[actix_web::test]
    async fn a_page_of_another_site_is_refused() {
        let own = "http://chat.example:8080";
        for origins in [
            &["http://evil.example:8080"][..],
            &["http://chat.example"],
            &["http://chat.example:8081"],
            &["https://chat.example"],
            &["http://chat.example.evil:8080"],
            &["http://evilchat.example:8080"],
            &["null"],
            &[""],
            &["chat.example:8080"],
            &["file://"],
            &["chrome-extension://chat.example:8080"],
            &[own, "http://evil.example"],
            &["http://evil.example", own],
        ] {
            let refused = refusal("chat.example:8080", origins).await;
            assert_eq!(refused, Some(403), "{origins:?}");
        }
        assert_eq!(refusal("", &[own]).await, Some(403));
        assert_eq!(refusal("not a host", &[own]).await, Some(403));
    }
}

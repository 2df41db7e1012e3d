use super::*;

/// The headers of a request, with names in lower case.
pub(super) struct Request(pub(super) Vec<(&'static str, &'static str)>);

impl HeaderLookup for Request {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        self.0
            .iter()
            .filter(move |header| header.0 == name)
            .map(|header| header.1.as_bytes())
    }
}

impl Request {
    /// The example request of the RFC.
    fn good() -> Self {
        Self(vec![
            ("host", "server.example.com"),
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", "13"),
        ])
    }

    /// The same request, but with these lines for one header.
    fn with(name: &'static str, lines: &[&'static str]) -> Self {
        let mut request = Self::good();
        request.0.retain(|header| header.0 != name);
        request.0.extend(lines.iter().map(|line| (name, *line)));
        request
    }

    fn validate(&self) -> Result<Accepted, Rejection> {
        validate("GET", true, self)
    }
}

#[test]
fn the_example_of_the_rfc() {
    let accepted = Request::good().validate().unwrap();
    assert_eq!(accepted.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn the_upgrade_header_names_websocket() {
    let good: [&[_]; 5] = [
        &["WebSocket"],
        &["WEBSOCKET"],
        &["h2c, websocket"],
        &[" websocket\t"],
        &["h2c", "websocket"],
    ];
    for lines in good {
        assert!(
            Request::with("upgrade", lines).validate().is_ok(),
            "{lines:?}"
        );
    }
    let bad: [&[_]; 4] = [&[], &[""], &["h2c"], &["websockets"]];
    for lines in bad {
        let result = Request::with("upgrade", lines).validate();
        assert_eq!(result, Err(Rejection::NotWebSocket), "{lines:?}");
    }
}

#[test]
fn the_connection_header_names_upgrade() {
    let good: [&[_]; 3] = [
        &["upgrade"],
        &["keep-alive, Upgrade"],
        &["keep-alive", "upgrade"],
    ];
    for lines in good {
        assert!(
            Request::with("connection", lines).validate().is_ok(),
            "{lines:?}"
        );
    }
    let bad: [&[_]; 4] = [&[], &[""], &["keep-alive"], &["upgrade-insecure-requests"]];
    for lines in bad {
        let result = Request::with("connection", lines).validate();
        assert_eq!(result, Err(Rejection::Connection), "{lines:?}");
    }
}

#[test]
fn the_method_is_get() {
    for method in ["POST", "HEAD", "CONNECT", "get", ""] {
        assert_eq!(
            validate(method, true, &Request::good()),
            Err(Rejection::Method),
            "{method}"
        );
    }
}

#[test]
fn http_is_11_or_later() {
    assert_eq!(
        validate("GET", false, &Request::good()),
        Err(Rejection::HttpVersion)
    );
}

#[test]
fn the_version_is_13() {
    let cases: [(&[_], _); 8] = [
        (&["13"], Ok(())),
        (&[" 13 "], Ok(())),
        (&[], Err(Rejection::VersionMissing)),
        (&[""], Err(Rejection::VersionUnsupported)),
        (&["12"], Err(Rejection::VersionUnsupported)),
        (&["14"], Err(Rejection::VersionUnsupported)),
        (&["13, 8"], Err(Rejection::VersionUnsupported)),
        (&["13", "13"], Err(Rejection::VersionUnsupported)),
    ];
    for (lines, expected) in cases {
        let result = Request::with("sec-websocket-version", lines).validate();
        assert_eq!(result.map(|_| ()), expected, "{lines:?}");
    }
}

#[test]
fn the_key_is_16_bytes_in_base64() {
    let cases: [(&[_], _); 12] = [
        (&["AQIDBAUGBwgJCgsMDQ4PEA=="], Ok(())),
        (&["  AQIDBAUGBwgJCgsMDQ4PEA== "], Ok(())),
        // 22 random letters instead of encoded bytes: the unused bits of the last digit are set.
        (&["ABCDEFGHIJKLMNOPQRSTUV=="], Ok(())),
        (&[], Err(Rejection::KeyMissing)),
        (
            &["AQIDBAUGBwgJCgsMDQ4PEA==", "AQIDBAUGBwgJCgsMDQ4PEA=="],
            Err(Rejection::KeyRepeated),
        ),
        (&[""], Err(Rejection::KeyInvalid)),
        // 15, 17 and 18 bytes.
        (&["AQIDBAUGBwgJCgsMDQ4P"], Err(Rejection::KeyInvalid)),
        (&["AQIDBAUGBwgJCgsMDQ4PEBE="], Err(Rejection::KeyInvalid)),
        (&["AQIDBAUGBwgJCgsMDQ4PEBES"], Err(Rejection::KeyInvalid)),
        // No padding, the URL alphabet, and a space inside.
        (&["AQIDBAUGBwgJCgsMDQ4PEA"], Err(Rejection::KeyInvalid)),
        (&["AQIDBAUGBwgJ-gsMDQ4PEA=="], Err(Rejection::KeyInvalid)),
        (&["AQIDBAUGBwgJ gsMDQ4PEA=="], Err(Rejection::KeyInvalid)),
    ];
    for (lines, expected) in cases {
        let result = Request::with("sec-websocket-key", lines).validate();
        assert_eq!(result.map(|_| ()), expected, "{lines:?}");
    }
}

#[test]
fn the_extensions_are_a_list() {
    for lines in [
        &[][..],
        &[""],
        &["foo"],
        &["foo; bar", "permessage-deflate"],
    ] {
        let result = Request::with("sec-websocket-extensions", lines).validate();
        assert!(result.is_ok(), "{lines:?}");
    }
    for lines in [&["not a list"][..], &["permessage-deflate;"], &["foo", "="]] {
        let result = Request::with("sec-websocket-extensions", lines).validate();
        assert_eq!(result, Err(Rejection::Extensions), "{lines:?}");
    }
}

#[test]
fn there_is_one_origin_at_most() {
    for lines in [&[][..], &[""], &["http://a"], &["http://a, http://b"]] {
        assert!(
            Request::with("origin", lines).validate().is_ok(),
            "{lines:?}"
        );
    }
    for lines in [
        &["http://a", "http://a"][..],
        &["a", "b"],
        &["", ""],
        &["a", "b", "c"],
    ] {
        let result = Request::with("origin", lines).validate();
        assert_eq!(result, Err(Rejection::OriginRepeated), "{lines:?}");
    }
}

#[test]
fn a_request_that_asks_for_nothing_is_told_what_is_here() {
    let result = validate("POST", false, &Request(Vec::new()));
    assert_eq!(result, Err(Rejection::NotWebSocket));
}

#[test]
fn a_rejection_is_a_client_error_in_a_full_sentence() {
    let cases = [
        (Rejection::NotWebSocket, 426),
        (Rejection::Method, 400),
        (Rejection::HttpVersion, 400),
        (Rejection::Connection, 400),
        (Rejection::Body, 400),
        (Rejection::UpgradeList, 400),
        (Rejection::VersionMissing, 400),
        (Rejection::VersionUnsupported, 426),
        (Rejection::KeyMissing, 400),
        (Rejection::KeyRepeated, 400),
        (Rejection::KeyInvalid, 400),
        (Rejection::OriginRepeated, 400),
        (Rejection::Extensions, 400),
    ];
    for (rejection, status) in cases {
        let words = rejection.to_string();
        assert_eq!(rejection.status(), status);
        assert!(
            words.ends_with('.') && words.starts_with(char::is_uppercase),
            "{words}"
        );
    }
}

#[test]
fn a_handshake_has_no_body() {
    for lines in [&[][..], &["0"], &[" 0 "], &["000"], &["0", "0"]] {
        let result = Request::with("content-length", lines).validate();
        assert!(result.is_ok(), "{lines:?}");
    }
    for lines in [&["1"][..], &["10"], &[""], &["0x0"], &["-0"], &["0", "5"]] {
        let result = Request::with("content-length", lines).validate();
        assert_eq!(result, Err(Rejection::Body), "{lines:?}");
    }
    for line in ["chunked", "identity", ""] {
        let result = Request::with("transfer-encoding", &[line]).validate();
        assert_eq!(result, Err(Rejection::Body), "{line:?}");
    }
}

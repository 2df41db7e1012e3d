use super::*;

fn host(name: &str, port: u16) -> Host {
    let name = name.into();
    Host { name, port }
}

fn user(name: &str, password: &str) -> Login {
    Login::User {
        name: name.into(),
        password: password.into(),
    }
}

#[test]
fn an_address_has_hosts_and_logins() {
    for (url, expected) in [
        ("nats://localhost", vec![("localhost", 4222, Login::None)]),
        (
            " NATS://10.0.0.1:4300/ ",
            vec![("10.0.0.1", 4300, Login::None)],
        ),
        ("nats://[::1]", vec![("::1", 4222, Login::None)]),
        ("nats://[fe80::1]:1", vec![("fe80::1", 1, Login::None)]),
        (
            "nats://ann:secret@a",
            vec![("a", 4222, user("ann", "secret"))],
        ),
        (
            "nats://a%3Ann:p%40s%2Cs:w@rd@a:1",
            vec![("a", 1, user("a:nn", "p@s,s:w@rd"))],
        ),
        (
            "nats://t%2Fken@a",
            vec![("a", 4222, Login::Token("t/ken".into()))],
        ),
        ("nats://@a", vec![("a", 4222, Login::None)]),
        (
            "nats://a,ann:x@b:1, nats://c",
            vec![
                ("a", 4222, user("ann", "x")),
                ("b", 1, user("ann", "x")),
                ("c", 4222, user("ann", "x")),
            ],
        ),
    ] {
        let servers = expected.into_iter().map(|(name, port, login)| Server {
            host: host(name, port),
            login,
        });
        let servers = servers.collect();
        let tls = false;
        assert_eq!(Address::parse(url), Ok(Address { servers, tls }), "{url}");
    }
}

#[test]
fn a_wrong_address_is_an_error_that_names_no_secret() {
    let begin = "it begins with neither `nats://` nor `tls://`";
    let host = "a host is missing, or is no name of a host";
    let port = "a port is not a number from 1 to 65535";
    for (url, expected) in [
        ("", begin),
        ("localhost:4222", begin),
        ("secret@localhost", begin),
        ("ann:secret://localhost", begin),
        (
            "redis://secret@localhost",
            "`redis://` is neither `nats://` nor `tls://`",
        ),
        (
            "wss://localhost",
            "`wss://` is neither `nats://` nor `tls://`",
        ),
        ("nats://", host),
        ("nats://secret@", host),
        ("nats://a,", host),
        ("nats://a b", host),
        ("nats://größe", host),
        ("nats://[1.2.3.4]", host),
        ("nats://::1", host),
        (
            "nats://[::1",
            "the address of a host begins with `[`, but has no `]`",
        ),
        ("nats://[::1]secret", port),
        ("nats://a:0", port),
        ("nats://a:65536", port),
        ("nats://a:secret", port),
        (
            "nats://secret%4@a",
            "a `%` in a login is not followed by two hex digits",
        ),
        (
            "nats://secret%ff@a",
            "a `%` in a login is not followed by two hex digits",
        ),
    ] {
        let error = Address::parse(url).unwrap_err().to_string();
        assert_eq!(error, format!("the address of NATS: {expected}"), "{url}");
    }
    for url in [
        "nats://a/secret",
        "nats://a?secret",
        "nats://ann:se/cret@a/b",
        "nats://ann:se#cret",
    ] {
        let error = Address::parse(url).unwrap_err().to_string();
        assert!(
            error.contains("a path or options") || error.contains("a port"),
            "{error}"
        );
        assert!(!error.contains("cret"), "{error}");
    }
    let many = |count| format!("nats://{}", vec!["a"; count].join(","));
    assert!(Address::parse(&many(MAX_SERVERS)).is_ok());
    assert!(Address::parse(&many(MAX_SERVERS + 1)).is_err());
}

#[test]
fn an_address_is_shown_without_its_secrets() {
    for (url, expected) in [
        ("nats://ann:secret@a,[::1]:1", "nats://a:4222,[::1]:1"),
        ("nats://secret@a", "nats://a:4222"),
    ] {
        let address = Address::parse(url).unwrap();
        assert_eq!(address.to_string(), expected);
        assert!(!format!("{address:?}").contains("secret"), "{address:?}");
    }
}

#[test]
fn tls_needs_its_feature() {
    let parsed = Address::parse("tls://a,b");
    if cfg!(feature = "nats-tls") {
        let address = parsed.unwrap();
        assert!(address.tls);
        assert_eq!(address.to_string(), "tls://a:4222,b:4222");
        assert!(Address::parse("nats://a,tls://b").unwrap().tls);
    } else {
        let error = parsed.unwrap_err().to_string();
        let expected = "the address of NATS: `tls://` needs the feature `nats-tls` of levante";
        assert_eq!(error, expected);
    }
}

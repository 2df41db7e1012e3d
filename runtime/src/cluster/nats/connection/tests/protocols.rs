//! What a port answers that is not of NATS, and what a server of NATS refuses.

use super::peer::Listener;
use crate::cluster::broker::{BrokerError, Driver as _, Kind};

/// The error of a login, if the server sends `text`. A server of another protocol sends it only after
/// a line of the client.
async fn refused(text: &str, speaks_first: bool) -> BrokerError {
    let listener = Listener::new().await;
    let mut driver = listener.driver();
    let serve = async {
        let mut peer = listener.accept().await;
        if !speaks_first {
            peer.expect("PING").await;
        }
        peer.send(text).await;
        if text.starts_with("INFO") {
            peer.some().await;
        }
    };
    let (opened, ()) = tokio::join!(driver.connect("levante"), serve);
    opened.map(drop).unwrap_err()
}

#[actix_web::test]
async fn another_protocol_on_the_port_is_named() {
    let redis = "the other side is a Redis server, not NATS";
    let http = "the other side is an HTTP server, not NATS";
    let cases = [
        ("+PONG\r\n", false, redis),
        ("-NOAUTH Authentication required.\r\n", false, redis),
        ("-ERR max number of clients reached\r\n", true, redis),
        (
            "-DENIED Redis is running in protected mode\r\n",
            true,
            redis,
        ),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", false, http),
        (
            "\x15\x03\x01",
            false,
            "the other side is a server that wants TLS before the first line, not NATS",
        ),
        (
            "220 ready\r\n",
            true,
            "the other side is not NATS; it begins with: 220 ready\\r\\n",
        ),
        (
            "MSG a 1 0\r\n",
            true,
            "the other side is not NATS; it begins with: MSG a 1 0\\r\\n",
        ),
        (
            "INFO nonsense\r\n",
            true,
            "the INFO of the server cannot be read",
        ),
        (
            "INFO {}\r\nHTTP\r\n",
            true,
            "a line is not of the protocol of NATS",
        ),
        (
            "INFO {}\r\nMSG a 1 0\r\n\r\n",
            true,
            "the server sends messages without a subscription",
        ),
    ];
    let errors = cases.map(|(text, speaks_first, expected)| async move {
        let error = refused(text, speaks_first).await;
        assert_eq!(
            (error.kind(), &*error.to_string()),
            (Kind::Protocol, expected),
            "{text}"
        );
    });
    futures_util::future::join_all(errors).await;
}

#[actix_web::test]
async fn a_long_first_line_is_refused() {
    let error = refused(&format!("INFO {}", "x".repeat(100_000)), true).await;
    assert_eq!(error.to_string(), "a line is too long for NATS");
}

#[actix_web::test]
async fn a_port_that_only_accepts_is_not_waited_for() {
    let listener = Listener::new().await;
    let mut driver = listener.driver();
    let serve = async {
        let mut peer = listener.accept().await;
        assert_eq!(peer.rest().await, "PING\r\n");
    };
    tokio::time::pause();
    let (opened, ()) = tokio::join!(driver.connect("levante"), serve);
    let error = opened.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut);
    assert!(
        error.to_string().contains("does not greet as NATS does"),
        "{error}"
    );
}

#[actix_web::test]
async fn a_closed_port_is_unreachable() {
    let mut driver = Listener::new().await.driver();
    let error = driver.connect("levante").await.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.to_string().contains("refused"), "{error}");
}

#[actix_web::test]
async fn a_refused_login_names_the_setting() {
    for (text, expected) in [
        (
            "INFO {\"nonce\":\"abc\"}\r\n-ERR 'Authorization Violation'\r\n",
            "requires an nkey or a credentials file",
        ),
        (
            "INFO {}\r\n-ERR 'Authorization Violation'\r\n",
            "requires a login",
        ),
        (
            "INFO {}\r\n-ERR 'Authentication Timeout'\r\n",
            "`timeout` of `authorization`",
        ),
        (
            "-ERR 'maximum connections exceeded'\r\n",
            "`max_connections`",
        ),
        (
            "INFO {}\r\n-ERR 'maximum connections exceeded'\r\n",
            "`max_connections`",
        ),
    ] {
        let error = refused(text, true).await;
        assert_eq!(error.kind(), Kind::Refused, "{text}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = refused("INFO {}\r\n", true).await;
    assert_eq!(error.kind(), Kind::Broken);
}

#[actix_web::test]
async fn a_server_with_tls_needs_the_feature_or_a_certificate() {
    let error = refused("INFO {\"tls_required\":true}\r\n", true).await;
    let text = error.to_string();
    if cfg!(feature = "nats-tls") {
        assert_eq!(error.kind(), Kind::Broken, "{text}");
    } else {
        assert_eq!(error.kind(), Kind::Refused);
        assert!(text.contains("needs the feature `nats-tls`"), "{text}");
    }
    // It could be of a stranger on the way.
    let error = refused("INFO {\"tls_required\":true}\r\nPONG\r\n", true).await;
    assert_eq!(error.to_string(), "the server goes on before TLS has begun");
}

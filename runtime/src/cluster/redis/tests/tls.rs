//! `rediss://`

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// An authority, and a certificate with its key that it has signed, as PEM.
struct Issued {
    authority: String,
    certificate: String,
    key: String,
}

fn issue(name: &str) -> Issued {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut certificate = CertificateParams::new([name.to_owned()]).unwrap();
    // Another name than that of the authority, or it would look like signed by itself.
    certificate
        .distinguished_name
        .push(DnType::CommonName, "signed");
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    Issued {
        authority: authority.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// A server with TLS only, on `name`, which wants a certificate of the client or not.
fn serve(clients: &str) -> (BrokerProcess, Issued) {
    let folder = Folder::new();
    let address = broker_process::free_address();
    let issued = issue(&address.ip().to_string());
    for (file, text) in [
        ("ca", &issued.authority),
        ("crt", &issued.certificate),
        ("key", &issued.key),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let port = address.port().to_string();
    let tls = [
        "--port",
        "0",
        "--tls-port",
        &port,
        "--tls-auth-clients",
        clients,
    ];
    let files = [
        "--tls-ca-cert-file",
        "ca",
        "--tls-cert-file",
        "crt",
        "--tls-key-file",
        "key",
    ];
    let broker = BrokerProcess::redis_at(address, folder, &[&tls[..], &files].concat());
    (broker, issued)
}

async fn connected(redis: Redis) -> Result<Session, BrokerError> {
    let mut redis = redis;
    soon(redis.connect("a node")).await
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_trusted_authority_is_accepted() {
    if is_missing("redis-server") {
        return;
    }
    let (broker, issued) = serve("no");
    let url = format!("rediss://{}", broker.address);
    let redis = Redis::new(&url).unwrap().trust(&issued.authority).unwrap();
    let mut session = connected(redis).await.unwrap();
    session.subscribe(&names(0..1000)).await.unwrap();
    let large = vec![7; 1 << 20];
    session.publish("p:t:0", &large).await.unwrap();
    assert!(session.next().await.1 == large);
    soon(session.publisher.close()).await;

    let other = Redis::new(&url)
        .unwrap()
        .trust(issue("x").authority)
        .unwrap();
    let error = connected(other).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(
        error
            .to_string()
            .contains("the certificate of the server is not accepted"),
        "{error}"
    );

    let error = connect(&url.replace("rediss", "redis"))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(error.kind(), Kind::Protocol | Kind::Broken),
        "{error}"
    );
}

#[tokio::test]
async fn a_certificate_is_shown_to_a_server_that_asks_for_one() {
    if is_missing("redis-server") {
        return;
    }
    let (broker, issued) = serve("yes");
    let redis = Redis::new(format!("rediss://{}", broker.address)).unwrap();
    let redis = redis.trust(&issued.authority).unwrap();
    let error = connected(redis.clone()).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(
        error.to_string().contains("asks for a certificate"),
        "{error}"
    );
    let redis = redis.identity(&issued.certificate, &issued.key).unwrap();
    connected(redis).await.unwrap();
}

/// Redis without TLS does not answer, so the deadline ends the attempt. Others answer.
#[tokio::test]
async fn a_server_without_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rediss://{}", listener.local_addr().unwrap());
    let redis = Redis::new(url).unwrap().trust(issue("x").authority);
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_buf(&mut Vec::new()).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n")
            .await
            .unwrap();
    };
    let (connected, ()) = tokio::join!(connected(redis.unwrap()), serving);
    let error = connected.err().unwrap();
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
}

#[test]
fn what_is_no_certificate_is_an_error() {
    let redis = || Redis::new("rediss://h").unwrap();
    let (one, two) = (issue("h"), issue("h"));
    assert!(redis().trust("").is_err());
    assert!(redis().trust(&one.key).is_err());
    assert!(redis().identity("", &one.key).is_err());
    assert!(redis().identity(&one.certificate, "").is_err());
    assert!(redis().identity(&one.certificate, &two.key).is_err());
    assert!(
        !format!(
            "{:?}",
            redis().identity(&one.certificate, &one.key).unwrap()
        )
        .contains("KEY")
    );
}

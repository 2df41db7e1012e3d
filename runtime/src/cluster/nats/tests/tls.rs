use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::*;
use crate::cluster::broker::Kind;

/// A server with TLS, and the authority that has signed its certificate.
fn server_with_tls(options: &str) -> (BrokerProcess, String) {
    let (folder, address) = (Folder::new(), free_address());
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([address.ip().to_string()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "signed");
    let certificate = params.signed_by(&key, &authority).unwrap();
    let config = format!(
        "tls {{ cert_file: crt, key_file: key, ca_file: ca, {options} }}\n\
         authorization {{ user: ann, password: secret }}"
    );
    for (file, text) in [
        ("ca", authority.pem()),
        ("crt", certificate.pem()),
        ("key", key.serialize_pem()),
        ("nats.conf", config),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let server = BrokerProcess::nats_at(address, folder, &["--config", "nats.conf"]);
    (server, authority.pem())
}

async fn open(
    scheme: &str,
    server: &BrokerProcess,
    authority: Option<&str>,
) -> Result<Session, BrokerError> {
    let mut nats = Nats::new(format!("{scheme}://ann:secret@{}", server.address)).unwrap();
    if let Some(authority) = authority {
        nats = nats.trust(authority).unwrap();
    }
    soon(nats.into_driver().connect("levante"))
        .await
        .map(Session::new)
}

#[actix_web::test]
async fn a_session_is_encrypted_if_the_address_or_the_server_says_so() {
    if is_missing("nats-server") {
        return;
    }
    let (server, authority) = server_with_tls("");
    let mut here = open("tls", &server, Some(&authority)).await.unwrap();
    let mut there = open("nats", &server, Some(&authority)).await.unwrap();
    there.subscribe(&["a"]).await.unwrap();
    let payload = vec![b'x'; 1 << 20];
    here.publish("a", &payload).await.unwrap();
    assert_eq!(there.message().await.payload, payload);
    soon(here.publisher.close()).await;
    assert_eq!(here_ends(here.received).await, Kind::Broken);
}

async fn here_ends(mut received: mpsc::UnboundedReceiver<Result<Received, BrokerError>>) -> Kind {
    soon(received.recv()).await.unwrap().unwrap_err().kind()
}

#[actix_web::test]
async fn a_stranger_is_not_trusted() {
    if is_missing("nats-server") {
        return;
    }
    let (server, _) = server_with_tls("");
    let (_, other) = server_with_tls("");
    for authority in [None, Some(&*other)] {
        let error = open("tls", &server, authority).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), Kind::Refused, "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}

#[actix_web::test]
async fn a_server_without_tls_is_refused_by_an_address_with_tls() {
    if is_missing("nats-server") {
        return;
    }
    let error = open("tls", &server(""), None).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(
        error.to_string().contains("the server has no TLS"),
        "{error}"
    );
}

#[actix_web::test]
async fn a_server_that_wants_a_certificate_gets_one_or_says_so() {
    if is_missing("nats-server") {
        return;
    }
    let (server, authority) = server_with_tls("verify: true");
    let file = |name| fs::read(server.folder().join(name)).unwrap();
    let nats = Nats::new(format!("tls://ann:secret@{}", server.address)).unwrap();
    let nats = nats.trust(&authority).unwrap();
    // The certificate of the server does as well.
    let nats = nats.identity(file("crt"), file("key")).unwrap();
    soon(nats.into_driver().connect("levante")).await.unwrap();

    let error = open("tls", &server, Some(&authority))
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Refused, "{error}");
    assert!(
        error.to_string().contains("a certificate of the client"),
        "{error}"
    );
}

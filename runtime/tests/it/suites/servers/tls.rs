//! `wss://`, with a client that verifies the certificate.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use actix_tls::accept::rustls_0_23::TlsStream as Accepted;
use actix_web::{App, HttpRequest, web};
use levante::{HttpServer, Server, prelude::*};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
    },
};
use tokio_tungstenite::tungstenite::Message;

pub(super) use tokio_rustls::{client::TlsStream, rustls::pki_types::CertificateDer};

use crate::support::{Client, Log, NEVER, TestServer, frame, soon, upgrade_request_with};

/// The default of `max_message_size`.
const LARGEST: usize = 16 << 20;

#[websocket("/echo", backpressure_limit = 64 << 20)]
mod echo {
    use super::*;

    pub(super) struct Data {
        log: Log,
        scheme: String,
    }

    async fn attach(request: HttpRequest, log: web::Data<Log>) -> Data {
        let page = request.url_for("page", [""; 0]);
        Data {
            log: (**log).clone(),
            scheme: format!("{} {}", request.connection_info().scheme(), page.unwrap()),
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("all");
    }

    fn message(ws: &Ws, message: Incoming<'_>) {
        match message.as_text() {
            Ok("publish") => _ = ws.publish("all", "published"),
            Ok("scheme") => _ = ws.send(&*ws.data.scheme),
            _ => _ = ws.send(message),
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason { code, by, .. } = reason;
        ws.data.log.push(format!("close {code} {by:?}"));
    }
}

/// An authority, and a certificate that it has signed.
struct Issued {
    authority: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn issue() -> Issued {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    Issued {
        authority: authority.der().clone(),
        certificate: certificate.der().clone(),
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    }
}

/// A configuration, and the authority to trust.
pub(super) fn config() -> (ServerConfig, CertificateDer<'static>) {
    let Issued {
        authority,
        certificate,
        key,
    } = issue();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    (config, authority)
}

/// A server, and the authority to trust.
fn serve() -> (TestServer, CertificateDer<'static>) {
    let (log, server) = (Log::default(), Server::new());
    let (for_app, of_app) = (log.clone(), server.clone());
    let app = move || {
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .service(echo::service().server(&of_app))
            .service(
                web::resource("/page")
                    .name("page")
                    .to(|| async { "a page" }),
            )
    };
    let (config, authority) = config();
    let http = HttpServer::new(app)
        .workers(1)
        .client_request_timeout(NEVER)
        .disable_signals()
        .tls_handshake_timeout(NEVER)
        .bind_rustls_0_23((Ipv4Addr::LOCALHOST, 0), config)
        .unwrap();
    assert_eq!(http.addrs_with_scheme(), [(http.addrs()[0], "https")]);
    (
        TestServer::run(http.addrs()[0], http.run(), log, server),
        authority,
    )
}

/// Connects as a client that trusts only `authority`.
async fn secure(
    server: &TestServer,
    authority: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    secure_on(server.addr, authority).await
}

async fn secure_on(
    addr: SocketAddr,
    authority: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    secure_over(TcpStream::connect(addr).await?, authority, &[]).await
}

/// Like [`secure`], but over a given stream, and offers these protocols.
pub(super) async fn secure_over(
    stream: TcpStream,
    authority: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut trusted = RootCertStore::empty();
    trusted.add(authority.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    soon("the TLS handshake", connecting).await
}

async fn connect(
    server: &TestServer,
    authority: &CertificateDer<'static>,
) -> Client<TlsStream<TcpStream>> {
    let stream = secure(server, authority).await.unwrap();
    Client::on(stream, "wss://localhost/echo").await
}

#[actix_web::test]
async fn messages_of_all_sizes_come_back() {
    let (server, authority) = serve();
    let mut client = connect(&server, &authority).await;
    for size in [
        0,
        1,
        125,
        126,
        16 << 10,
        (16 << 10) + 1,
        65_536,
        1 << 20,
        LARGEST,
    ] {
        let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        client.send_binary(bytes.clone()).await;
        // `assert_eq` would print both large messages.
        assert!(client.next().await == Message::binary(bytes), "{size}");
    }
    for text in ["grüße, 世界".to_owned(), "x".repeat(LARGEST)] {
        assert!(client.ask(text.as_str()).await == text);
    }
    let many: Vec<_> = (0..1000).map(|i| i.to_string()).collect();
    for text in &many {
        client.send(text.as_str()).await;
    }
    for text in &many {
        assert_eq!(client.text().await, *text);
    }
}

/// An attacker may change a page that comes by plain HTTP.
#[actix_web::test]
async fn only_a_page_by_https_is_of_the_same_host() {
    let (server, authority) = serve();
    for (origin, expected) in [
        ("https://localhost", "101"),
        ("https://localhost:443", "101"),
        ("http://localhost", "403"),
        ("http://localhost:443", "403"),
        ("https://localhost:80", "403"),
    ] {
        let mut stream = secure(&server, &authority).await.unwrap();
        let origin_line = format!("Origin: {origin}\r\n");
        let request = upgrade_request_with("/echo", &origin_line);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        soon("an answer", stream.read_exact(&mut status))
            .await
            .unwrap();
        let status = String::from_utf8_lossy(&status);
        assert_eq!(status, format!("HTTP/1.1 {expected}"), "{origin}");
    }
}

#[actix_web::test]
async fn both_shake_hands_at_the_end() {
    let (server, authority) = serve();
    let mut client = connect(&server, &authority).await;
    client.close(4000, "enough").await;
    assert_eq!(client.closed().await, (4000, "enough".into()));
    assert_eq!(server.log.next().await, "close 4000 Peer");
    server.all_gone().await;
}

#[actix_web::test]
async fn what_one_publishes_reaches_the_others() {
    let (server, authority) = serve();
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(connect(&server, &authority).await);
    }
    until_subscribed(&server, 3).await;
    clients[0].send("publish").await;
    assert_eq!(clients[1].text().await, "published");
    assert_eq!(clients[2].text().await, "published");
    assert_eq!(server.server.publish("all", "x".repeat(1 << 20)), 3);
    for client in &mut clients {
        assert_eq!(client.text().await.len(), 1 << 20);
        assert_eq!(client.ask("and still talks").await, "and still talks");
    }
}

async fn until_subscribed(server: &TestServer, count: usize) {
    crate::support::until("all to be open", || {
        server.server.subscriber_count("all") == count
    })
    .await;
}

#[actix_web::test]
async fn a_client_that_vanishes_is_gone() {
    let (server, authority) = serve();
    let whole = frame(0x81, b"half a message");
    for cut in [0, 1, 9] {
        let mut client = connect(&server, &authority).await;
        until_subscribed(&server, 1).await;
        client.0.get_mut().write_all(&whole[..cut]).await.unwrap();
        client.0.get_mut().flush().await.unwrap();
        // The TCP connection ends without a `close_notify` of TLS.
        drop(client);
        assert_eq!(server.log.next().await, "close 1006 Lost");
    }
    server.all_gone().await;
}

#[actix_web::test]
async fn a_stop_sends_everybody_away() {
    let (mut server, authority) = serve();
    let mut client = connect(&server, &authority).await;
    until_subscribed(&server, 1).await;
    let stopped = server.stop_later(true);
    assert_eq!(client.closed().await.0, 1001);
    soon("the stop", stopped).await;
    assert_eq!(server.log.next().await, "close 1001 Shutdown");
    server.ended().await;
}

#[actix_web::test]
async fn requests_and_handshakes_know_that_they_are_secure() {
    let (server, authority) = serve();
    let url = "https://localhost/page";
    assert_eq!(
        connect(&server, &authority).await.ask("scheme").await,
        format!("https {url}")
    );
    let mut stream = secure(&server, &authority).await.unwrap();
    let request = b"GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut page = String::new();
    soon("the page", stream.read_to_string(&mut page))
        .await
        .unwrap();
    assert!(page.ends_with("a page"), "{page}");
}

#[actix_web::test]
async fn the_client_of_these_tests_verifies() {
    let (server, authority) = serve();
    let refused = secure(&server, &issue().authority).await;
    assert!(refused.unwrap_err().to_string().contains("certificate"));
    connect(&server, &authority).await;
}

/// The protocol that client and server have agreed upon.
#[derive(Clone)]
struct Agreed(Option<Vec<u8>>);

#[actix_web::test]
async fn a_callback_gets_the_stream_that_actix_gives() {
    let (log, server) = (Log::default(), Server::new());
    let of_app = server.clone();
    let app = move || {
        App::new()
            .service(open_echo::service().server(&of_app))
            .route(
                "/agreed",
                web::get().to(|request: HttpRequest| async move {
                    let agreed = request.conn_data::<Agreed>().unwrap().0.clone();
                    String::from_utf8(agreed.unwrap_or_default()).unwrap()
                }),
            )
    };
    let (config, authority) = config();
    let http = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .client_request_timeout(NEVER)
        .tls_handshake_timeout(NEVER)
        .on_connect(|stream, data| {
            let stream = stream.downcast_ref::<Accepted<TcpStream>>().unwrap();
            let (_, session) = stream.get_ref();
            data.insert(Agreed(session.alpn_protocol().map(<[u8]>::to_vec)));
        })
        .bind_rustls_0_23((Ipv4Addr::LOCALHOST, 0), config)
        .unwrap();
    let server = TestServer::run(http.addrs()[0], http.run(), log, server);
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let mut stream = secure_over(stream, &authority, &["http/1.1"])
        .await
        .unwrap();
    let request = b"GET /agreed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut page = String::new();
    soon("the page", stream.read_to_string(&mut page))
        .await
        .unwrap();
    assert!(page.ends_with("\r\n\r\nhttp/1.1"), "{page}");
    let bytes = vec![7; 1 << 20];
    let mut client = connect(&server, &authority).await;
    client.send_binary(bytes.clone()).await;
    assert!(client.next().await == Message::binary(bytes));
    client.close(4000, "enough").await;
    assert_eq!(client.closed().await, (4000, "enough".into()));
}

/// A server of one worker that listens with TLS and without. `at_once` limits its TLS handshakes at
/// a time. The address in the [`TestServer`] is without TLS. The returned address is with TLS, and
/// the certificate is the authority to trust.
fn serve_both(at_once: Option<usize>) -> (TestServer, SocketAddr, CertificateDer<'static>) {
    let (log, server) = (Log::default(), Server::new());
    let of_app = server.clone();
    let app = move || App::new().service(open_echo::service().server(&of_app));
    let (config, authority) = config();
    let http = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .client_request_timeout(NEVER)
        .shutdown_timeout(0)
        .tls_handshake_timeout(NEVER)
        .bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .bind_rustls_0_23((Ipv4Addr::LOCALHOST, 0), config)
        .unwrap();
    let http = match at_once {
        Some(count) => http.max_connection_rate(count),
        None => http,
    };
    let (plain, secure) = (http.addrs()[0], http.addrs()[1]);
    let server = TestServer::run(plain, http.run(), log, server);
    (server, secure, authority)
}

/// Without a log.
#[websocket("/echo")]
mod open_echo {
    use super::*;

    fn message(ws: &Ws, message: Incoming<'_>) {
        ws.send(message);
    }
}

/// Connects peers that send nothing.
async fn silent(addr: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(addr).await.unwrap());
    }
    streams
}

/// Whether the server still keeps the connection of a silent peer.
fn is_open(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0]);
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

async fn both_are_served(
    server: &TestServer,
    addr: SocketAddr,
    authority: &CertificateDer<'static>,
) {
    let mut plain = server.connect("/echo").await;
    assert_eq!(plain.ask("without TLS").await, "without TLS");
    let stream = secure_on(addr, authority).await.unwrap();
    let mut secure = Client::on(stream, "wss://localhost/echo").await;
    assert_eq!(secure.ask("with TLS").await, "with TLS");
}

#[actix_web::test]
async fn silent_peers_keep_nobody_waiting() {
    let (server, addr, authority) = serve_both(None);
    // By default actix allows 256 handshakes at a time.
    let silent = silent(addr, 300).await;
    for _ in 0..3 {
        both_are_served(&server, addr, &authority).await;
    }
    assert!(silent.iter().all(is_open));
}

#[actix_web::test]
async fn a_limit_of_tls_handshakes_holds_for_its_listener_only() {
    let (server, addr, authority) = serve_both(Some(2));
    let mut silent_ones = silent(addr, 1).await;
    both_are_served(&server, addr, &authority).await;
    silent_ones.extend(silent(addr, 1).await);
    let waiting = actix_web::rt::spawn({
        let authority = authority.clone();
        async move { secure_on(addr, &authority).await.unwrap() }
    });
    for _ in 0..3 {
        let mut plain = server.connect("/echo").await;
        assert_eq!(plain.ask("without TLS").await, "without TLS");
    }
    assert!(!waiting.is_finished());
    assert!(silent_ones.iter().all(is_open));
    drop(silent_ones.pop());
    let stream = soon("a place", waiting).await.unwrap();
    let mut secure = Client::on(stream, "wss://localhost/echo").await;
    assert_eq!(secure.ask("with TLS").await, "with TLS");
    both_are_served(&server, addr, &authority).await;
}

//! [`TlsStream`], with a client of rustls at the other end of a stream in memory.

use std::{
    future::poll_fn,
    io::{ErrorKind, IoSlice, Read as _, Write as _},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use tokio::io::{AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::{
    TlsConnector, client,
    rustls::{
        ClientConfig, ClientConnection, RootCertStore, ServerConfig, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{PrivatePkcs8KeyDer, ServerName},
        version::{TLS12, TLS13},
    },
};

use super::super::stream::TlsStream;

type Ends = (TlsStream<DuplexStream>, client::TlsStream<DuplexStream>);

fn configs(
    version: &'static SupportedProtocolVersion,
    tickets: usize,
) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = || Arc::new(ring::default_provider());
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    server.send_tls13_tickets = tickets;
    let mut trusted = RootCertStore::empty();
    trusted.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

/// Both ends, after the handshake. `room` bytes fit into the stream between them. A client gets no
/// tickets if they would not fit: it does not read before the server is done.
async fn connect(version: &'static SupportedProtocolVersion, room: usize) -> Ends {
    let tickets = if room < 1 << 10 { 0 } else { 2 };
    let (server, client) = configs(version, tickets);
    let (ours, theirs) = duplex(room);
    let name = ServerName::try_from("localhost").unwrap();
    let (server, client) = tokio::join!(
        TlsStream::accept(server, ours),
        TlsConnector::from(client).connect(name, theirs),
    );
    (server.unwrap(), client.unwrap())
}

fn bytes(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

/// Sends bytes in both directions at once.
async fn exchange((server, client): Ends, len: usize) -> Ends {
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let sent = bytes(len);
    let (mut at_server, mut at_client) = (vec![0; len], vec![0; len]);
    let (a, b, c, d) = tokio::join!(
        async {
            to_server.write_all(&sent).await?;
            to_server.flush().await
        },
        async {
            to_client.write_all(&sent).await?;
            to_client.flush().await
        },
        from_server.read_exact(&mut at_server),
        from_client.read_exact(&mut at_client),
    );
    a.and(b).unwrap();
    c.and(d).unwrap();
    // `assert_eq` would print them.
    assert!(at_server == sent);
    assert!(at_client == sent);
    (
        from_server.unsplit(to_server),
        from_client.unsplit(to_client),
    )
}

#[actix_web::test]
async fn bytes_cross_in_both_directions_through_any_gap() {
    for version in [&TLS12, &TLS13] {
        for (room, longest) in [(1, 2000), (7, 20_000), (4096, 200_000), (1 << 20, 200_000)] {
            let mut ends = connect(version, room).await;
            for len in [1, 100, 16 << 10, (16 << 10) + 1, longest] {
                ends = exchange(ends, len.min(longest)).await;
            }
        }
    }
}

#[actix_web::test]
async fn keys_are_renewed() {
    let mut ends = connect(&TLS13, 1 << 10).await;
    for _ in 0..3 {
        ends.1.get_mut().1.refresh_traffic_keys().unwrap();
        ends = exchange(ends, 5000).await;
    }
}

#[actix_web::test]
async fn a_reader_with_little_room_gets_everything() {
    let (mut server, mut client) = connect(&TLS13, 1 << 20).await;
    let sent = bytes(40_000);
    client.write_all(&sent).await.unwrap();
    client.shutdown().await.unwrap();
    let mut received: Vec<u8> = Vec::new();
    let mut buffer = [0; 3];
    loop {
        let count = server.read(&mut buffer).await.unwrap();
        if count == 0 {
            break;
        }
        received.extend(&buffer[..count]);
    }
    assert!(received == sent);
}

#[actix_web::test]
async fn pieces_are_one_record() {
    let (mut server, client) = connect(&TLS13, 1000).await;
    let (mut below, mut session) = client.into_inner();
    let pieces = [b"one ".as_slice(), b"", b"two ", b"three"].map(IoSlice::new);
    let written = server.write_vectored(&pieces).await.unwrap();
    assert_eq!(written, 13);
    server.flush().await.unwrap();
    let mut record = vec![0; 1 << 10];
    let len = below.read(&mut record).await.unwrap();
    // The header, the type, and the tag.
    assert_eq!(len, 5 + 13 + 1 + 16);
    session.read_tls(&mut &record[..len]).unwrap();
    session.process_new_packets().unwrap();
    let mut received = [0; 13];
    session.reader().read_exact(&mut received).unwrap();
    assert_eq!(&received, b"one two three");
}

#[actix_web::test]
async fn an_end_is_told_from_a_cut() {
    for version in [&TLS12, &TLS13] {
        let (mut server, mut client) = connect(version, 1 << 10).await;
        client.write_all(b"the last").await.unwrap();
        client.shutdown().await.unwrap();
        let mut received = Vec::new();
        server.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"the last");
        // The other half is still open.
        server.write_all(b"an answer").await.unwrap();
        server.shutdown().await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "an answer");

        let (mut server, mut client) = connect(version, 1 << 10).await;
        client.write_all(b"the last").await.unwrap();
        client.flush().await.unwrap();
        drop(client);
        let mut received = Vec::new();
        let cut = server.read_to_end(&mut received).await.unwrap_err();
        assert_eq!(cut.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(received, b"the last");
    }
}

#[actix_web::test]
async fn a_forged_record_ends_the_session_with_an_alert() {
    let (mut server, client) = connect(&TLS13, 1 << 10).await;
    let (mut below, mut session) = client.into_inner();
    session.writer().write_all(b"a message").unwrap();
    let mut record = Vec::new();
    session.write_tls(&mut record).unwrap();
    *record.last_mut().unwrap() ^= 1;
    below.write_all(&record).await.unwrap();
    for _ in 0..2 {
        let error = server.read(&mut [0; 100]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        below.write_all(b"more").await.unwrap();
    }
    let error = server.write(b"an answer").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    server.shutdown().await.unwrap();
    assert_eq!(alert(&mut session, &mut below).await, "BadRecordMac");
}

/// Reads an alert.
async fn alert(session: &mut ClientConnection, below: &mut DuplexStream) -> String {
    let mut received = Vec::new();
    below.read_to_end(&mut received).await.unwrap();
    session.read_tls(&mut &*received).unwrap();
    let error = session.process_new_packets().unwrap_err();
    let text = format!("{error:?}");
    let alert = text.strip_prefix("AlertReceived(").unwrap_or(&text);
    alert.trim_end_matches(')').to_owned()
}

#[actix_web::test]
async fn a_handshake_of_garbage_fails() {
    for garbage in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        &[22, 3, 1, 0, 4, 1, 255, 255, 255],
    ] {
        let (server, _) = configs(&TLS13, 2);
        let (ours, mut theirs) = duplex(1 << 10);
        theirs.write_all(garbage).await.unwrap();
        theirs.shutdown().await.unwrap();
        assert!(TlsStream::accept(server, ours).await.is_err());
    }
}

/// The plaintext is bounded, and so are the records that wait.
#[actix_web::test]
async fn a_stream_that_accepts_nothing_keeps_little() {
    let (mut server, mut client) = connect(&TLS13, 100).await;
    let sent = bytes(1 << 20);
    let first = server.write(&sent).await.unwrap();
    assert_eq!(first, 64 << 10);
    let next = poll_fn(|cx| Poll::Ready(Pin::new(&mut server).poll_write(cx, &sent))).await;
    assert!(next.is_pending(), "{next:?}");
    let (flushed, received) = tokio::join!(server.flush(), async {
        let mut received = vec![0; first];
        client.read_exact(&mut received).await.map(|_| received)
    });
    flushed.unwrap();
    assert!(received.unwrap() == sent[..first]);
    assert!(server.is_lean());
}

#[actix_web::test]
async fn an_idle_stream_keeps_no_buffer() {
    let ends = connect(&TLS13, 1 << 20).await;
    assert!(ends.0.is_lean());
    let ends = exchange(ends, 100_000).await;
    assert!(ends.0.is_lean());
}

//! The chat over TLS, with a client that verifies its certificate.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    suites::start::failure_of,
    support::{
        client::{Client, Person},
        process::{CHAT, Example, PATIENCE},
        tls,
    },
};

/// A file that only one test uses.
fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

async fn join(chat: &Example, host: &str, trusted: &Path, name: &str) -> Person {
    let stream = tls::connect(chat.address, host, trusted).await.unwrap();
    let url = format!("wss://{host}/chat?name={name}");
    Person::arrive(Client::on(stream, &url).await).await
}

/// Two people trust a certificate, and chat.
async fn chats(chat: &Example, trusted: &Path) {
    let mut ada = join(chat, "localhost", trusted, "Ada").await;
    let mut grace = join(chat, "127.0.0.1", trusted, "Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    assert_eq!(ada.say(1, "is anybody listening?").await, 1);
    assert_eq!(grace.event().await["text"], "is anybody listening?");
    grace.leave().await;
    assert_eq!(ada.event().await["type"], "leave");

    let mut stream = tls::connect(chat.address, "localhost", trusted)
        .await
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
}

#[tokio::test]
async fn a_certificate_is_made_and_can_be_trusted() {
    let trusted = file("made.pem");
    let chat = Example::chat_with(["--tls", "--tls-cert-out", trusted.to_str().unwrap()]);
    assert_eq!(chat.url, format!("https://{}", chat.address));
    chats(&chat, &trusted).await;
    assert!(!fs::read_to_string(&trusted).unwrap().contains("PRIVATE"));

    // A client that trusts another certificate, or expects another host, does not connect.
    let other = file("other.pem");
    let _other = Example::chat_with(["--tls", "--tls-cert-out", other.to_str().unwrap()]);
    let refused = tls::connect(chat.address, "localhost", &other)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
    let refused = tls::connect(chat.address, "example.com", &trusted)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
    // A client without TLS gets no answer.
    let mut plain = TcpStream::connect(chat.address).await.unwrap();
    plain
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut told = Vec::new();
    let _ = timeout(PATIENCE, plain.read_to_end(&mut told))
        .await
        .expect("the end");
    assert!(!told.starts_with(b"HTTP"));
}

/// A certificate and its key, as files.
fn issue(name: &str) -> (PathBuf, PathBuf) {
    let (certificate, key) = (file(&format!("{name}.pem")), file(&format!("{name}.key")));
    tls::issue(&["localhost", "127.0.0.1"], &certificate, &key);
    (certificate, key)
}

#[tokio::test]
async fn a_certificate_comes_from_files() {
    let (certificate, key) = issue("given");
    let chat = Example::chat_with([
        "--tls-key".as_ref(),
        key.as_os_str(),
        "--tls-cert".as_ref(),
        certificate.as_os_str(),
    ]);
    chats(&chat, &certificate).await;
}

#[test]
fn what_is_wrong_with_the_flags_is_one_line_that_names_them() {
    let (certificate, key) = issue("right");
    let (_, another) = issue("another");
    let (missing, empty, no_pem) = (file("missing.pem"), file("empty.pem"), file("no.pem"));
    fs::write(&empty, "").unwrap();
    fs::write(&no_pem, "-----BEGIN CERTIFICATE-----\nnot base64!\n").unwrap();
    let broken = file("broken.pem");
    fs::write(
        &broken,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let nowhere = missing.join("cert.pem");

    for certificates in [&missing, &empty, &no_pem, &broken, &key] {
        let line = fails(&[
            "--tls-cert",
            certificates.to_str().unwrap(),
            "--tls-key",
            key.to_str().unwrap(),
        ]);
        assert!(line.contains("--tls-cert"), "{line}");
        assert!(line.contains(certificates.to_str().unwrap()), "{line}");
    }
    for key in [&missing, &empty, &no_pem, &certificate, &another] {
        let line = fails(&[
            "--tls-key",
            key.to_str().unwrap(),
            "--tls-cert",
            certificate.to_str().unwrap(),
        ]);
        assert!(
            line.contains("--tls-key") && line.contains(key.to_str().unwrap()),
            "{line}"
        );
    }
    let line = fails(&["--tls", "--tls-cert-out", nowhere.to_str().unwrap()]);
    assert!(
        line.contains("--tls-cert-out") && line.contains(nowhere.to_str().unwrap()),
        "{line}"
    );
    assert!(fails(&["--tsl"]).contains("--tsl"));
    assert!(fails(&["--tls-cert", certificate.to_str().unwrap()]).contains("--tls-key"));
}

fn fails(arguments: &[&str]) -> String {
    failure_of(Command::new(CHAT).args(arguments).env("PORT", "0"))
}

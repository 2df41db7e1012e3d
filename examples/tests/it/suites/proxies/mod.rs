//! The examples, and a server that tells what it sees, behind the proxies of `examples/proxies`.

mod pages;
mod upstream;

use std::time::Duration;

use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use self::upstream::{PING_INTERVAL, Upstream};
use crate::support::{
    client::{Client, Person},
    http,
    process::Example,
    proxy::{HOST, Kind, Proxy, handshake},
};

/// The timeout for idle sockets in the files.
const PATIENCE: Duration = Duration::from_secs(75);

/// A test with each proxy.
macro_rules! behind_each {
    ($($test:ident)*) => {
        mod nginx {
            use super::Kind;

            $(
                #[tokio::test]
                #[cfg_attr(without_nginx, ignore = "needs nginx: see CONTRIBUTING.md")]
                async fn $test() {
                    super::$test(Kind::Nginx).await;
                }
            )*
        }

        mod haproxy {
            use super::Kind;

            $(
                #[tokio::test]
                #[cfg_attr(without_haproxy, ignore = "needs HAProxy: see CONTRIBUTING.md")]
                async fn $test() {
                    super::$test(Kind::Haproxy).await;
                }
            )*
        }
    };
}

behind_each! {
    people_of_a_room_meet_and_large_messages_pass
    pages_of_other_hosts_are_refused
    plain_http_is_sent_to_tls
    pings_keep_an_idle_socket_open
    codes_and_reasons_pass_in_both_directions
    the_address_is_the_clients_whatever_the_client_says
    sockets_of_a_room_share_a_server_and_move_when_it_stops
    a_proxy_that_retires_keeps_its_sockets
}

async fn people_of_a_room_meet_and_large_messages_pass(kind: Kind) {
    let chats = [Example::chat(), Example::chat()];
    let proxy = Proxy::start(kind, chats.each_ref().map(|chat| chat.address), PATIENCE);
    for room in ["lobby", "tea", "garden"] {
        let join = async |name: &str| {
            let target = format!("/chat?room={room}&name={name}");
            Person::arrive(proxy.connect(&target).await).await
        };
        let mut ada = join("Ada").await;
        let mut grace = join("Grace").await;
        assert_eq!(ada.event().await["type"], "enter");
        assert_eq!(grace.say(1, "is it warm there?").await, 1);
        assert_eq!(ada.event().await["text"], "is it warm there?");
    }

    let echoes = ["takeover", "body"].map(Example::echo);
    for echo in &echoes {
        let proxy = Proxy::start(kind, [echo.address; 2], PATIENCE);
        let mut client = proxy.connect("/ws").await;
        let message = Message::binary(vec![7; 1 << 20]);
        client.send(message.clone()).await;
        // `assert_eq` would print both large messages.
        assert!(client.next().await == message);
    }
}

async fn pages_of_other_hosts_are_refused(kind: Kind) {
    let chat = Example::chat();
    let proxy = Proxy::start(kind, [chat.address; 2], PATIENCE);
    for (origin, accepted) in [
        ("https://chat.example", true),
        ("https://chat.example:443", true),
        ("https://evil.example", false),
        ("https://chat.example:8443", false),
    ] {
        let handshake = handshake("/chat?name=Ada", &[("origin", origin)]);
        match proxy.ask(handshake).await {
            Ok(_) => assert!(accepted, "{origin}"),
            Err(Error::Http(response)) => {
                assert_eq!(response.status(), 403, "{origin}");
                assert!(!accepted, "{origin}");
            }
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

async fn plain_http_is_sent_to_tls(kind: Kind) {
    let chat = Example::chat();
    let proxy = Proxy::start(kind, [chat.address; 2], PATIENCE);
    let head = http::head(proxy.plain, "/chat?name=Ada", HOST);
    assert!(head[0].starts_with("HTTP/1.1 301 "), "{head:?}");
    let location = format!("location: https://{HOST}/chat?name=Ada");
    assert!(
        head.iter().any(|line| line.eq_ignore_ascii_case(&location)),
        "{head:?}"
    );
}

async fn pings_keep_an_idle_socket_open(kind: Kind) {
    let patience = Duration::from_secs(5);
    let upstream = Upstream::start("one");
    let proxy = Proxy::start(kind, [upstream.address; 2], patience);
    let mut pinged = proxy.connect("/pinged/probe").await;
    pinged.next().await;
    let mut silent = proxy.connect("/silent/probe").await;
    silent.next().await;

    let kept = async {
        // A pong answers each of them, and the next one comes when nothing else has.
        for _ in 0..2 * patience.as_millis() / PING_INTERVAL.as_millis() {
            pinged.ping().await;
        }
        pinged.send(Message::text("4000 still here")).await;
        assert_closed(pinged, 4000, "still here").await;
    };
    // Without pings the proxy ends the socket: what keeps the other one are its pings.
    tokio::join!(kept, silent.cut_off());
    // The server learns of both ends.
    let mut codes = [upstream.closed().0, upstream.closed().0];
    codes.sort_unstable();
    assert_eq!(codes, [1006, 4000]);
}

async fn codes_and_reasons_pass_in_both_directions(kind: Kind) {
    let upstream = Upstream::start("one");
    let proxy = Proxy::start(kind, [upstream.address; 2], PATIENCE);
    let mut client = proxy.connect("/probe").await;
    client.next().await;
    client.send(Message::text("4321 kicked")).await;
    assert_closed(client, 4321, "kicked").await;
    assert_eq!(upstream.closed(), (4321, "kicked".to_owned()));

    let mut client = proxy.connect("/probe").await;
    client.next().await;
    let frame = CloseFrame {
        code: CloseCode::Library(4123),
        reason: "bye".into(),
    };
    client.close_with(Some(frame)).await;
    assert_closed(client, 4123, "bye").await;
    assert_eq!(upstream.closed(), (4123, "bye".to_owned()));

    // A client that vanishes is lost for the server, too.
    let mut client = proxy.connect("/probe").await;
    client.next().await;
    drop(client);
    assert_eq!(upstream.closed().0, 1006);
}

async fn the_address_is_the_clients_whatever_the_client_says(kind: Kind) {
    let upstream = Upstream::start("one");
    let proxy = Proxy::start(kind, [upstream.address; 2], PATIENCE);
    let expected = Message::text(format!("one 127.0.0.1 https {HOST}"));
    for headers in [
        &[][..],
        &[("x-forwarded-for", "192.0.2.1")],
        &[("x-forwarded-proto", "http")],
        &[("forwarded", "for=192.0.2.1;proto=http;host=evil.example")],
    ] {
        let mut client = proxy.ask(handshake("/probe", headers)).await.unwrap();
        assert_eq!(client.next().await, expected, "{headers:?}");
    }
}

async fn sockets_of_a_room_share_a_server_and_move_when_it_stops(kind: Kind) {
    let mut one = Upstream::start("one");
    let two = Upstream::start("two");
    let proxy = Proxy::start(kind, [one.address, two.address], PATIENCE);
    let server_of = async |client: &mut Client| {
        let greeting = client.next().await.into_text().unwrap();
        greeting.split(' ').next().unwrap().to_owned()
    };

    // Rooms are spread over the servers, and each is on one of them.
    let mut on_one = None;
    let mut on_two = None;
    for number in 0.. {
        let target = format!("/probe?room=room-{number}");
        let mut first = proxy.connect(&target).await;
        let mut second = proxy.connect(&target).await;
        let server = server_of(&mut first).await;
        assert_eq!(server_of(&mut second).await, server);
        match &*server {
            "one" => on_one = Some((first, target)),
            _ => on_two = Some(first),
        }
        if on_one.is_some() && on_two.is_some() {
            break;
        }
    }
    let ((leaving, target), mut staying) = (on_one.unwrap(), on_two.unwrap());

    one.stop();
    assert_closed(leaving, 1001, "").await;
    // It accepts no more, so that the same room is now on the other server.
    drop(one);
    let mut back = proxy.connect(&target).await;
    assert_eq!(server_of(&mut back).await, "two");
    staying.send(Message::text("4000 not moved")).await;
    assert_closed(staying, 4000, "not moved").await;
}

async fn a_proxy_that_retires_keeps_its_sockets(kind: Kind) {
    let echo = Example::echo("takeover");
    let mut proxy = Proxy::start(kind, [echo.address; 2], PATIENCE);
    let mut client = proxy.connect("/ws").await;
    proxy.retire();
    client.send(Message::text("still here")).await;
    assert_eq!(client.next().await, Message::text("still here"));
    assert!(proxy.is_running());
    client.close().await;
    drop(client);
    proxy.exit();
}

async fn assert_closed(client: Client, code: u16, reason: &str) {
    assert_eq!(client.closed().await, (code, reason.to_owned()));
}

//! What a client is sent.

use levante::{
    prelude::*,
    test::{self, End},
};

use super::{app, assert_fails, obey};

#[levante::test]
async fn messages_come_in_their_order() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    client.send("echo one").await;
    client.send(b"two").await;
    client.send("echo three").await;
    client.send(r#"echo {"four": 4}"#).await;
    assert_eq!(client.text().await, "one");
    assert_eq!(client.binary().await, "two");
    assert_eq!(client.message().await, Message::Text("three".into()));
    #[derive(serde::Deserialize)]
    struct Four {
        four: u8,
    }
    assert_eq!(client.json::<Four>().await.four, 4);
    client.assert_silent().await;
    assert_eq!(client.drain_messages().await, []);
    client.send("echo five").await;
    client.send(b"six").await;
    client.send("close over").await;
    let drained = client.drain_messages().await;
    assert_eq!(
        drained,
        [Message::Text("five".into()), Message::Binary("six".into())]
    );
    let (code, reason) = (CloseCode::Other(4000), "over".to_owned());
    assert_eq!(client.closed().await, End { code, reason });
    client.assert_silent().await;
    assert_eq!(client.drain_messages().await, []);
}

#[levante::test]
async fn pings_and_pongs_are_apart_from_the_messages() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    let mut other = app.connect("/obey").await;
    client.send("ping a").await;
    client.send("echo one").await;
    client.send("ping b").await;
    assert_eq!(client.text().await, "one");
    client.assert_silent().await;
    assert_eq!(client.ping().await, "a");
    assert_eq!(client.ping().await, "b");
    // It has answered.
    assert_eq!(other.text().await, "pong a");
    assert_eq!(other.text().await, "pong b");
    client.send_frame(test::Frame::ping("c")).await;
    assert_eq!(client.pong().await, "c");
}

#[levante::test]
async fn an_end_without_a_frame_is_1006() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    client.send("terminate").await;
    let (code, reason) = (CloseCode::Abnormal, String::new());
    assert_eq!(client.closed().await, End { code, reason });
    assert_eq!(app.server().connections(), 0);
}

#[levante::test]
async fn a_wait_goes_on_while_another_part_of_the_test_does_something() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    let mut other = app.connect("/obey").await;
    let slept = async {
        client.send("sleep 5000").await;
        client.text().await
    };
    let later = async {
        test::advance(std::time::Duration::from_secs(4)).await;
        other.assert_silent().await;
        test::advance(std::time::Duration::from_secs(1)).await;
        app.server().publish("events", "done");
        other.text().await
    };
    let (slept, done) = tokio::join!(slept, later);
    assert_eq!((&*slept, &*done), ("slept", "done"));
}

#[levante::test]
async fn a_wait_that_is_dropped_loses_nothing() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    tokio::select! {
        biased;
        _ = client.text() => panic!("nothing was sent"),
        () = std::future::ready(()) => {}
    }
    app.server().publish("events", "one");
    assert_eq!(client.text().await, "one");
}

#[test]
fn a_failure_names_the_client_and_says_what_came() {
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey?a=b").await;
            client.text().await;
        },
        "client 1 (/obey?a=b) expected text, but nothing came, and nothing will: every task waits, \
         and the clock stands still",
    );
    assert_fails(
        || async {
            let app = app().await;
            let _first = app.connect("/obey").await;
            let mut client = app.connect("/obey").await;
            client.send(b"\xff\"").await;
            client.text().await;
        },
        r#"client 2 (/obey) expected text, but binary b"\xff\"" came"#,
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("echo \"one\"").await;
            client.binary().await;
        },
        r#"client 1 (/obey) expected binary, but text "\"one\"" came"#,
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("echo [1]").await;
            client.json::<u8>().await;
        },
        "client 1 (/obey) expected JSON, but text \"[1]\" came, which does not parse: invalid type: \
         sequence, expected u8 at line 1 column 0",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("close bye").await;
            client.message().await;
        },
        "client 1 (/obey) expected a message, but the end (4000 \"bye\") came",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("echo one").await;
            client.closed().await;
        },
        "client 1 (/obey) expected the end, but text \"one\" came",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("echo one").await;
            client.assert_silent().await;
        },
        "client 1 (/obey) expected nothing, but text \"one\" came",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("terminate").await;
            client.assert_silent().await;
        },
        "client 1 (/obey) expected nothing, but the end (1006 \"\") came",
    );
}

#[test]
fn a_failure_shows_what_came_before() {
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            for number in 0..7 {
                client.send(format!("echo {number}")).await;
                client.text().await;
            }
            client.text().await;
        },
        "client 1 (/obey) expected text, but nothing came, and nothing will: every task waits, and \
         the clock stands still\nbefore that came text \"6\", before that text \"5\", before that \
         text \"4\", before that text \"3\", before that text \"2\"",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send(format!("echo {}", "ä".repeat(300))).await;
            client.binary().await;
        },
        &format!(
            "client 1 (/obey) expected binary, but text \"{}… (602 bytes) came",
            "ä".repeat(199)
        ),
    );
}

#[test]
fn a_failure_says_why_nothing_can_come() {
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("close").await;
            client.closed().await;
            client.text().await;
        },
        "client 1 (/obey) expected text, but the connection has ended: 4000 \"\"",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.stop_reading();
            client.send("echo one").await;
            client.text().await;
        },
        "client 1 (/obey) expected text, but nothing came, and nothing will: the client has stopped \
         reading",
    );
}

#[test]
fn pings_and_pongs_are_not_taken_for_one_another() {
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send("ping").await;
            client.pong().await;
        },
        "client 1 (/obey) expected a pong, but a ping came",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send_frame(test::Frame::ping("")).await;
            client.ping().await;
        },
        "client 1 (/obey) expected a ping, but a pong came",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.ping().await;
        },
        "client 1 (/obey) expected a ping, but nothing came, and nothing will: every task waits, and \
         the clock stands still",
    );
}

#[levante::test]
async fn the_server_s_end_of_a_connection_is_found() {
    let app = app().await;
    let client = app.connect("/obey").await;
    let other = app.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    assert_eq!(ws.peer_addr(), Some(client.addr()));
    assert_ne!(ws, other.socket());
    assert_eq!(ws.subscriptions(), ["events"]);
    assert_eq!(ws.buffered_amount(), 0);
}

#[levante::test]
#[should_panic = "client 1 (/obey) has no open `levante::socket::Socket<it::suites::kit::obey::Endpoint>`"]
async fn a_socket_that_is_gone_is_not_found() {
    let mut client = app().await.connect("/obey").await;
    client.close().await;
    client.socket::<obey::Ws>();
}

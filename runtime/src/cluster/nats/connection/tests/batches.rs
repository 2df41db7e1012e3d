//! Batches, and the errors between them.

use super::peer::Listener;
use crate::cluster::broker::{Kind, Post, Publisher as _, Subscriber as _};

fn post<'a>(subject: &'a str, payload: &'a str) -> Post<'a> {
    let payload = payload.as_bytes();
    Post { subject, payload }
}

#[actix_web::test]
async fn a_batch_is_acknowledged_by_its_pong() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    let batch = [post("a", "hello"), post("b", "")];
    let serve = async {
        for line in ["PUB a 5", "hello", "PUB b 0", "", "PING"] {
            peer.expect(line).await;
        }
        peer.send("PONG\r\n").await;
    };
    let (refusals, ()) = tokio::join!(session.publisher.publish(&batch), serve);
    assert!(refusals.unwrap().is_empty());
    // A batch without messages only asks.
    let serve = async {
        peer.expect("PING").await;
        peer.send("PONG\r\n").await;
    };
    let (refusals, ()) = tokio::join!(session.publisher.publish(&[]), serve);
    assert!(refusals.unwrap().is_empty());
}

#[actix_web::test]
async fn an_unsubscription_names_its_subscription() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    let subjects = ["levante.c".into(), "levante.t.a".into()];
    let serve = async {
        let lines = [peer.line().await, peer.line().await];
        peer.expect("PING").await;
        peer.send("PONG\r\n").await;
        lines
    };
    let (done, lines) = tokio::join!(session.subscriber.subscribe(&subjects), serve);
    done.unwrap();
    let sid = |line: &str, subject: &str| {
        line.strip_prefix(&format!("SUB {subject} "))
            .unwrap()
            .to_owned()
    };
    let sids = [sid(&lines[0], "levante.c"), sid(&lines[1], "levante.t.a")];
    assert_ne!(sids[0], sids[1]);
    let serve = async {
        peer.expect(&format!("UNSUB {}", sids[1])).await;
        peer.expect("PING").await;
        peer.send("PONG\r\n").await;
    };
    let (done, ()) = tokio::join!(session.subscriber.unsubscribe(&subjects[1..]), serve);
    done.unwrap();
}

#[actix_web::test]
async fn an_error_belongs_to_the_batch_before_whose_pong_it_comes() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    let batch = [
        post("a", "1"),
        post("b", "2"),
        post("a", "3"),
        post("c", "4"),
    ];
    let subjects = ["levante.t.x".into()];
    let serve = async {
        // Both batches are on the way. The one of the publisher is the first.
        let mut pings = 0;
        while pings < 2 {
            pings += usize::from(peer.line().await == "PING");
        }
        peer.send(
            "-ERR 'Permissions Violation for Publish to \"a\"'\r\n\
             -ERR 'Permissions Violation for Publish to \"a\"'\r\nPONG\r\nMSG m 1 1\r\nx\r\n\
             -ERR 'Permissions Violation for Subscription to \"levante.t.x\"'\r\nPONG\r\n",
        )
        .await;
    };
    let (refusals, done, ()) = tokio::join!(
        biased;
        session.publisher.publish(&batch),
        session.subscriber.subscribe(&subjects),
        serve
    );
    let refusals = refusals.unwrap();
    let indices: Vec<_> = refusals.iter().map(|refusal| refusal.index).collect();
    assert_eq!(indices, [0, 2]);
    assert!(
        refusals[0].error.to_string().contains("`permissions`"),
        "{refusals:?}"
    );
    let error = done.unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.to_string().contains("may not subscribe"), "{error}");
    assert_eq!(session.message().await, "m x");
}

#[actix_web::test]
async fn any_other_error_fails_a_batch_of_messages() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    for (text, expected) in [
        (
            "Permissions Violation for Publish to \"other\"",
            "`permissions`",
        ),
        ("Maximum Payload Violation", "`max_payload`"),
    ] {
        let serve = async {
            while peer.line().await != "PING" {}
            peer.send(&format!("-ERR '{text}'\r\nPONG\r\n")).await;
        };
        let batch = [post("a", "1")];
        let (refusals, ()) = tokio::join!(session.publisher.publish(&batch), serve);
        let error = refusals.map(drop).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[actix_web::test]
async fn a_batch_that_is_on_the_way_when_the_connection_ends_is_an_error() {
    for (text, kind) in [
        ("", Kind::Broken),
        ("MSG a 1 100\r\ncut o", Kind::Broken),
        ("-ERR 'Slow Consumer'\r\n", Kind::Broken),
        ("-ERR 'User Authentication Expired'\r\n", Kind::Refused),
        ("garbage\r\n", Kind::Protocol),
    ] {
        let listener = Listener::new().await;
        let (mut session, mut peer) = listener.session().await;
        let subjects = ["levante.t.x".into()];
        let batch = [post("a", "1")];
        let serve = async {
            let mut pings = 0;
            while pings < 2 {
                pings += usize::from(peer.line().await == "PING");
            }
            peer.send(text).await;
            drop(peer);
        };
        let (refusals, done, ()) = tokio::join!(
            session.publisher.publish(&batch),
            session.subscriber.subscribe(&subjects),
            serve
        );
        assert_eq!(refusals.map(drop).unwrap_err().kind(), kind, "{text}");
        assert_eq!(done.unwrap_err().kind(), kind, "{text}");
        assert_eq!(session.error().await.kind(), kind, "{text}");
        assert!(session.received.recv().await.is_none());
        // Later ones fail at once.
        let after = session.publisher.publish(&batch).await;
        assert_eq!(after.map(drop).unwrap_err().kind(), Kind::Broken);
    }
}

#[actix_web::test]
async fn a_subject_cannot_be_a_command() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    let batch = [
        post("a 1\r\nx\r\nPUB b", "1"),
        post("c", "2"),
        post("", "3"),
    ];
    let serve = async {
        for line in ["PUB c 1", "2", "PING"] {
            peer.expect(line).await;
        }
        peer.send("PONG\r\n").await;
    };
    let (refusals, ()) = tokio::join!(session.publisher.publish(&batch), serve);
    let refusals = refusals.unwrap();
    let indices: Vec<_> = refusals.iter().map(|refusal| refusal.index).collect();
    assert_eq!(indices, [0, 2]);
    let done = session.subscriber.subscribe(&["a b".into()]).await;
    assert_eq!(done.unwrap_err().kind(), Kind::Refused);
}

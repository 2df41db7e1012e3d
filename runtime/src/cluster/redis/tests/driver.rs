//! What a session does when all is well, and how it ends.

use super::*;

#[tokio::test]
async fn messages_come_back_in_order_with_any_names_and_bytes() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    let long = "ä".repeat(32 << 10);
    let names: Vec<Box<str>> = ["p:t:", "p:t:a b", "p:t:\r\n\0", &long]
        .map(Into::into)
        .into();
    session.subscribe(&names).await.unwrap();

    let large: Vec<u8> = (0..1 << 20).map(|byte| byte as u8).collect();
    let payloads: [&[u8]; 4] = [b"", b"\r\n$3\r\n", &[0, 255], &large];
    let mut batch = Vec::new();
    for name in &names {
        batch.extend(payloads.map(|payload| Post {
            subject: name,
            payload,
        }));
    }
    // A name without a subscriber is acknowledged, too.
    batch.push(Post {
        subject: "p:t:none",
        payload: b"",
    });
    let refusals = soon(session.publisher.publish(&batch)).await.unwrap();
    assert!(refusals.is_empty());
    for post in &batch[..batch.len() - 1] {
        let (subject, payload) = session.next().await;
        assert!(subject == post.subject && payload == post.payload);
    }
}

#[tokio::test]
async fn a_subscription_is_done_when_all_names_of_a_batch_are_confirmed() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    // Another connection publishes to the last name of each batch as soon as the batch is confirmed.
    let mut other = connect(&url(&broker, "")).await.unwrap();
    for batch in 0..20 {
        let names = names(batch * 1000..(batch + 1) * 1000);
        session.subscribe(&names).await.unwrap();
        other.publish(&names[999], b"x").await.unwrap();
        assert_eq!(session.next().await.0, *names[999]);
    }

    let again = names(0..1000);
    other.publish(&again[0], b"y").await.unwrap();
    assert_eq!(session.next().await.1, b"y");
    // The same names are confirmed again.
    session.subscribe(&again).await.unwrap();
    let Connection {
        subscriber,
        inbound,
        ..
    } = &mut session;
    let unsubscribing = async {
        subscriber.unsubscribe(&again).await.unwrap();
        subscriber.unsubscribe(&[]).await.unwrap();
    };
    tokio::select! {
        () = soon(unsubscribing) => {}
        other = inbound.next() => panic!("{other:?}"),
    }
    other.publish(&again[0], b"z").await.unwrap();
    other.publish("p:t:1000", b"still").await.unwrap();
    assert_eq!(
        session.next().await,
        ("p:t:1000".to_owned(), b"still".to_vec())
    );
}

/// The answers of PUBLISH must be read while a large batch is written, or both sides wait for ever.
#[tokio::test]
async fn a_batch_may_be_larger_than_all_buffers() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    let batch = vec![
        Post {
            subject: "p:t:",
            payload: b""
        };
        500_000
    ];
    let refusals = soon(session.publisher.publish(&batch)).await.unwrap();
    assert!(refusals.is_empty());
}

#[tokio::test]
async fn what_had_arrived_is_read_after_the_server_has_ended() {
    if is_missing("redis-server") {
        return;
    }
    let mut broker = BrokerProcess::redis(&[]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    session.subscribe(&names(0..1)).await.unwrap();
    let batch = vec![
        Post {
            subject: "p:t:0",
            payload: b"x"
        };
        1000
    ];
    soon(session.publisher.publish(&batch)).await.unwrap();
    // Before it ends, the server must have written what it has acknowledged. It writes to all clients
    // before it reads again, so a second batch that is answered shows that.
    session.publish("p:t:none", b"").await.unwrap();
    broker.kill();
    for _ in 0..1000 {
        session.next().await;
    }
    // Its end: the kernel may reset the connection.
    let end = soon(session.inbound.next()).await;
    assert!(matches!(&end, None | Some(Err(_))), "{end:?}");
    assert!(soon(session.inbound.next()).await.is_none());

    let publishing = session.publish("p:t:0", b"").await.unwrap_err();
    assert_eq!(publishing.kind(), Kind::Broken, "{publishing}");
    let subscribing = soon(session.subscriber.subscribe(&names(0..1)))
        .await
        .unwrap_err();
    assert_eq!(subscribing.kind(), Kind::Broken, "{subscribing}");
    assert!(
        subscribing
            .to_string()
            .contains("client-output-buffer-limit")
    );
    let connecting = connect(&url(&broker, "")).await.err().unwrap();
    assert_eq!(connecting.kind(), Kind::Unreachable);
    assert_eq!(connecting.to_string(), "connection refused");
}

#[tokio::test]
async fn a_subscription_that_waits_is_told_when_the_connection_ends() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    command(&broker, &["CLIENT KILL TYPE normal SKIPME yes"]).await;
    let Connection {
        subscriber,
        inbound,
        ..
    } = &mut session;
    let all = names(0..10);
    let (subscribed, end) = tokio::join!(soon(subscriber.subscribe(&all)), soon(inbound.next()));
    assert_eq!(subscribed.unwrap_err().kind(), Kind::Broken);
    assert!(matches!(end, None | Some(Err(_))), "{end:?}");
}

#[tokio::test]
async fn dropping_or_closing_a_session_closes_its_connections() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    session.subscribe(&["p:c".into()]).await.unwrap();
    let mut watching = connect(&url(&broker, "")).await.unwrap();
    assert_eq!(clients(&mut watching, "a-node").await, 4);
    drop(session);
    soon(only_two_are_left(&mut watching)).await;
    let other = connect(&url(&broker, "")).await.unwrap();
    soon(other.publisher.close()).await;
    drop((other.subscriber, other.inbound));
    soon(only_two_are_left(&mut watching)).await;
}

async fn only_two_are_left(watching: &mut Session) {
    while clients(watching, "a-node").await > 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The number of clients with this name.
async fn clients(session: &mut Session, name: &str) -> usize {
    let mut commands = Vec::new();
    command::push(&mut commands, &[b"CLIENT", b"LIST"]);
    let mut found = 0;
    let each = |_, reply| {
        let Reply::Bytes(Some(list)) = reply else {
            panic!("{reply:?}")
        };
        let list = String::from_utf8(list.into()).unwrap();
        found = list.matches(&format!("name={name} ")).count();
    };
    soon(session.publisher.wire().exchange(&commands, 1, each))
        .await
        .unwrap();
    found
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_works() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&["--unixsocket", "r.sock"]);
    let url = format!("unix://{}", broker.folder().join("r.sock").display());
    let mut session = connect(&url).await.unwrap();
    session.subscribe(&names(0..1)).await.unwrap();
    session.publish("p:t:0", b"x").await.unwrap();
    assert_eq!(session.next().await.1, b"x");
    let missing = connect(&format!("{url}x")).await.err().unwrap();
    assert_eq!(missing.kind(), Kind::Unreachable);
    assert_eq!(missing.to_string(), "no such file or directory");
}

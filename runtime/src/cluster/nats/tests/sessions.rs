use super::*;

#[actix_web::test]
async fn a_message_reaches_the_others_in_order_and_not_its_publisher() {
    if is_missing("nats-server") {
        return;
    }
    let server = server("");
    let (mut here, mut there) = (session(&server, "").await, session(&server, "").await);
    for session in [&mut here, &mut there] {
        session
            .subscribe(&["levante.t.a", "levante.t.b"])
            .await
            .unwrap();
    }
    let payloads: Vec<Vec<u8>> = (0..1000_u32).map(|it| it.to_be_bytes().to_vec()).collect();
    let subject = |number: usize| {
        if number.is_multiple_of(3) {
            "levante.t.a"
        } else {
            "levante.t.b"
        }
    };
    let batch: Vec<_> = payloads
        .iter()
        .enumerate()
        .map(|(number, payload)| Post {
            subject: subject(number),
            payload,
        })
        .collect();
    for batch in batch.chunks(256) {
        assert!(
            soon(here.publisher.publish(batch))
                .await
                .unwrap()
                .is_empty()
        );
    }
    for post in &batch {
        let message = there.message().await;
        assert_eq!(
            (&*message.subject, &*message.payload),
            (post.subject.as_bytes(), post.payload)
        );
    }
    there
        .subscriber
        .unsubscribe(&["levante.t.a".into()])
        .await
        .unwrap();
    here.publish("levante.t.a", b"gone").await.unwrap();
    here.publish("levante.t.b", b"last").await.unwrap();
    assert_eq!(there.message().await.payload, "last");
    // It has had none of its own.
    there.publish("levante.t.a", b"first").await.unwrap();
    assert_eq!(here.message().await.payload, "first");
}

#[actix_web::test]
async fn the_largest_payload_is_what_the_server_says() {
    if is_missing("nats-server") {
        return;
    }
    let server = server("max_payload: 2097152");
    let (mut here, mut there) = (session(&server, "").await, session(&server, "").await);
    there.subscribe(&["a"]).await.unwrap();
    let max = here.publisher.max_payload();
    assert_eq!(max, 2 << 20);
    let payload = vec![b'x'; max + 1];
    here.publish("a", &payload[..max]).await.unwrap();
    assert_eq!(there.message().await.payload, payload[..max]);
    let error = here.publish("a", &payload).await.unwrap_err();
    assert!(error.to_string().contains("`max_payload`"), "{error}");
}

#[actix_web::test]
async fn many_subscriptions_are_made_in_batches() {
    if is_missing("nats-server") {
        return;
    }
    let server = server("");
    let (mut here, mut there) = (session(&server, "").await, session(&server, "").await);
    let subjects: Vec<Box<str>> = (0..10_000)
        .map(|it| format!("levante.t.{it}").into())
        .collect();
    for batch in subjects.chunks(1000) {
        soon(there.subscriber.subscribe(batch)).await.unwrap();
    }
    for subject in [&subjects[0], &subjects[5_000], &subjects[9_999]] {
        here.publish(subject, b"x").await.unwrap();
        assert_eq!(there.message().await.subject, subject.as_bytes());
    }
    for batch in subjects.chunks(1000) {
        soon(there.subscriber.unsubscribe(batch)).await.unwrap();
    }
    here.publish(&subjects[1], b"x").await.unwrap();
    there.subscribe(&["end"]).await.unwrap();
    here.publish("end", b"").await.unwrap();
    assert_eq!(there.message().await.subject, "end");
}

#[actix_web::test]
async fn a_killed_server_ends_the_session_and_another_one_takes_it() {
    if is_missing("nats-server") {
        return;
    }
    let (mut first, second) = (server(""), server(""));
    let url = format!("nats://{},{}", first.address, second.address);
    let mut driver = Nats::new(url).unwrap().into_driver();
    let mut session = Session::new(soon(driver.connect("levante")).await.unwrap());
    session.publish("a", b"x").await.unwrap();
    first.kill();
    session.error().await;
    assert!(soon(session.received.recv()).await.is_none());
    session.publish("a", b"x").await.unwrap_err();
    for _ in 0..2 {
        let mut session = Session::new(soon(driver.connect("levante")).await.unwrap());
        session.publish("a", b"x").await.unwrap();
    }
}

#[cfg(unix)]
#[actix_web::test]
async fn a_server_in_lame_duck_mode_ends_the_session() {
    if is_missing("nats-server") {
        return;
    }
    let server = server("");
    let mut session = session(&server, "").await;
    let pid = rustix::process::Pid::from_child(server.child());
    rustix::process::kill_process(pid, rustix::process::Signal::USR2).unwrap();
    let error = session.error().await.to_string();
    assert!(error.contains("lame duck"), "{error}");
}

#[actix_web::test]
async fn the_other_servers_of_a_cluster_are_found() {
    if is_missing("nats-server") {
        return;
    }
    let (routes, others) = (free_address(), free_address());
    let cluster = |listen, routes: &str| {
        format!("cluster {{ name: levante, listen: \"{listen}\", routes: [{routes}] }}")
    };
    let mut first = server(&cluster(routes, ""));
    let second = server(&cluster(others, &format!("\"nats://{routes}\"")));
    let mut driver = driver(&first, "");
    // Until the two have found each other.
    soon(async {
        while driver.servers.count() < 2 {
            let mut session = Session::new(driver.connect("levante").await.unwrap());
            session.publish("a", b"x").await.unwrap();
        }
    })
    .await;
    first.kill();
    let mut there = Session::new(soon(driver.connect("levante")).await.unwrap());
    let mut here = session(&second, "").await;
    there.subscribe(&["a"]).await.unwrap();
    here.publish("a", b"x").await.unwrap();
    assert_eq!(there.message().await.payload, "x");
}

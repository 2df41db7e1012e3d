use super::*;
use crate::cluster::broker::Kind;

/// What the docs of `Nats` show.
const CONFIG: &str = include_str!("../../../../docs/nats.conf");

#[actix_web::test]
async fn the_permissions_in_the_docs_are_enough_and_not_more() {
    if is_missing("nats-server") {
        return;
    }
    let server = server(CONFIG);
    let mut here = session(&server, "shop:secret@").await;
    let mut there = session(&server, "shop:secret@").await;
    let subjects = [
        "levante.c",
        "levante.n.0a0b0c0d",
        "levante.t.=",
        "levante.t.room-1",
        "levante.h.0123456789abcdef0123456789abcdef",
    ];
    there.subscribe(&subjects).await.unwrap();
    for subject in subjects {
        here.publish(subject, b"x").await.unwrap();
        assert_eq!(there.message().await.subject, subject);
    }
    for subject in ["shop.c", "levante", "_INBOX.a"] {
        let error = here.publish(subject, b"x").await.unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
        let expected = "the login may not publish to a subject (`permissions`)";
        assert_eq!(error.to_string(), format!("{expected}: {subject}"));
        let error = there.subscribe(&["levante.c", subject]).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
        let expected = "the login may not subscribe to a subject (`permissions`)";
        assert_eq!(error.to_string(), format!("{expected}: {subject}"));
    }
}

#[actix_web::test]
async fn only_the_refused_messages_of_a_batch_are_refused() {
    if is_missing("nats-server") {
        return;
    }
    let server = server(CONFIG);
    let mut here = session(&server, "shop:secret@").await;
    let mut there = session(&server, "shop:secret@").await;
    there.subscribe(&["levante.c"]).await.unwrap();
    let subjects = ["shop.c", "levante.c", "shop.c", "levante.c", "other"];
    let batch = subjects.map(|subject| Post {
        subject,
        payload: b"x",
    });
    let refusals = soon(here.publisher.publish(&batch)).await.unwrap();
    let indices: Vec<_> = refusals.iter().map(|it| it.index).collect();
    assert_eq!(indices, [0, 2, 4]);
    there.message().await;
    there.message().await;
}

#[actix_web::test]
async fn a_wrong_login_names_the_setting_and_no_password() {
    if is_missing("nats-server") {
        return;
    }
    let users = server(CONFIG);
    let tokens = server("authorization { token: \"t o/k:en\" }");
    session(&tokens, "t%20o%2Fk%3Aen@").await;
    for (server, login, expected) in [
        (&users, "", "requires a login"),
        (&users, "shop:hunter2@", "refuses the login"),
        (&users, "hunter2:secret@", "refuses the login"),
        (&users, "hunter2@", "refuses the login"),
        (&tokens, "", "requires a login"),
        (&tokens, "hunter2@", "refuses the login"),
    ] {
        let error = refused(server, login).await;
        assert_eq!(error.kind(), Kind::Refused, "{error}");
        let error = error.to_string();
        assert!(
            error.contains(expected) && error.contains("`authorization`"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[actix_web::test]
async fn an_nkey_is_named_as_what_is_missing() {
    if is_missing("nats-server") {
        return;
    }
    let nkey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    let server = server(&format!(
        "authorization {{ users = [ {{ nkey: {nkey} }} ] }}"
    ));
    let error = refused(&server, "").await;
    assert_eq!(error.kind(), Kind::Refused);
    assert!(
        error
            .to_string()
            .contains("requires an nkey or a credentials file"),
        "{error}"
    );
    let error = refused(&server, "shop:secret@").await.to_string();
    assert!(error.contains("does not support an nkey"), "{error}");
}

#[actix_web::test]
async fn limits_of_a_server_are_named() {
    if is_missing("nats-server") {
        return;
    }
    let server = server("max_connections: 1\nmax_subscriptions: 3\n");
    // The connection that has found out that the server listens may not be over yet.
    let mut session = soon(async {
        loop {
            match driver(&server, "").connect("levante").await {
                Ok(opened) => break Session::new(opened),
                Err(error) => assert_eq!(error.kind(), Kind::Refused, "{error}"),
            }
        }
    })
    .await;
    let error = refused(&server, "").await;
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.to_string().contains("(`max_connections`)"), "{error}");
    session.subscribe(&["a", "b", "c"]).await.unwrap();
    let error = session.subscribe(&["d"]).await.unwrap_err();
    assert!(error.to_string().contains("`max_subscriptions`"), "{error}");
}

#[actix_web::test]
async fn a_redis_on_the_port_is_named() {
    if is_missing("redis-server") {
        return;
    }
    for arguments in [&[][..], &["--requirepass", "secret"]] {
        let server = BrokerProcess::redis(arguments);
        let error = refused(&server, "").await;
        assert_eq!(error.kind(), Kind::Protocol);
        assert_eq!(
            error.to_string(),
            "the other side is a Redis server, not NATS"
        );
    }
}

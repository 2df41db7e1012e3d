//! A server that refuses: each error names the setting.

use super::*;

/// Connects, subscribes and publishes, and expects a refusal somewhere.
async fn refusal(url: &str) -> String {
    let all = async {
        let mut session = connect(url).await?;
        session.subscribe(&names(0..2)).await?;
        session.publish("p:t:0", b"").await
    };
    let error = all.await.unwrap_err();
    assert_eq!(error.kind(), Kind::Refused, "{error}");
    let error = error.to_string();
    assert!(!error.contains("secret"), "{error}");
    error
}

#[tokio::test]
async fn a_password_is_asked_for_and_checked() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&["--requirepass", "secret"]);
    assert!(
        refusal(&url(&broker, ""))
            .await
            .contains("the URL has none")
    );
    for wrong in [":secret2@", "default:secret2@", "secret:secret@"] {
        let error = refusal(&url(&broker, wrong)).await;
        assert!(
            error.contains("is wrong: compare it with `requirepass`"),
            "{error}"
        );
    }
    for right in [":secret@", "default:secret@", ":%73ecret@"] {
        connect(&url(&broker, right)).await.unwrap();
    }
}

#[tokio::test]
async fn a_password_that_the_server_does_not_want_is_told() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let error = refusal(&url(&broker, ":secret@")).await;
    assert!(error.contains("set `requirepass`, or remove it"), "{error}");
}

/// The rules that the docs of [`Redis`] tell.
const RULES: &str = "on >secret resetchannels &p:* -@all +publish +subscribe +unsubscribe";

#[tokio::test]
async fn a_user_needs_the_rules_of_the_docs_and_no_more() {
    if is_missing("redis-server") {
        return;
    }
    let documented = include_str!("../mod.rs");
    assert!(
        documented.contains(
            &RULES
                .replace("&p:*", "&levante:*")
                .replace("secret", "password")
        )
    );
    let broker = BrokerProcess::redis(&[]);
    let url = url(&broker, "node:secret@");
    command(&broker, &[&format!("ACL SETUSER node reset {RULES}")]).await;
    let mut session = connect(&url).await.unwrap();
    session.subscribe(&names(0..2)).await.unwrap();
    session.publish("p:t:0", b"x").await.unwrap();
    assert_eq!(session.next().await.1, b"x");

    for (rule, part) in [
        ("-publish", "`+publish`"),
        ("-subscribe", "`+subscribe +unsubscribe`"),
        ("resetchannels", "`&PREFIX:*`"),
        ("resetchannels &p:t:0", "`&PREFIX:*`"),
        ("off", "the user or the password"),
    ] {
        command(
            &broker,
            &[
                &format!("ACL SETUSER node reset {RULES}"),
                &format!("ACL SETUSER node {rule}"),
            ],
        )
        .await;
        let error = refusal(&url).await;
        assert!(error.contains(part), "{rule}: {error}");
    }
}

/// One name that is refused among others that are not.
#[tokio::test]
async fn a_refused_name_of_a_batch_is_an_error() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    command(&broker, &[&format!("ACL SETUSER node {RULES}")]).await;
    let mut session = connect(&url(&broker, "node:secret@")).await.unwrap();
    let mut all = names(0..1000);
    all[700] = "other".into();
    let error = session.subscribe(&all).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    // The connection goes on.
    session.subscribe(&names(0..2)).await.unwrap();

    let post = |subject| Post {
        subject,
        payload: b"x",
    };
    let batch = ["p:t:0", "other", "p:t:1"].map(post);
    let refusals = soon(session.publisher.publish(&batch)).await.unwrap();
    assert_eq!(refusals.iter().map(|it| it.index).collect::<Vec<_>>(), [1]);
    assert_eq!(session.next().await.0, "p:t:0");
    assert_eq!(session.next().await.0, "p:t:1");
}

#[tokio::test]
async fn a_full_server_is_told() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&["--maxclients", "2"]);
    // The connection that has waited for the server may still be one of the two.
    let url_of_all = url(&broker, "");
    let first = async {
        loop {
            if let Ok(session) = connect(&url_of_all).await {
                break session;
            }
        }
    };
    let first = soon(first).await;
    // With a password, too: then it is the first reply that says so.
    for login in ["", ":secret@"] {
        let error = refusal(&url(&broker, login)).await;
        assert!(error.contains("raise `maxclients`"), "{error}");
    }
    drop(first);
}

#[tokio::test]
async fn a_replica_and_a_sentinel_are_refused() {
    if is_missing("redis-server") {
        return;
    }
    let primary = BrokerProcess::redis(&[]);
    let (ip, port) = (
        primary.address.ip().to_string(),
        primary.address.port().to_string(),
    );
    let replica = BrokerProcess::redis(&["--replicaof", &ip, &port]);
    let error = refusal(&url(&replica, "")).await;
    assert!(error.contains("use the address of the primary"), "{error}");

    let folder = Folder::new();
    std::fs::write(folder.path().join("sentinel.conf"), "").unwrap();
    let file = folder.path().join("sentinel.conf").display().to_string();
    let address = broker_process::free_address();
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let arguments = [&file[..], "--sentinel", "--bind", &ip, "--port", &port];
    let sentinel = BrokerProcess::start("redis-server", arguments, address, folder);
    let error = refusal(&url(&sentinel, "")).await;
    assert!(error.contains("is a Sentinel"), "{error}");
}

/// A server whose buffers for subscribers are too small ends the connection, and says so only in its
/// log.
#[tokio::test]
async fn a_reader_that_is_cut_off_is_told_of_the_limit() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&["--client-output-buffer-limit", "pubsub 1mb 1mb 1"]);
    let mut session = connect(&url(&broker, "")).await.unwrap();
    session.subscribe(&names(0..1)).await.unwrap();
    let large = vec![0; 8 << 20];
    session.publish("p:t:0", &large).await.unwrap();
    // None of it is a message, because its end is missing.
    let end = soon(session.inbound.next()).await;
    assert!(matches!(end, None | Some(Err(_))), "a message");
    let error = soon(session.subscriber.subscribe(&names(0..1)))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`client-output-buffer-limit pubsub`"),
        "{error}"
    );
}

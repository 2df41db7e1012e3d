//! A server joins, or is told why not.

use actix_web::App;

use super::*;
use crate::{
    cluster::{
        Broker, State,
        broker::{BrokerError, Connection, Driver, Kind},
        subject::Style,
    },
    prelude::*,
};

fn fails(result: Result<Member, JoinError>) -> JoinError {
    result.err().unwrap()
}

#[levante::test]
async fn a_server_joins_once() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    let again = one.server.join(broker.clone()).await;
    assert_eq!(again.unwrap_err(), JoinError::AlreadyJoined);
    let again = one.server.join(broker.clone()).start_degraded().await;
    assert_eq!(again.unwrap_err(), JoinError::AlreadyJoined);
    rest().await;
    assert_eq!(one.cluster.nodes().len(), 1);
    assert!(one.cluster.state().is_connected());
}

#[levante::test]
async fn a_broker_that_is_away_fails_the_start_and_can_be_tried_again() {
    let broker = Memory::new();
    broker.stop();
    let server = Server::new();
    let JoinError::Unreachable { url, error } = server.join(broker.clone()).await.unwrap_err()
    else {
        panic!("another error");
    };
    assert_eq!((&*url, &*error), ("memory:", "the broker is stopped"));
    broker.start();
    let cluster = server.join(broker.clone()).await.unwrap();
    rest().await;
    assert!(cluster.state().is_connected());
}

#[levante::test]
async fn a_broker_that_refuses_says_why() {
    let broker = Memory::new();
    broker.refuse(Kind::Refused, "wrong password");
    let JoinError::Refused { error, .. } = fails(Member::with(&broker, |join| join).await) else {
        panic!("another error");
    };
    assert_eq!(&*error, "wrong password");
    broker.refuse(Kind::Protocol, "HTTP/1.1 400 Bad Request");
    let error = fails(Member::with(&broker, |join| join).await);
    assert!(matches!(error, JoinError::Protocol { .. }));
    assert_eq!(
        error.to_string(),
        "memory: does not speak the protocol of the broker: HTTP/1.1 400 Bad Request"
    );
    for denied in ["levante:n:", "levante:c", "levante:t:"] {
        broker.start();
        broker.deny(denied);
        let joined = Member::with(&broker, |join| join).await;
        assert!(matches!(joined, Err(JoinError::Refused { .. })), "{denied}");
    }
}

#[levante::test]
async fn a_broker_that_does_not_answer_fails_the_start_after_the_deadline() {
    let broker = Memory::new();
    broker.freeze();
    let join = Member::with(&broker, |join| join.deadline(2 * SECOND));
    let before = tokio::time::Instant::now();
    let (joined, ()) = tokio::join!(join, advance(2 * SECOND));
    assert_eq!(before.elapsed(), 2 * SECOND);
    let JoinError::Unreachable { error, .. } = fails(joined) else {
        panic!("another error");
    };
    assert_eq!(&*error, "no answer within 2s");
}

#[levante::test]
async fn a_setting_out_of_range_is_an_error() {
    let broker = Memory::new();
    for prefix in ["", "a b", "a:b", &"a".repeat(65)] {
        let joined = Member::with(&broker, |join| join.prefix(prefix)).await;
        assert!(
            matches!(fails(joined), JoinError::Setting { .. }),
            "{prefix}"
        );
    }
    let joined = Member::with(&broker, |join| join.prefix("a".repeat(64))).await;
    assert!(joined.is_ok());
    let joined = Member::with(&broker, |join| join.buffer(0)).await;
    let error = fails(joined).to_string();
    assert_eq!(error, "the buffer must be from 1 byte to 1 GiB");
}

#[levante::test]
async fn a_degraded_start_serves_and_joins_later() {
    let broker = Memory::new();
    broker.stop();
    let server = Server::new();
    let cluster = server.join(broker.clone()).start_degraded().await.unwrap();
    let mut here = server.subscribe("news");
    assert_eq!(server.publish("news", "1"), 0);
    assert_eq!(heard(&mut here).await, [1]);
    advance(SECOND).await;
    let State::Joining {
        attempts, error, ..
    } = cluster.state()
    else {
        panic!("{}", cluster.state());
    };
    assert!(attempts > 1);
    assert_eq!(error.as_deref(), Some("the broker is stopped"));
    broker.start();
    advance(2 * SECOND).await;
    assert!(cluster.state().is_connected());
    let two = Member::join(&broker).await;
    two.publish("news", [2]);
    assert_eq!(heard(&mut here).await, [2]);
    assert_eq!(cluster.stats().reconnects, 0);
}

#[levante::test]
async fn a_server_with_connections_cannot_join() {
    let app = test::app(|| App::new().service(quiet::service())).await;
    let client = app.connect("/quiet").await;
    let server = Server::global();
    let broker = Memory::new();
    let joined = server.join(broker.clone()).await;
    assert_eq!(joined.unwrap_err(), JoinError::HasConnections);
    let joined = server.join(broker.clone()).start_degraded().await;
    assert_eq!(joined.unwrap_err(), JoinError::HasConnections);
    drop(client);
}

#[websocket("/quiet")]
mod quiet {
    fn open(_ws: &Ws) {}
}

#[levante::test]
async fn a_server_that_is_shut_down_cannot_join() {
    let server = Server::new();
    server.shutdown(1001, "", SECOND).await;
    let joined = server.join(Memory::new()).await;
    assert_eq!(joined.unwrap_err(), JoinError::ShutDown);
}

#[levante::test]
async fn a_join_that_is_given_up_leaves_nothing() {
    let broker = Memory::new();
    let server = Server::new();
    broker.freeze();
    let mut join = Box::pin(std::future::IntoFuture::into_future(
        server.join(broker.clone()),
    ));
    assert!(now(&mut join).is_none());
    rest().await;
    drop(join);
    broker.thaw();
    rest().await;
    assert_eq!(broker.connections(), 0);
    server.join(broker.clone()).await.unwrap();
}

#[test]
fn a_node_without_a_test_has_a_thread_of_its_own() {
    let system = actix_web::rt::System::new();
    system.block_on(async {
        let broker = Memory::new();
        let [one, two] = [Server::new(), Server::new()];
        one.join(broker.clone()).await.unwrap();
        let cluster = two.join(broker.clone()).await.unwrap();
        let mut news = two.subscribe("news");
        cluster.synced().await;
        one.publish("news", "hello");
        let message = news.next().await.unwrap();
        assert_eq!(message.as_text(), Some("hello"));
        two.shutdown(1001, "", Duration::from_secs(60)).await;
        assert_eq!(cluster.state(), State::Left);
    });
}

/// A driver with a bug.
struct Panicking;

impl Broker for Panicking {}

impl Driver for Panicking {
    type Publisher = <Memory as Driver>::Publisher;
    type Subscriber = <Memory as Driver>::Subscriber;
    type Inbound = <Memory as Driver>::Inbound;

    fn url(&self) -> String {
        "panicking:".to_owned()
    }

    fn style(&self) -> Style {
        Style::Redis
    }

    fn echoes(&self) -> bool {
        true
    }

    async fn connect(
        &mut self,
        _: &str,
    ) -> Result<Connection<Self::Publisher, Self::Subscriber, Self::Inbound>, BrokerError> {
        panic!("at the disco");
    }
}

#[levante::test]
async fn a_panic_of_the_engine_is_a_state_and_stops_nothing() {
    let server = Server::new();
    let cluster = server.join(Panicking).start_degraded().await.unwrap();
    rest().await;
    let State::Failed { error } = cluster.state() else {
        panic!("{}", cluster.state());
    };
    assert_eq!(&*error, "at the disco");
    // The server goes on, and what other nodes miss is counted.
    let mut news = server.subscribe("news");
    server.publish("news", "1");
    assert_eq!(heard(&mut news).await, [1]);
    let stats = cluster.stats();
    assert_eq!((stats.published, stats.lost), (1, 1));
    cluster.synced().await;
    server.shutdown(1001, "", SECOND).await;
    assert!(matches!(cluster.state(), State::Failed { .. }));
    let error = Server::new().join(Panicking).await.unwrap_err();
    assert!(matches!(error, JoinError::Thread { .. }), "{error}");
}

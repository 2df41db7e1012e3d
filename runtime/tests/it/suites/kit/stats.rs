//! The counters of what a slow peer misses.

use actix_web::App;
use levante::{prelude::*, test};

#[websocket("/prices", backpressure_limit = 100_000)]
mod prices {
    fn open(ws: &Ws) {
        ws.subscribe("t");
    }
}

#[levante::test]
async fn published_messages_that_a_slow_peer_misses_count_by_the_reason() {
    let app = test::app(|| App::new().service(prices::service())).await;
    let mut client = app.connect("/prices").await;
    client.stop_reading();
    let server = app.server();
    let publish = async |message: String, policy| {
        let before = server.stats();
        assert_eq!(server.publish_with("t", message, policy), 1);
        server.ready().await;
        server.stats().since(&before).total
    };

    let stats = publish("x".repeat(60_000), Policy::Drop).await;
    assert_eq!(
        (stats.deliveries, stats.bytes_sent, stats.dropped_full),
        (1, 60_000, 0)
    );
    let stats = publish("x".repeat(60_000), Policy::Drop).await;
    assert_eq!(
        (stats.deliveries, stats.bytes_sent, stats.dropped_full),
        (0, 0, 1)
    );

    let stats = publish("1".to_owned(), Policy::Latest("ACME")).await;
    assert_eq!((stats.deliveries, stats.replaced), (1, 0));
    let stats = publish("2".to_owned(), Policy::Latest("ACME")).await;
    assert_eq!((stats.deliveries, stats.replaced), (1, 1));

    let before = server.stats();
    assert_eq!(
        server.publish_with("t", "x".repeat(60_000), Policy::Close),
        1
    );
    client.vanish().await;
    let stats = server.stats().since(&before);
    assert_eq!((stats.publishes, stats.total.dropped_full), (1, 1));
    assert_eq!(stats.total.closed_by(ClosedBy::SlowConsumer), 1);
    assert_eq!(stats.total.closed_with(1006_u16), 1);
}

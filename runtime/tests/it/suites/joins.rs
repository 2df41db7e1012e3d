//! Topics that clients join and leave.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use actix_web::web;
use levante::{BoxError, prelude::*};

use crate::support::{Driver, Log, on_each_driver, serve_with, soon};

mod elsewhere {
    use levante::prelude::*;

    #[wire]
    pub(super) struct Change {
        cents: u64,
    }

    #[topic("price/{symbol}", message = Change)]
    pub(super) struct Price {
        pub(super) symbol: String,
    }

    #[cfg(feature = "test")]
    pub(super) fn change(cents: u64) -> Change {
        Change { cents }
    }
}

#[websocket("/rooms", max_topics = 3)]
mod rooms {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    #[topic("room/{id}", message = Said)]
    pub(super) struct Room {
        pub(super) id: u32,
    }

    #[topic]
    use super::elsewhere::Price;

    /// No function lets clients join it.
    #[topic("secret/{id}", message = Said)]
    pub(super) struct Secret {
        pub(super) id: u32,
    }

    #[wire]
    pub(super) struct Said {
        pub(super) text: String,
    }

    #[wire]
    enum Refused {
        Unlucky,
    }

    /// Refuses 13; subscribes to 14 and then refuses; fails for 15.
    #[join]
    async fn room(ws: &Ws, room: &Room) -> Result<usize, Refused> {
        ws.data.push(format!("join {}", room.id));
        tokio::task::yield_now().await;
        match room.id {
            13 => return Err(Refused::Unlucky),
            14 => {
                ws.subscribe(room);
                return Err(Refused::Unlucky);
            }
            _ => {}
        }
        Ok(ws.subscriptions().len())
    }

    #[join]
    fn price(ws: &Ws, price: Price) -> Result<(), BoxError> {
        ws.subscribe(&price);
        match &*price.symbol {
            "" => Err("no symbol".into()),
            _ => Ok(()),
        }
    }

    #[on]
    fn kick(ws: &Ws, id: u32) {
        ws.unsubscribe(Room { id });
    }

    #[on]
    fn seat(ws: &Ws, id: u32) {
        ws.subscribe(Room { id });
    }

    #[on]
    fn topics(ws: &Ws) -> BTreeSet<String> {
        ws.subscriptions().into_iter().collect()
    }

    fn error(ws: &Ws, error: HandlerError) {
        ws.data.push(crate::support::failure(&error));
    }
}

/// A number that only rises. Each change is published.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<u64>>);

impl Counter {
    fn rise(&self, server: &Server) {
        let mut now = self.0.lock().unwrap();
        *now += 1;
        server.publish(counting::Total, counting::Tick { now: *now });
    }
}

#[websocket("/count")]
mod counting {
    use super::*;

    async fn attach(counter: web::Data<Counter>) -> Counter {
        (**counter).clone()
    }

    #[topic("total", message = Tick)]
    pub(super) struct Total;

    #[wire]
    #[derive(Debug)]
    pub(super) struct Tick {
        pub(super) now: u64,
    }

    /// Subscribes before it takes the snapshot, so that no change is between the two.
    #[join]
    async fn total(ws: &Ws, total: Total) -> u64 {
        ws.subscribe(total);
        tokio::task::yield_now().await;
        let now = *ws.data.0.lock().unwrap();
        tokio::task::yield_now().await;
        now
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Arrival {
    Tick { data: counting::Tick },
    Snapshot { ok: u64 },
}

on_each_driver! {
    async fn no_change_is_lost_between_a_snapshot_and_the_messages_after_it(driver: Driver) {
        let counter = Counter::default();
        let of_app = counter.clone();
        let server = serve_with(driver, 3, move |config, server| {
            config
                .app_data(web::Data::new(of_app.clone()))
                .service(counting::service().server(server));
        })
        .await;
        let stop = Arc::new(AtomicBool::new(false));
        let publishers: Vec<_> = (0..2)
            .map(|_| {
                let (server, counter, stop) = (server.server.clone(), counter.clone(), stop.clone());
                thread::spawn(move || {
                    actix_web::rt::System::new().block_on(async {
                        while !stop.load(Relaxed) {
                            counter.rise(&server);
                            server.ready().await;
                            tokio::task::yield_now().await;
                        }
                    });
                })
            })
            .collect();
        for _ in 0..12 {
            let mut client = server.connect("/count").await;
            client.send(r#"{"join":"total","id":1}"#).await;
            let (mut seen, mut snapshot) = (BTreeSet::new(), None);
            soon("the changes after the snapshot", async {
                loop {
                    match serde_json::from_str(&client.text().await).unwrap() {
                        Arrival::Tick { data } => _ = seen.insert(data.now),
                        Arrival::Snapshot { ok } => snapshot = Some(ok),
                    }
                    if let Some(snapshot) = snapshot
                        && (snapshot + 1..=snapshot + 20).all(|now| seen.contains(&now))
                    {
                        break;
                    }
                }
            })
            .await;
        }
        stop.store(true, Relaxed);
        for publisher in publishers {
            publisher.join().unwrap();
        }
    }
}

#[cfg(feature = "test")]
mod in_the_kit {
    use actix_web::App;
    use levante::test::{self, Client, TestApp};

    use super::{elsewhere::Price, rooms::Room, *};

    async fn app() -> (TestApp, Log) {
        app_with(|service| service).await
    }

    async fn app_with(
        set: impl Fn(levante::Service) -> levante::Service + 'static,
    ) -> (TestApp, Log) {
        let log = Log::default();
        let data = web::Data::new(log.clone());
        let app = move || {
            let service = set(rooms::service());
            App::new().app_data(data.clone()).service(service)
        };
        (test::app(app).await, log)
    }

    async fn ask(client: &mut Client, frame: &str) -> String {
        client.send(frame).await;
        client.text().await
    }

    async fn join(client: &mut Client, topic: &str) -> String {
        ask(client, &format!(r#"{{"join":"{topic}","id":1}}"#)).await
    }

    async fn leave(client: &mut Client, topic: &str) {
        let left = ask(client, &format!(r#"{{"leave":"{topic}","id":2}}"#)).await;
        assert_eq!(left, r#"{"id":2,"ok":null}"#);
    }

    async fn topics(client: &mut Client) -> String {
        ask(client, r#"{"type":"topics","id":3}"#).await
    }

    fn fault(text: &str) -> String {
        format!(r#"{{"id":1,"fault":"{text}"}}"#)
    }

    #[levante::test]
    async fn a_client_hears_a_topic_from_its_join_to_its_leave() {
        let (app, _) = app().await;
        let mut client = app.connect("/rooms").await;
        let said = |text: &str| rooms::Said { text: text.into() };
        assert_eq!(app.server().publish(Room { id: 7 }, said("early")), 0);
        assert_eq!(join(&mut client, "room/7").await, r#"{"id":1,"ok":0}"#);
        assert_eq!(app.server().publish(Room { id: 7 }, said("hi")), 1);
        assert_eq!(
            client.text().await,
            r#"{"topic":"room/7","data":{"text":"hi"}}"#
        );
        leave(&mut client, "room/7").await;
        assert_eq!(app.server().publish(Room { id: 7 }, said("late")), 0);
        // Again, which does nothing. Without an id there is no answer.
        leave(&mut client, "room/7").await;
        client.send(r#"{"leave":"room/7"}"#).await;
        client.send(r#"{"join":"room/7"}"#).await;
        client.assert_silent().await;
        assert_eq!(app.server().subscriber_count(Room { id: 7 }), 1);
    }

    #[levante::test]
    async fn only_topics_with_a_function_can_be_joined() {
        let (app, log) = app().await;
        let mut client = app.connect("/rooms").await;
        for name in [
            "secret/1", "room/x", "room/07", "room/", "room", "room/1/2", "", "ROOM/1", "room/%31",
        ] {
            let text = format!("`{name}` is no topic that can be joined");
            assert_eq!(join(&mut client, name).await, fault(&text));
        }
        assert_eq!(topics(&mut client).await, r#"{"id":3,"ok":[]}"#);
        assert!(log.is_empty());
        client.send(r#"{"join":"secret/1"}"#).await;
        client.assert_silent().await;
        let error = "invalid payload: `secret/1` is no topic that can be joined";
        assert_eq!(log.next().await, error);
        // A topic of another module, which this one declares and lets clients join.
        let price = Price {
            symbol: "A/B".into(),
        };
        assert_eq!(
            join(&mut client, "price/A%2FB").await,
            r#"{"id":1,"ok":null}"#
        );
        assert_eq!(app.server().publish(&price, elsewhere::change(5)), 1);
        assert_eq!(
            client.text().await,
            r#"{"topic":"price/A%2FB","data":{"cents":5}}"#
        );
    }

    #[levante::test]
    async fn a_refusal_leaves_the_socket_where_it_was() {
        let (app, log) = app().await;
        let mut client = app.connect("/rooms").await;
        let refused = r#"{"id":1,"error":"unlucky"}"#;
        assert_eq!(join(&mut client, "room/13").await, refused);
        // The function has subscribed by itself, which is undone.
        assert_eq!(join(&mut client, "room/14").await, refused);
        assert_eq!(join(&mut client, "price/").await, fault("internal error"));
        assert_eq!(topics(&mut client).await, r#"{"id":3,"ok":[]}"#);
        assert_eq!(log.next_but("join 13").await, "join 14");
        assert_eq!(log.next().await, "`join` failed: no symbol");
        // The server had subscribed it before, which stays.
        for id in [13, 14] {
            client
                .send(format!(r#"{{"type":"seat","data":{{"id":{id}}}}}"#))
                .await;
            assert_eq!(join(&mut client, &format!("room/{id}")).await, refused);
        }
        assert_eq!(
            topics(&mut client).await,
            r#"{"id":3,"ok":["room/13","room/14"]}"#
        );
    }

    #[levante::test]
    async fn a_second_join_gives_a_new_snapshot_and_counts_once() {
        let (app, log) = app().await;
        let mut client = app.connect("/rooms").await;
        assert_eq!(join(&mut client, "room/1").await, r#"{"id":1,"ok":0}"#);
        assert_eq!(join(&mut client, "room/1").await, r#"{"id":1,"ok":1}"#);
        assert_eq!(log.next().await, "join 1");
        assert_eq!(log.next().await, "join 1");
        assert_eq!(join(&mut client, "room/2").await, r#"{"id":1,"ok":1}"#);
        assert_eq!(join(&mut client, "room/3").await, r#"{"id":1,"ok":2}"#);
        // At the limit it may still be joined again, and one leave is enough.
        assert_eq!(join(&mut client, "room/1").await, r#"{"id":1,"ok":3}"#);
        leave(&mut client, "room/1").await;
        assert_eq!(
            topics(&mut client).await,
            r#"{"id":3,"ok":["room/2","room/3"]}"#
        );
    }

    #[levante::test]
    async fn a_client_joins_no_more_topics_than_the_limit() {
        let (app, log) = app().await;
        let mut client = app.connect("/rooms").await;
        let full = fault("no more than 3 topics can be joined at a time");
        for id in 1..=3 {
            let joined = format!(r#"{{"id":1,"ok":{}}}"#, id - 1);
            assert_eq!(join(&mut client, &format!("room/{id}")).await, joined);
        }
        log.clear();
        assert_eq!(join(&mut client, "room/4").await, full);
        assert!(log.is_empty(), "the function was called");
        // A topic that the server subscribes by itself does not count, nor one that it has unsubscribed.
        client.send(r#"{"type":"seat","data":{"id":9}}"#).await;
        assert_eq!(join(&mut client, "room/4").await, full);
        client.send(r#"{"type":"kick","data":{"id":2}}"#).await;
        assert_eq!(join(&mut client, "room/4").await, r#"{"id":1,"ok":3}"#);
        assert_eq!(join(&mut client, "room/5").await, full);
        leave(&mut client, "room/1").await;
        assert_eq!(join(&mut client, "room/5").await, r#"{"id":1,"ok":3}"#);
    }

    #[levante::test]
    async fn a_limit_of_zero_lets_none_in() {
        let (app, log) = app_with(|service| service.max_topics(0)).await;
        let mut client = app.connect("/rooms").await;
        let full = fault("no more than 0 topics can be joined at a time");
        assert_eq!(join(&mut client, "room/1").await, full);
        client.send(r#"{"join":"room/1"}"#).await;
        client.assert_silent().await;
        let error = "invalid payload: no more than 0 topics can be joined at a time";
        assert_eq!(log.next().await, error);
    }

    #[levante::test]
    async fn a_client_cannot_leave_what_the_server_has_subscribed_it_to() {
        let (app, _) = app().await;
        let mut client = app.connect("/rooms").await;
        client.send(r#"{"type":"seat","data":{"id":7}}"#).await;
        leave(&mut client, "room/7").await;
        assert_eq!(topics(&mut client).await, r#"{"id":3,"ok":["room/7"]}"#);
        // Not even after it has joined it, too.
        assert_eq!(join(&mut client, "room/7").await, r#"{"id":1,"ok":1}"#);
        leave(&mut client, "room/7").await;
        assert_eq!(topics(&mut client).await, r#"{"id":3,"ok":["room/7"]}"#);
    }

    #[levante::test]
    async fn the_limits_of_all_subscriptions_hold_for_joins() {
        let set = |service: levante::Service| service.max_subscriptions(1).max_topic_len(7);
        let (app, _) = app_with(set).await;
        let mut client = app.connect("/rooms").await;
        let refused = fault("the topic is one too many, or its name is too long");
        assert_eq!(join(&mut client, "room/100").await, refused);
        assert_eq!(join(&mut client, "room/10").await, r#"{"id":1,"ok":0}"#);
        assert_eq!(join(&mut client, "room/11").await, refused);
        assert_eq!(topics(&mut client).await, r#"{"id":3,"ok":["room/10"]}"#);
    }
}

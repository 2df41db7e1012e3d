//! Frames that a typed module does not understand: each has its answer, and the connection stays or
//! ends as the protocol says.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use actix_web::web;
use levante::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Driver, frame, on_each_driver, serve, soon};

#[wire]
struct Note {
    text: String,
}

/// Another module, with a topic of its own.
#[websocket("/neighbour")]
mod neighbour {
    use super::*;

    #[topic("garden/{id}", message = Note)]
    pub(super) struct Garden {
        pub(super) id: u32,
    }

    #[join]
    fn garden(_ws: &Ws, _garden: &Garden) {}
}

/// How often a function of `house` was called.
type Calls = Arc<AtomicUsize>;

#[websocket("/house", max_topics = 2)]
mod house {
    use super::*;

    async fn attach(calls: web::Data<Calls>) -> Calls {
        (**calls).clone()
    }

    #[topic("room/{id}", message = Note)]
    pub(super) struct Room {
        pub(super) id: u32,
    }

    #[on]
    fn say(ws: &Ws, room: u32, text: &str, value: Option<serde_json::Value>) -> usize {
        ws.data.fetch_add(1, Relaxed);
        text.len() + room as usize + usize::from(value.is_some())
    }

    #[join]
    fn room(ws: &Ws, _room: &Room) {
        ws.data.fetch_add(1, Relaxed);
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    app_with(config, server, Calls::default());
}

fn app_with(config: &mut web::ServiceConfig, server: &Server, calls: Calls) {
    config
        .app_data(web::Data::new(calls))
        .service(neighbour::service().server(server))
        .service(house::service().server(server));
}

const KIND: &str = "a message has one of `type`, `join` and `leave`, once";

/// Frames with the id 7, and the fault for each.
fn with_a_fault() -> Vec<(String, String)> {
    let nested = "[".repeat(10_000) + &"]".repeat(10_000);
    let digits = "9".repeat(400);
    let name = "x".repeat(1000);
    let cut = "x".repeat(64);
    let data = |data: &str| format!(r#"{{"type":"say","data":{data},"id":7}}"#);
    let join = |name: &str| format!(r#"{{"join":"{name}","id":7}}"#);
    let not_joinable = |name: &str| format!("`{name}` is no topic that can be joined");
    let pairs = [
        (
            r#"{"id":7,"type":"shout"}"#.into(),
            "nothing is called `shout`".into(),
        ),
        (
            format!(r#"{{"type":"{name}","id":7}}"#),
            format!("nothing is called `{cut}…`"),
        ),
        (
            r#"{"type":"say","id":7}"#.into(),
            "`room` is missing".into(),
        ),
        (data(r#"{"room":1}"#), "`text` is missing".into()),
        (
            data(r#"{"text":"","room":"1"}"#),
            "`room`: invalid type: string \"1\", expected u32".into(),
        ),
        (
            data(r#"{"room":1,"text":null}"#),
            "`text`: invalid type: null, expected a string".into(),
        ),
        (data("[1]"), "`data` is an object".into()),
        (
            data(r#"{"room":4294967296}"#),
            "`room`: invalid value: integer `4294967296`, expected u32".into(),
        ),
        (
            data(r#"{"room":1e999}"#),
            "`room`: number out of range".into(),
        ),
        (
            data(&format!(r#"{{"value":{digits}}}"#)),
            "`value`: number out of range".into(),
        ),
        (
            data(&format!(r#"{{"value":{nested}}}"#)),
            "`value`: recursion limit exceeded".into(),
        ),
        (
            data(&format!(r#"{{"other":{nested}}}"#)),
            "recursion limit exceeded".into(),
        ),
        (
            data(r#"{"room":1,"room":1}"#),
            "`room` is given twice".into(),
        ),
        (
            r#"{"type":"say","id":7,"data":{},"data":{}}"#.into(),
            "`data` is given twice".into(),
        ),
        (
            r#"{"data":{},"data":{},"type":"say","id":7}"#.into(),
            "`data` is given twice".into(),
        ),
        (r#"{"type":"say","type":"say","id":7}"#.into(), KIND.into()),
        (
            r#"{"id":7,"join":"room/1","leave":"room/1"}"#.into(),
            KIND.into(),
        ),
        (
            data(r#"{"text":"\ud800"}"#),
            "`text`: unexpected end of hex escape".into(),
        ),
        (
            data(r#"{"text":"\udc00"}"#),
            "`text`: lone leading surrogate in hex escape".into(),
        ),
        (join("room/one"), not_joinable("room/one")),
        (join("room/1/"), not_joinable("room/1/")),
        (join("garden/1"), not_joinable("garden/1")),
        (join("\\u0000"), not_joinable("\0")),
        (
            r#"{"join":7,"id":7}"#.into(),
            "`type`, `join` and `leave` are strings".into(),
        ),
    ];
    pairs.into()
}

/// Frames that have no valid id, so that the answer cannot name it.
fn without_an_answer() -> Vec<String> {
    let ids = [
        "\"7\"",
        "-7",
        "7.0",
        "7e0",
        "07",
        "true",
        "[7]",
        "{}",
        "9007199254740992",
        "1e999",
    ];
    let ids = ids.map(|id| format!(r#"{{"type":"say","data":{{"room":1,"text":""}},"id":{id}}}"#));
    let frames = [
        "",
        "hello",
        "[]",
        "{",
        "{}",
        r#"{"id":7"#,
        r#"{"type":"shout"}"#,
        r#"{"type":"say"}"#,
        r#"{"join":"garden/1"}"#,
        r#"{"join":"room/x"}"#,
        r#"{"type":"say","id":7,"id":7}"#,
        r#"{"type":"say","data":{"text":"\x"},"id":7}"#,
    ];
    let frames = frames.map(str::to_owned).into_iter();
    frames.chain(ids).collect()
}

fn fault(text: &str) -> String {
    let text = serde_json::Value::from(text);
    format!(r#"{{"id":7,"fault":{text}}}"#)
}

const GOOD: &str = r#"{"type":"say","data":{"room":1,"text":"hi"},"id":8}"#;
const ANSWER: &str = r#"{"id":8,"ok":3}"#;

on_each_driver! {
    async fn a_frame_with_an_id_has_a_fault_and_the_connection_stays(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/house").await;
        for (bad, text) in with_a_fault() {
            assert_eq!(client.ask(&*bad).await, fault(&text), "{:.100}", bad);
        }
        assert_eq!(client.ask(GOOD).await, ANSWER);
    }

    async fn a_frame_without_an_id_ends_the_connection(driver: Driver) {
        let server = serve(driver, app).await;
        for bad in without_an_answer() {
            let mut stream = server.connect_raw("/house").await;
            // The call behind it is not handled any more. The Close frame answers that of the server.
            let close = frame(0x88, &1007_u16.to_be_bytes());
            let frames = [frame(0x81, bad.as_bytes()), frame(0x81, GOOD.as_bytes()), close];
            let frames = frames.concat();
            soon("room", stream.write_all(&frames)).await.unwrap();
            let mut seen = Vec::new();
            soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
            assert_eq!(seen[..1], [0x88], "{bad}");
            assert_eq!(seen[2..], *b"\x03\xefinvalid payload", "{bad}");
        }
        server.all_gone().await;
    }

    async fn topics_are_joined_twice_and_up_to_the_limit(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/house").await;
        for name in ["room/1", "room/1", "room/2"] {
            let join = format!(r#"{{"join":"{name}","id":7}}"#);
            assert_eq!(client.ask(join).await, r#"{"id":7,"ok":null}"#);
        }
        let full = fault("no more than 2 topics can be joined at a time");
        for name in ["room/3", "garden/1"] {
            assert_eq!(client.ask(format!(r#"{{"join":"{name}","id":7}}"#)).await, full);
        }
        assert_eq!(server.server.subscriber_count(house::Room { id: 1 }), 1);
        assert_eq!(server.server.subscriber_count(house::Room { id: 3 }), 0);
        assert_eq!(server.server.subscriber_count(neighbour::Garden { id: 1 }), 0);
    }
}

#[cfg(feature = "test")]
mod in_the_kit {
    use actix_web::App;
    use levante::test;

    use super::*;

    #[levante::test]
    async fn no_function_is_called_for_a_bad_frame() {
        let calls = Calls::default();
        let called = calls.clone();
        let app = test::app(move || {
            App::new().configure(|config| app_with(config, &Server::global(), called.clone()))
        });
        let app = app.await;
        let mut client = app.connect_to::<house::Ws>("/house").await;
        for (bad, text) in with_a_fault() {
            client.send(&*bad).await;
            assert_eq!(client.text().await, fault(&text), "{:.100}", bad);
        }
        assert_eq!(calls.load(Relaxed), 0);
        for bad in without_an_answer() {
            let mut client = app.connect("/house").await;
            client.send(&*bad).await;
            assert_eq!(client.closed().await.code, CloseCode::Invalid, "{bad}");
        }
        assert_eq!(calls.load(Relaxed), 0);
        client.send(GOOD).await;
        assert_eq!(client.text().await, ANSWER);
        assert_eq!(calls.load(Relaxed), 1);
    }
}

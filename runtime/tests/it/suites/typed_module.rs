//! A whole typed module: the chat of the guide to them, from the side of its clients.

use actix_web::web;
use levante::{Routed, prelude::*};

use crate::support::{Client, Driver, TestServer, on_each_driver, serve};

mod prices {
    use levante::prelude::*;

    #[wire]
    pub(super) struct Change {
        cents: u64,
    }

    #[topic("price/{symbol}", message = Change)]
    pub(super) struct Price {
        pub(super) symbol: String,
    }

    pub(super) fn change(cents: u64) -> Change {
        Change { cents }
    }
}

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    #[serde(default)]
    banned: bool,
}

/// Rooms.
#[websocket("/chat", max_message_size = 64 * 1024)]
mod chat {
    use super::*;

    struct Visitor {
        name: String,
        banned: bool,
    }

    fn attach(login: web::Query<Login>) -> Visitor {
        let Login { name, banned } = login.into_inner();
        Visitor { name, banned }
    }

    #[topic("room/{id}", message = RoomEvent)]
    pub(super) struct Room {
        pub(super) id: u32,
    }

    #[topic]
    use super::prices::Price;

    #[wire]
    pub(super) struct Person {
        name: String,
    }

    #[wire]
    pub(super) enum RoomEvent {
        Said { from: Person, text: String },
        Typing { from: Person },
        Closed,
    }

    #[sends]
    enum Event<'a> {
        Welcome { you: &'a str, rooms: Vec<u32> },
    }

    #[closes]
    enum Bye {
        /// Somebody told us to.
        Kicked = 4001,
        Banned = 4003,
    }

    #[wire]
    struct Sent {
        number: u32,
        reached: usize,
    }

    #[wire]
    enum Refused {
        TooLong { most: usize },
        NotInRoom,
    }

    fn open(ws: &Ws) {
        ws.subscribe(Price {
            symbol: "A/B".into(),
        });
        ws.send(Event::Welcome {
            you: &ws.data.name,
            rooms: vec![1, 7],
        });
    }

    fn message(ws: &Ws, file: &[u8]) {
        ws.close_with(Bye::Banned, format!("{} bytes", file.len()));
    }

    /// Says something to everybody in a room.
    #[on]
    fn say(ws: &Ws, room: u32, text: &str) -> Result<Sent, Refused> {
        let room = Room { id: room };
        if !ws.is_subscribed(&room) {
            return Err(Refused::NotInRoom);
        }
        if text.len() > 10 {
            return Err(Refused::TooLong { most: 10 });
        }
        let said = RoomEvent::Said {
            from: me(ws),
            text: text.into(),
        };
        let reached = ws.publish(&room, said).addressed;
        Ok(Sent { number: 1, reached })
    }

    #[on]
    fn typing(ws: &Ws, room: u32) {
        ws.publish(Room { id: room }, RoomEvent::Typing { from: me(ws) });
    }

    #[on]
    async fn add(_ws: &Ws, a: u32, b: Option<u32>) -> u32 {
        a + b.unwrap_or(0)
    }

    #[on]
    async fn r#type(_ws: &Ws, r#fn: &str) -> String {
        format!("fn {fn}")
    }

    #[on]
    fn leave_for_good(ws: &Ws) {
        ws.close_with(Bye::Kicked, "as you wish");
    }

    /// The standard's codes stay available.
    #[on]
    fn break_the_rules(ws: &Ws) {
        ws.close_with(CloseCode::Policy, "see the rules");
    }

    /// The answer is what the room looks like now.
    #[join]
    async fn room(ws: &Ws, room: &Room) -> Result<Vec<Person>, Refused> {
        if ws.data.banned {
            return Err(Refused::NotInRoom);
        }
        Ok(vec![Person {
            name: format!("keeper of {}", room.id),
        }])
    }

    #[on]
    fn id(ws: &Ws) -> String {
        ws.id().to_string()
    }

    pub(super) fn rename(server: &Server, id: SocketId, you: &str) -> Routed {
        Ws::send_to(server, id, Event::Welcome { you, rooms: vec![] })
    }

    fn me(ws: &Ws) -> Person {
        Person {
            name: ws.data.name.clone(),
        }
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config.service(chat::service().server(server));
}

/// A client that has been welcomed.
async fn visitor(server: &TestServer, name: &str) -> Client {
    let mut client = server.connect(&format!("/chat?name={name}")).await;
    let (name, _) = name.split_once('&').unwrap_or((name, ""));
    let welcome = format!(r#"{{"data":{{"type":"welcome","you":"{name}","rooms":[1,7]}}}}"#);
    assert_eq!(client.text().await, welcome);
    client
}

on_each_driver! {
    async fn calls_are_answered_by_what_functions_return(driver: Driver) {
        let server = serve(driver, app).await;
        let mut ada = visitor(&server, "Ada").await;
        for (call, answer) in [
            (r#"{"type":"add","data":{"a":3,"b":4},"id":1}"#, r#"{"id":1,"ok":7}"#),
            (r#"{"type":"add","data":{"a":3},"id":2}"#, r#"{"id":2,"ok":3}"#),
            (r#"{"id":3,"data":{"fn":"\u0041"},"type":"type"}"#, r#"{"id":3,"ok":"fn A"}"#),
            (
                r#"{"type":"say","data":{"room":7,"text":"hi"},"id":4}"#,
                r#"{"id":4,"error":{"type":"not_in_room"}}"#,
            ),
            (r#"{"type":"typing","data":{"room":7},"id":5}"#, r#"{"id":5,"ok":null}"#),
        ] {
            assert_eq!(ada.ask(call).await, answer);
        }
        // A message that does not fit has a fault, which names the field.
        let fault = ada.ask(r#"{"type":"add","data":{},"id":6}"#).await;
        assert!(fault.starts_with(r#"{"id":6,"fault":""#) && fault.contains("`a`"), "{fault}");
    }

    async fn topics_are_joined_and_carry_their_messages(driver: Driver) {
        let server = serve(driver, app).await;
        let mut ada = visitor(&server, "Ada").await;
        let mut bob = visitor(&server, "Bob").await;
        let joined = r#"{"id":1,"ok":[{"name":"keeper of 7"}]}"#;
        for client in [&mut ada, &mut bob] {
            assert_eq!(client.ask(r#"{"join":"room/7","id":1}"#).await, joined);
        }
        ada.send(r#"{"type":"say","data":{"room":7,"text":"hi"},"id":2}"#).await;
        let said = r#"{"topic":"room/7","data":{"type":"said","from":{"name":"Ada"},"text":"hi"}}"#;
        assert_eq!(bob.text().await, said);
        assert_eq!(ada.text().await, r#"{"id":2,"ok":{"number":1,"reached":1}}"#);
        let too_long = r#"{"type":"say","data":{"room":7,"text":"a long text"},"id":3}"#;
        let refused = r#"{"id":3,"error":{"type":"too_long","most":10}}"#;
        assert_eq!(ada.ask(too_long).await, refused);

        assert_eq!(server.server.publish(chat::Room { id: 7 }, chat::RoomEvent::Closed), 2);
        let closed = r#"{"topic":"room/7","data":{"type":"closed"}}"#;
        assert_eq!(ada.text().await, closed);
        assert_eq!(bob.text().await, closed);
        // A topic of another module, which this one declares.
        let price = prices::Price { symbol: "A/B".into() };
        assert_eq!(server.server.publish(price, prices::change(120)), 2);
        let changed = r#"{"topic":"price/A%2FB","data":{"cents":120}}"#;
        assert_eq!(ada.text().await, changed);
        assert_eq!(bob.text().await, changed);
        // No function lets clients join it.
        let fault = ada.ask(r#"{"join":"price/C","id":4}"#).await;
        assert!(fault.starts_with(r#"{"id":4,"fault":""#), "{fault}");

        assert_eq!(bob.ask(r#"{"leave":"room/7","id":5}"#).await, r#"{"id":5,"ok":null}"#);
        assert_eq!(server.server.subscriber_count(chat::Room { id: 7 }), 1);
    }

    async fn a_socket_is_found_by_its_id_and_gets_the_type_of_its_module(driver: Driver) {
        let server = serve(driver, app).await;
        let mut ada = visitor(&server, "Ada").await;
        let mut bob = visitor(&server, "Bob").await;
        let id = ada.ask(r#"{"type":"id","id":1}"#).await;
        let id: String = id.chars().skip_while(|c| *c != 'k').skip(4).take(32).collect();
        let id: SocketId = id.parse().unwrap();
        assert_eq!(chat::rename(&server.server, id, "Lovelace"), Routed::Here);
        let welcome = r#"{"data":{"type":"welcome","you":"Lovelace","rooms":[]}}"#;
        assert_eq!(ada.text().await, welcome);
        let nobody = "0".repeat(32).parse().unwrap();
        assert_eq!(chat::rename(&server.server, nobody, "Byron"), Routed::NotFound);
        // Nothing has come to the other one.
        assert_eq!(bob.ask(r#"{"type":"add","data":{"a":1},"id":1}"#).await, r#"{"id":1,"ok":1}"#);
    }

    async fn a_client_that_is_refused_is_not_in_the_topic(driver: Driver) {
        let server = serve(driver, app).await;
        let mut eve = visitor(&server, "Eve&banned=true").await;
        let refused = r#"{"id":1,"error":{"type":"not_in_room"}}"#;
        assert_eq!(eve.ask(r#"{"join":"room/7","id":1}"#).await, refused);
        assert_eq!(server.server.subscriber_count("room/7"), 0);
    }

    async fn a_module_closes_with_its_own_codes(driver: Driver) {
        let server = serve(driver, app).await;
        let mut ada = visitor(&server, "Ada").await;
        ada.send(r#"{"type":"leave_for_good"}"#).await;
        assert_eq!(ada.closed().await, (4001, "as you wish".into()));
        let mut eve = visitor(&server, "Eve").await;
        eve.send(r#"{"type":"break_the_rules"}"#).await;
        assert_eq!(eve.closed().await, (1008, "see the rules".into()));
        // Binary messages are for `message`.
        let mut bob = visitor(&server, "Bob").await;
        bob.send_binary([1, 2, 3]).await;
        assert_eq!(bob.closed().await, (4003, "3 bytes".into()));
    }
}

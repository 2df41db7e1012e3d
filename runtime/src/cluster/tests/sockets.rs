//! What goes to one socket, and what leaves one out.

use actix_web::App;

use super::*;
use crate::{
    link::Routed,
    prelude::*,
    publish::Publish,
    test::{Client, TestApp},
};

#[websocket("/chat", publish_to_self = false)]
mod chat {
    fn open(ws: &Ws) {
        ws.subscribe("lobby");
        ws.send(ws.id().to_string());
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }
}

async fn app(member: &Member) -> TestApp {
    let server = member.server.clone();
    test::app(move || App::new().service(chat::service().server(&server))).await
}

async fn connect(app: &TestApp) -> (Client, SocketId) {
    let mut client = app.connect("/chat").await;
    let id = client.text().await.parse().unwrap();
    (client, id)
}

#[levante::test]
async fn a_publish_of_a_socket_leaves_out_only_that_socket() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let (mut ann, _) = connect(&app(&one).await).await;
    let (mut bob, _) = connect(&app(&one).await).await;
    let (mut eve, eves) = connect(&app(&two).await).await;
    rest().await;
    ann.send("hello").await;
    assert_eq!(bob.text().await, "hello");
    assert_eq!(eve.text().await, "hello");
    ann.assert_silent().await;
    let except = Publish::new().except(eves);
    one.server.publish_with("lobby", "not for eve", except);
    assert_eq!(ann.text().await, "not for eve");
    assert_eq!(bob.text().await, "not for eve");
    eve.assert_silent().await;
}

#[levante::test]
async fn a_socket_of_another_node_gets_a_message_and_is_closed() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let (mut eve, id) = connect(&app(&two).await).await;
    assert_eq!(one.server.send_to(id, "hello"), Routed::Queued);
    assert_eq!(eve.text().await, "hello");
    assert_eq!(two.server.send_to(id, "hello again"), Routed::Here);
    assert_eq!(eve.text().await, "hello again");
    assert_eq!(one.server.close_socket(id, 4001, "kicked"), Routed::Queued);
    let end = eve.closed().await;
    assert_eq!((u16::from(end.code), &*end.reason), (4001, "kicked"));
    // The socket is gone, which this node cannot know.
    assert_eq!(one.server.send_to(id, "hello"), Routed::Queued);
    rest().await;
    assert_eq!(two.server.send_to(id, "hello"), Routed::NotFound);
    assert_eq!(two.cluster.stats().received, 3);
}

#[levante::test]
async fn a_topic_is_closed_on_all_nodes_behind_its_messages() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let (mut ann, _) = connect(&app(&one).await).await;
    let (mut eve, _) = connect(&app(&two).await).await;
    rest().await;
    one.server.publish("lobby", "we close");
    assert_eq!(one.cluster.close_topic("lobby", 4000, "closed"), 1);
    for client in [&mut ann, &mut eve] {
        assert_eq!(client.text().await, "we close");
        assert_eq!(u16::from(client.closed().await.code), 4000);
    }
}

#[levante::test]
async fn subscribers_of_all_nodes_are_counted() {
    let broker = Memory::new();
    let [one, two, three] = members(&broker).await;
    let (_ann, _) = connect(&app(&one).await).await;
    let second = app(&two).await;
    let (_bob, _) = connect(&second).await;
    let (_eve, _) = connect(&second).await;
    // A receiver is no subscriber.
    let _receiver = three.hear("lobby").await;
    for member in [&one, &two, &three] {
        let counted = member.cluster.subscriber_count("lobby").await;
        assert_eq!((counted.subscribers, counted.nodes), (3, 3));
        assert!(counted.is_complete());
    }
}

#[levante::test]
async fn each_kind_of_message_arrives_as_it_is() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let (mut eve, id) = connect(&app(&two).await).await;
    rest().await;
    let long = "compressible ".repeat(100);
    one.server.publish("lobby", "text");
    one.server.publish("lobby", b"\xff\x00binary");
    one.server.publish("lobby", "");
    one.server.publish("lobby", Compressed(&*long));
    assert_eq!(one.server.send_to(id, b"\xfe"), Routed::Queued);
    assert_eq!(eve.message().await, Message::Text("text".into()));
    let binary = Message::Binary(b"\xff\x00binary"[..].into());
    assert_eq!(eve.message().await, binary);
    assert_eq!(eve.message().await, Message::Text("".into()));
    assert_eq!(eve.message().await, Message::Text(long.into()));
    assert_eq!(eve.message().await, Message::Binary(b"\xfe"[..].into()));
}

#[levante::test]
async fn policies_hold_on_other_nodes() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let app = app(&two).await;
    let (mut slow, _) = connect(&app).await;
    let (mut fast, _) = connect(&app).await;
    rest().await;
    slow.stop_reading();
    let filler = "-".repeat(256 << 10);
    one.server.publish("lobby", &*filler);
    rest().await;
    for price in 0..50 {
        let price = format!("price {price}");
        one.server
            .publish_with("lobby", price, Policy::Latest("price"));
        rest().await;
    }
    assert_eq!(fast.drain_messages().await.len(), 51);
    slow.read_on();
    let texts = slow.drain_messages().await;
    let last = texts
        .last()
        .and_then(|last| last.as_text().map(str::to_owned));
    assert_eq!(last.as_deref(), Some("price 49"));
    assert!(texts.len() < 10, "{} messages", texts.len());
    // With `Close`, a socket whose queue has no room is closed, and the other one is not.
    slow.stop_reading();
    for _ in 0..64 {
        one.server.publish_with("lobby", &*filler, Policy::Close);
        rest().await;
    }
    assert_eq!(fast.drain_messages().await.len(), 64);
    assert_eq!(two.server.subscriber_count("lobby"), 1);
}

#[cfg(feature = "json")]
mod typed {
    use super::*;

    #[wire]
    #[derive(Debug, PartialEq)]
    pub enum Said {
        Hello { number: u32 },
    }

    #[topic("room/{id}", message = Said)]
    pub struct Room {
        pub id: u32,
    }

    #[levante::test]
    async fn a_typed_topic_is_the_same_on_all_nodes() {
        let broker = Memory::new();
        let [one, two] = members(&broker).await;
        let mut room = two.server.subscribe(Room { id: 7 });
        two.cluster.synced().await;
        one.server
            .publish(Room { id: 8 }, Said::Hello { number: 1 });
        one.server
            .publish(Room { id: 7 }, Said::Hello { number: 2 });
        rest().await;
        let said = room.next().await;
        assert_eq!(said, Some(Said::Hello { number: 2 }));
        let counted = one.cluster.subscriber_count(Room { id: 7 }).await;
        assert_eq!((counted.subscribers, counted.nodes), (0, 2));
    }
}

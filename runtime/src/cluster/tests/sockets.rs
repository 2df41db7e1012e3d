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

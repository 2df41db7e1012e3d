//! A client of a node.

use std::{collections::VecDeque, net::SocketAddr};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::client::Client;

/// One that waits for each answer.
pub(crate) struct Member {
    client: Client,
    /// What it has heard while it waited for an answer.
    heard: VecDeque<String>,
}

impl Member {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let client = Client::connect(address, "/node").await;
        let heard = VecDeque::new();
        Self { client, heard }
    }

    /// A client that is subscribed to a topic.
    pub(crate) async fn of(address: SocketAddr, topic: &str) -> Self {
        let mut member = Self::connect(address).await;
        member.subscribe(topic).await;
        member
    }

    /// Only its node knows of it then, and the broker soon.
    pub(crate) async fn subscribe(&mut self, topic: &str) {
        let reply = self.ask(json!({ "subscribe": topic })).await;
        assert_eq!(reply, json!({ "subscribed": true }));
    }

    /// The same for so many topics with this prefix.
    pub(crate) async fn subscribe_many(&mut self, prefix: &str, count: usize) {
        let reply = self.ask(json!({ "subscribe_many": [prefix, count] })).await;
        assert_eq!(reply, json!({ "subscribed": true }));
    }

    pub(crate) async fn unsubscribe(&mut self, topic: &str) {
        let reply = self.ask(json!({ "unsubscribe": topic })).await;
        assert_eq!(reply, json!({ "unsubscribed": true }));
    }

    /// The id of the socket at its node.
    pub(crate) async fn id(&mut self) -> String {
        let reply = self.ask(json!("id")).await;
        reply["id"].as_str().unwrap().to_owned()
    }

    /// Publishes a text.
    pub(crate) async fn publish(&mut self, topic: &str, text: &str) {
        self.command(json!({ "publish": { "topic": topic, "text": text } }))
            .await;
    }

    /// Publishes a text to all but the socket of this id. Returns how many of its node are addressed.
    pub(crate) async fn publish_except(&mut self, topic: &str, text: &str, id: &str) -> u64 {
        let line = json!({ "topic": topic, "text": text });
        let reply = self.ask(json!({ "publish_except": [line, id] })).await;
        reply["addressed"].as_u64().unwrap()
    }

    /// Has the handler of its close publish a text.
    pub(crate) async fn leave_last_will(&mut self, topic: &str, text: &str) {
        self.command(json!({ "last_will": { "topic": topic, "text": text } }))
            .await;
        // The node handles commands in order.
        self.id().await;
    }

    /// The next text that it hears.
    pub(crate) async fn hear(&mut self) -> String {
        match self.heard.pop_front() {
            Some(text) => text,
            None => text(self.client.next().await),
        }
    }

    /// Listens until a text comes, and returns those before it.
    pub(crate) async fn hear_until(&mut self, last: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let text = self.hear().await;
            if text == last {
                return before;
            }
            before.push(text);
        }
    }

    /// Waits for the Close frame, and returns its code and reason.
    pub(crate) async fn closed(self) -> (u16, String) {
        assert_eq!(self.heard, VecDeque::<String>::new());
        self.client.closed().await
    }

    /// Leaves. The node has handled the close when this returns.
    pub(crate) async fn leave(mut self) {
        self.client.close().await;
        while !self.client.next().await.is_close() {}
    }

    /// The socket, and what it has heard so far.
    pub(crate) fn into_parts(self) -> (Client, VecDeque<String>) {
        (self.client, self.heard)
    }

    async fn ask(&mut self, command: Value) -> Value {
        self.command(command).await;
        loop {
            let text = text(self.client.next().await);
            if text.starts_with('{') {
                return serde_json::from_str(&text).unwrap();
            }
            self.heard.push_back(text);
        }
    }

    async fn command(&mut self, command: Value) {
        self.client.send(Message::text(command.to_string())).await;
    }
}

fn text(message: Message) -> String {
    assert!(message.is_text(), "{message:?}");
    message.into_text().unwrap().as_str().to_owned()
}

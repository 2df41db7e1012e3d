//! The contract, and what is made from it.

use serde_json::Value;

use crate::{CLIENT, socket};

#[test]
fn clients_of_yesterday_can_talk_to_this_server() {
    socket::chat::contract().assert_locked("src/bin/chat/chat.contract.json");
}

#[test]
fn the_page_has_the_client_of_this_contract() {
    // `assert_eq` would print both clients.
    assert!(
        CLIENT == socket::chat::contract().javascript(),
        "the contract of the chat has changed, and the page has an earlier client. Make it anew: cargo run --bin chat -- \
         --client examples/src/bin/chat/page/client.js"
    );
}

#[levante::test]
async fn the_contract_is_served() {
    let chat = super::chat().await;
    for target in ["/contract.json", "/asyncapi.json"] {
        let response = chat.get(target).send().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
    let response = chat.get("/contract.json").send().await;
    let served = levante::Contract::from_json(response.text()).unwrap();
    assert_eq!(served, socket::chat::contract());
    let response = chat.get("/asyncapi.json").send().await;
    let served: Value = serde_json::from_str(response.text()).unwrap();
    assert_eq!(served["asyncapi"], "3.0.0");
    assert_eq!(served["channels"]["topic.Room"]["address"], "room/{name}");
}

//! The document of AsyncAPI. The tests of the examples give the file here to AsyncAPI's own parser.

use std::{env, fs, path::Path};

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::zoo;
use crate::contract::{
    Contract,
    generated::{Builder, DescribeTopic, Describing, Joining},
};

fn document(contract: &Contract) -> Value {
    serde_json::from_str(&contract.asyncapi("Chat", "1.2.3")).unwrap()
}

#[test]
fn the_document_of_a_zoo() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract/tests/zoo.asyncapi.json");
    let made = zoo::contract().asyncapi("Zoo", "1.0.0");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(made == file, "`UPDATE=1` renews {}", path.display());
}

#[test]
fn a_module_may_be_empty() {
    let document = document(&Builder::new("chat", "/chat", "").finish());
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(
        document["info"],
        json!({"title": "Chat", "version": "1.2.3"})
    );
    assert_eq!(document["channels"]["chat"]["address"], "/chat");
    assert_eq!(document["operations"], json!({}));
}

#[test]
fn a_call_is_received_and_its_answer_is_the_reply() {
    let chat = Builder::new("chat", "/chat", "");
    let contract = chat.call("say", "Says.\nTo all.", |d| {
        d.text("text");
        d.ok::<bool>();
        d.error::<String>();
    });
    let document = document(&contract.finish());
    let here = |key: &str| json!({"$ref": format!("#/channels/chat/messages/{key}")});
    let channel = json!({"$ref": "#/channels/chat"});
    assert_eq!(
        document["operations"]["call.say"],
        json!({
            "action": "receive", "channel": channel, "messages": [here("call.say")],
            "summary": "Says.", "description": "Says.\nTo all.",
            "reply": {"channel": channel, "messages": [here("reply.say")]},
        })
    );
    let messages = &document["components"]["messages"];
    let id = json!({"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_u64});
    let call = &messages["call.say"];
    assert_eq!(call["payload"]["required"], json!(["type", "data"]));
    assert_eq!(
        call["payload"]["properties"]["type"],
        json!({"const": "say"})
    );
    assert_eq!(call["payload"]["properties"]["id"], id);
    assert_eq!(
        call["payload"]["properties"]["data"]["required"],
        json!(["text"])
    );
    let answer = |word: &str, schema: Value| json!({"type": "object", "required": ["id", word], "properties": {"id": id, word: schema}});
    assert_eq!(
        messages["reply.say"]["payload"]["oneOf"],
        json!([
            answer("ok", json!({"type": "boolean"})),
            answer("error", json!({"type": "string"})),
            answer("fault", json!({"type": "string"})),
        ])
    );
}

#[test]
fn a_call_without_an_answer_has_no_id_and_no_reply() {
    let contract = Builder::new("chat", "/chat", "").call("say", "", |_| {});
    let document = document(&contract.finish());
    assert_eq!(document["operations"]["call.say"]["reply"], Value::Null);
    assert_eq!(
        document["components"]["messages"]["call.say"]["payload"],
        json!({"type": "object", "required": ["type"], "properties": {"type": {"const": "say"}}})
    );
}

#[derive(JsonSchema)]
struct Said {
    text: String,
}

struct Room;

impl DescribeTopic for Room {
    type Message = Said;
    const ADDRESS: &'static str = "room/{id}";
    const DOCS: &'static str = "";
    fn fields(topic: &mut Describing<'_>) {
        topic.parameter::<u32>("id", true);
    }
}

#[test]
fn a_topic_is_a_channel_and_is_joined_by_the_socket() {
    let join = Joining {
        docs: "Joins.",
        describe: |d| d.ok::<u8>(),
    };
    let chat = Builder::new("chat", "/chat", "");
    let document = document(&chat.topic::<Room>("Room", Some(join)).finish());
    let channel = &document["channels"]["topic.Room"];
    assert_eq!(channel["address"], "room/{id}");
    assert_eq!(
        channel["parameters"],
        json!({"id": {"description": "integer"}})
    );
    assert_eq!(channel["x-levante-socket"], "/chat");
    assert_eq!(document["operations"]["topic.Room"]["action"], "send");
    assert_eq!(document["operations"]["join.Room"]["action"], "receive");
    assert_eq!(document["operations"]["join.Room"]["summary"], "Joins.");
    assert_eq!(document["operations"]["leave.Room"]["action"], "receive");
    let messages = &document["components"]["messages"];
    assert_eq!(
        messages["topic.Room"]["payload"]["properties"]["data"]["$ref"],
        "#/components/schemas/Said"
    );
    assert_eq!(
        messages["join.Room"]["payload"]["required"],
        json!(["join"])
    );
    let joined = &messages["joined.Room"]["payload"]["oneOf"];
    assert_eq!(joined[0]["properties"]["ok"]["type"], "integer");
}

#[test]
fn events_and_topics_without_a_join_are_sent_only() {
    let chat = Builder::new("chat", "/chat", "").sends::<Said>();
    let document = document(&chat.topic::<Room>("Room", None).finish());
    let operations = document["operations"].as_object().unwrap();
    let keys: Vec<_> = operations.keys().collect();
    assert_eq!(keys, ["event", "topic.Room"]);
    assert_eq!(operations["event"]["action"], "send");
}

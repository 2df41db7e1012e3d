//! Topics whose `Topic` is implemented by hand.

use serde_json::json;

use crate::{
    Destination, Only, Topic,
    contract::generated::{Builder, ByHand as _, Declared},
    topic, wire,
};

#[wire(crate = crate)]
struct Tick {
    seconds: u8,
}

struct Clock {
    zone: String,
}

impl Destination for Clock {
    type Carries = Only<Tick>;
    type Kind = Clock;

    fn named<R>(&self, with: impl FnOnce(&str) -> R) -> R {
        with(&format!("clock/{}", self.zone))
    }
}

impl Topic for Clock {
    type Message = Tick;
    const PATTERN: &'static str = "clock/{zone}";

    fn from_name(name: &str) -> Option<Self> {
        let zone = name.strip_prefix("clock/")?.to_owned();
        Some(Self { zone })
    }
}

/// What it describes is taken, and not its pattern.
#[topic("room/{id}", message = Tick, crate = crate)]
struct Room {
    id: bool,
}

#[test]
fn a_topic_by_hand_is_described_by_its_pattern() {
    let contract = Declared::<Clock>::add(Builder::new("m", "/m", ""), "Clock", None);
    let contract = Declared::<Room>::add(contract, "Room", None).finish();
    let topics = serde_json::to_value(contract).unwrap()["topics"].take();
    let data = |name: &str, kind: &str| json!({"type": "object", "properties": {name: {"type": kind}}, "required": [name]});
    let message = json!({"$ref": "#/components/schemas/Tick"});
    assert_eq!(
        topics["Clock"],
        json!({
            "address": "clock/{zone}",
            "docs": "",
            "data": data("zone", "string"),
            "message": message,
            "join": null,
        })
    );
    assert_eq!(topics["Room"]["data"], data("id", "boolean"));
    assert_eq!(topics["Room"]["message"], message);
    assert_eq!(
        topics["Room"]["docs"],
        "What it describes is taken, and not its pattern."
    );
}

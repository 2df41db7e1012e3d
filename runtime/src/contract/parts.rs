use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The parts of a contract, in the order of the JSON. All maps are sorted, so that an item that moves
/// in the source changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(crate) levante: u64,
    /// The name of the module.
    pub(crate) name: String,
    /// The path of the route, such as `/chat`.
    pub(crate) path: String,
    pub(crate) docs: String,
    /// The subprotocol.
    pub(crate) protocol: String,
    /// The `#[on]` functions by name.
    pub(crate) calls: BTreeMap<String, Call>,
    /// The topics by the names of their types.
    pub(crate) topics: BTreeMap<String, Topic>,
    /// The schema of what `ws.send` takes.
    pub(crate) sends: Option<Value>,
    /// The close codes by the names of their variants.
    pub(crate) closes: BTreeMap<String, Close>,
    /// What `$ref`s refer to: `#/components/schemas/…`. Each name is an ASCII identifier.
    pub(crate) schemas: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) docs: String,
    /// `None` if the function takes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Fields>,
    #[serde(flatten)]
    pub(crate) answer: Answer,
}

/// What a function answers with. A function without a return type has neither.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<Value>,
    /// The typed refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Value>,
}

/// The fields of a call or a topic: a schema of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fields {
    #[serde(rename = "type")]
    pub(crate) kind: Object,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) required: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Object {
    #[default]
    Object,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Topic {
    /// The pattern of its name, such as `room/{id}`.
    pub(crate) address: String,
    pub(crate) docs: String,
    /// The values in its name; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Fields>,
    /// The schema of what is published to it.
    pub(crate) message: Value,
    /// `None` if clients may not join it.
    pub(crate) join: Option<Join>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Join {
    pub(crate) docs: String,
    #[serde(flatten)]
    pub(crate) answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) docs: String,
}

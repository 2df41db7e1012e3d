//! A module with all that serde and schemars can make of types, and with names that are taken.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::{
    CloseCode, Closes,
    contract::{
        Contract,
        generated::{Builder, DescribeTopic, Describing, Joining},
    },
    wire,
};

#[derive(JsonSchema)]
#[serde(tag = "t", content = "c", rename_all = "snake_case")]
enum Adjacent {
    A(u8),
    B { x: i32 },
    C(u8, String),
    D,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
enum External {
    OneUnit,
    Newtype(Inner),
    Fields { some_field: bool },
    Tuple(u8, u8),
}

#[derive(JsonSchema)]
#[serde(tag = "kind")]
enum Internal {
    Wraps(Inner),
    #[serde(rename = "__proto__")]
    Proto,
    #[serde(rename = "unknown")]
    Unknown {
        #[serde(flatten)]
        inner: Inner,
    },
}

#[derive(JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(f64),
    Fields { x: u8 },
    List(Vec<Untagged>),
    Nothing,
}

/// Ends a comment: */ or does it? `src/*/`
///
/// ```
/// code();
/// ```
#[derive(JsonSchema)]
struct Inner {
    pair: (u16, String),
    /// May be `null`, in a list.
    list: Vec<Option<bool>>,
}

#[derive(JsonSchema)]
struct Flat {
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    external: External,
    #[serde(flatten)]
    more: HashMap<String, u8>,
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[serde(rename = "with-dash")]
    dash: u8,
    class: u8,
    #[serde(rename = "")]
    empty: u8,
}

#[wire(crate = crate)]
struct Tree<T> {
    value: T,
    children: Vec<Tree<T>>,
}

/// A form for each direction.
#[derive(JsonSchema)]
#[serde(rename_all(serialize = "camelCase"))]
struct Ways {
    two_words: u8,
    #[serde(default)]
    defaulted: u8,
    #[serde(rename(serialize = "written", deserialize = "read"))]
    named: bool,
    #[serde(skip_serializing)]
    secret: Option<String>,
    #[serde(skip_deserializing)]
    made: String,
    optional: Option<Box<Ways>>,
}

#[derive(JsonSchema)]
struct Collections {
    by_name: BTreeMap<String, Inner>,
    by_number: HashMap<u32, Untagged>,
    set: HashSet<String>,
    three: [u8; 3],
    many: [u8; 20],
    nested: Vec<(u8, Option<External>)>,
    bytes: Vec<u8>,
}

#[derive(JsonSchema)]
struct Numbers {
    small: i8,
    /// How many there are.
    large: u64,
    larger: Option<i128>,
    all: Vec<i64>,
    float: f32,
    letter: char,
}

#[derive(JsonSchema)]
struct Unit;

#[derive(JsonSchema)]
struct Empty {}

#[derive(JsonSchema)]
struct New(String);

#[derive(JsonSchema)]
enum Plain {
    One,
    #[serde(rename = "two \"words\"")]
    Two,
}

#[derive(JsonSchema)]
#[schemars(rename = "Promise")]
struct Taken {
    promise: bool,
}

#[derive(JsonSchema)]
#[schemars(rename = "Result")]
struct Taken2;

#[derive(JsonSchema)]
#[schemars(rename = "string")]
struct Taken3(bool);

#[derive(JsonSchema)]
#[schemars(rename = "RoomHandlers")]
struct Taken4 {
    error: bool,
}

#[derive(JsonSchema)]
#[schemars(rename = "Zoo")]
struct Taken5;

#[derive(JsonSchema)]
#[schemars(rename = "Error")]
struct NotTaken {
    state: Taken3,
}

#[derive(JsonSchema)]
struct Anything {
    value: serde_json::Value,
    never: Never,
    at: chrono::DateTime<chrono::Utc>,
    day: Option<chrono::NaiveDate>,
    id: uuid::Uuid,
    /// In hexadecimal digits.
    #[serde(with = "hex")]
    #[schemars(with = "String")]
    hex: Vec<u8>,
}

struct Never;

impl JsonSchema for Never {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Never".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        false.into()
    }
}

struct Room;

impl DescribeTopic for Room {
    type Message = Internal;
    const ADDRESS: &'static str = "zoo/{house}/room-{number}";
    const DOCS: &'static str = "";

    fn fields(topic: &mut Describing<'_>) {
        topic.parameter::<u64>("number", true);
        topic.parameter::<String>("house", true);
    }
}

struct News;

impl DescribeTopic for News {
    type Message = Untagged;
    const ADDRESS: &'static str = "news";
    const DOCS: &'static str = "What all may hear.";

    fn fields(_: &mut Describing<'_>) {}
}

struct Secret;

impl DescribeTopic for Secret {
    type Message = String;
    const ADDRESS: &'static str = "secret";
    const DOCS: &'static str = "";

    fn fields(_: &mut Describing<'_>) {}
}

enum Bye {
    Closed = 4001,
    Fed = 4999,
}

impl From<Bye> for CloseCode {
    fn from(bye: Bye) -> Self {
        Self::from(bye as u16)
    }
}

impl Closes for Bye {
    const CODES: &'static [(&'static str, u16, &'static str)] =
        &[("Closed", 4001, "It is night."), ("Fed", 4999, "")];
}

/// A module with all of them.
pub(in crate::contract) fn contract() -> Contract {
    builder().finish()
}

/// The same, for more parts.
pub(in crate::contract) fn builder() -> Builder {
    let join = || Joining {
        docs: "",
        describe: |_| (),
    };
    let snapshot = Joining {
        docs: "",
        describe: |join| join.ok::<u64>(),
    };
    Builder::new("zoo", "/zoo/{id:\\d{1,3}}", "All animals.")
        .call("take", "", |call| {
            call.parameter::<Adjacent>("adjacent", true);
            call.parameter::<Option<Flat>>("flat", false);
            call.parameter::<Strict>("strict", true);
            call.parameter::<Tree<u64>>("tree", true);
            call.parameter::<Ways>("ways", true);
            call.parameter::<Collections>("collections", true);
            call.parameter::<Taken>("taken", true);
            call.parameter::<Option<Plain>>("type", false);
            call.ok::<Ways>();
            call.error::<NotTaken>();
        })
        .call("give", "Gives\nall.", |call| {
            call.parameter::<Option<u64>>("most", false);
            call.ok::<Vec<Numbers>>();
        })
        .call("unit", "", |call| {
            call.ok::<()>();
            call.error::<Taken2>();
        })
        .call("words", "", |call| {
            call.ok::<(Unit, Empty, New, Plain, Taken4, Taken5, Anything)>();
        })
        .call("größe", "", |call| call.text("text"))
        .call("join_news", "", |_| ())
        .topic::<Room>("Room", Some(snapshot))
        .topic::<News>("News", Some(join()))
        .topic::<Secret>("Secret", None)
        .sends::<External>()
        .closes::<Bye>()
}

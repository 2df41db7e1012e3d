//! The frames that a client sends: mostly almost valid ones.

use std::fmt::Write as _;

use arbitrary::Arbitrary;

/// A text frame.
#[derive(Arbitrary, Debug)]
pub(super) enum Frame<'a> {
    Any(&'a str),
    Members(Vec<Member<'a>>),
    Call(Function, Vec<Field<'a>>, Option<u8>),
    Topic(Way, Topic<'a>, Option<u8>),
}

/// A member of the envelope.
#[derive(Arbitrary, Debug)]
pub(super) enum Member<'a> {
    Type(Function),
    Topic(Way, Topic<'a>),
    Id(Json<'a>),
    Data(Vec<Field<'a>>),
    Other(Field<'a>),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Function {
    Say,
    Add,
    Note,
    Echo,
    Fail,
    Other,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Way {
    Join,
    Leave,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Topic<'a> {
    Room(u8),
    Seat(u8, u8),
    Hall,
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
pub(super) struct Field<'a>(Name<'a>, Json<'a>);

#[derive(Arbitrary, Debug)]
enum Name<'a> {
    Room,
    Text,
    A,
    B,
    Value,
    How,
    Id,
    Data,
    Type,
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Byte(u8),
    Integer(i64),
    Float(f32),
    Digits(u8),
    Text(&'a str),
    /// A string with this `\u` escape.
    Escape(u16),
    /// So deep an array.
    Nested(u16),
    List(Vec<Json<'a>>),
    Object(Vec<Field<'a>>),
    /// Any text, which is rarely JSON.
    Raw(&'a str),
}

impl Frame<'_> {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Any(text) => (*text).to_owned(),
            Self::Members(members) => {
                let members = members.iter().map(Member::text);
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Self::Call(function, fields, id) => {
                let name = function.name();
                format!(
                    r#"{{"type":"{name}","data":{}{}}}"#,
                    object(fields),
                    id_of(*id)
                )
            }
            Self::Topic(way, topic, id) => {
                let topic = topic.member(*way);
                format!("{{{topic}{}}}", id_of(*id))
            }
        }
    }
}

fn id_of(id: Option<u8>) -> String {
    id.map_or_else(String::new, |id| format!(r#","id":{id}"#))
}

impl Member<'_> {
    fn text(&self) -> String {
        match self {
            Self::Type(function) => format!(r#""type":"{}""#, function.name()),
            Self::Topic(way, topic) => topic.member(*way),
            Self::Id(id) => format!(r#""id":{}"#, id.text()),
            Self::Data(fields) => format!(r#""data":{}"#, object(fields)),
            Self::Other(field) => field.text(),
        }
    }
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Self::Say => "say",
            Self::Add => "add",
            Self::Note => "note",
            Self::Echo => "echo",
            Self::Fail => "fail",
            Self::Other => "other",
        }
    }
}

impl Topic<'_> {
    pub(super) fn name(self) -> String {
        match self {
            Self::Room(id) => format!("room/{}", id % 16),
            Self::Seat(row, name) => format!(
                "seat/{}/{}",
                row % 16,
                ["", "a", "%2F", "%2f"][usize::from(name % 4)]
            ),
            Self::Hall => "hall".to_owned(),
            Self::Other(text) => text.to_owned(),
        }
    }

    fn member(self, way: Way) -> String {
        let way = match way {
            Way::Join => "join",
            Way::Leave => "leave",
        };
        format!(r#""{way}":{}"#, string(&self.name()))
    }
}

impl Field<'_> {
    fn text(&self) -> String {
        let Self(name, value) = self;
        let name = match name {
            Name::Room => "room",
            Name::Text => "text",
            Name::A => "a",
            Name::B => "b",
            Name::Value => "value",
            Name::How => "how",
            Name::Id => "id",
            Name::Data => "data",
            Name::Type => "type",
            Name::Other(text) => text,
        };
        format!("{}:{}", string(name), value.text())
    }
}

impl Json<'_> {
    fn text(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Byte(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Digits(count) => "1".repeat((*count).into()),
            Self::Text(text) => string(text),
            Self::Escape(unit) => format!(r#""\u{unit:04x}""#),
            Self::Nested(depth) => {
                let depth = usize::from(depth % 12_000);
                "[".repeat(depth) + &"]".repeat(depth)
            }
            Self::List(values) => {
                let mut list = String::from("[");
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    let _ = write!(list, "{comma}{}", value.text());
                }
                list + "]"
            }
            Self::Object(fields) => object(fields),
            Self::Raw(text) => (*text).to_owned(),
        }
    }
}

fn object(fields: &[Field<'_>]) -> String {
    let fields = fields.iter().map(Field::text).collect::<Vec<_>>();
    format!("{{{}}}", fields.join(","))
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

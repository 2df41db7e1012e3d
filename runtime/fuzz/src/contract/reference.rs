//! What `levante.v1+json` says about a frame, written down once more: with the whole frame in memory,
//! and without regard for speed.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::{Value, json, value::RawValue};

use super::module::{MAX_TOPIC_LEN, MAX_TOPICS};

/// What the server does with a frame.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Ok(Value),
    Refused(Value),
    /// It is not understood.
    Fault,
    /// The function has failed.
    Failed,
    /// The function has accepted a topic whose name is too long.
    TooLong,
}

/// What the server knows about a client.
#[derive(Default)]
pub(super) struct Model {
    /// The topics to which the socket is subscribed.
    pub(super) subscribed: BTreeSet<String>,
    /// The topics that the client has joined.
    joined: BTreeSet<String>,
    /// How often `note` was called.
    pub(super) notes: u32,
}

/// The members of an object, in their order, with repeated ones.
struct Members<'m>(Vec<(String, &'m RawValue)>);

impl<'m> Members<'m> {
    fn of(json: &'m str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'m str> {
        let named = self.0.iter().filter(move |it| it.0 == name);
        named.map(|(_, value)| value.get())
    }

    /// The value of a member that is there once.
    fn one(&self, name: &str) -> Option<&'m str> {
        let mut values = self.named(name);
        values.next().filter(|_| values.next().is_none())
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// The id of a frame, if it has a valid one.
pub(super) fn id_of(frame: &str) -> Option<u64> {
    let frame = Members::of(frame)?;
    number(frame.one("id")?)
}

/// An unsigned integer that all parsers read exactly.
fn number(json: &str) -> Option<u64> {
    let is_plain = json.bytes().all(|byte| byte.is_ascii_digit());
    let number = json.parse().ok().filter(|_| is_plain)?;
    (number < 1 << 53).then_some(number)
}

impl Model {
    /// What the server does with a frame.
    pub(super) fn take(&mut self, frame: &str) -> Outcome {
        self.understand(frame).unwrap_or(Outcome::Fault)
    }

    /// `None` for a fault.
    fn understand(&mut self, frame: &str) -> Option<Outcome> {
        let frame = Members::of(frame)?;
        let kinds = ["type", "join", "leave"];
        let is_kind = |name: &str| kinds.contains(&name);
        let mut found = frame.0.iter().filter(|(name, _)| is_kind(name));
        let (kind, name) = found.next().filter(|_| found.next().is_none())?;
        let name: String = serde_json::from_str(name.get()).ok()?;
        let place = frame.0.iter().position(|(name, _)| name == kind)?;
        for (index, (name, value)) in frame.0.iter().enumerate() {
            let is_valid = match &**name {
                "id" => value.get() == "null" || number(value.get()).is_some(),
                // A call reads it. Before a join or leave, it is passed over.
                "data" if kind == "type" || index < place => true,
                name if is_kind(name) => true,
                _ => is_readable(value.get()),
            };
            if !is_valid {
                return None;
            }
        }
        if frame.named("id").count() > 1 || frame.named("data").count() > 1 {
            return None;
        }
        match &**kind {
            "type" => self.call(&name, frame.one("data").unwrap_or("null")),
            "join" => self.join(name),
            _ => {
                if self.joined.remove(&name) {
                    self.subscribed.remove(&name);
                }
                Some(Outcome::Ok(Value::Null))
            }
        }
    }

    fn call(&mut self, name: &str, data: &str) -> Option<Outcome> {
        let parameters: &[&str] = match name {
            "say" => &["room", "text"],
            "add" => &["a", "b"],
            "note" => &[],
            "echo" => &["value"],
            "fail" => &["how"],
            _ => return None,
        };
        let data = match data {
            "null" => Members(Vec::new()),
            data => Members::of(data)?,
        };
        for (name, value) in &data.0 {
            if !parameters.contains(&&**name) && !is_readable(value.get()) {
                return None;
            }
        }
        if parameters.iter().any(|it| data.named(it).count() > 1) {
            return None;
        }
        Some(match name {
            "say" => {
                let room: u32 = read(&data, "room")?;
                let text: String = read(&data, "text")?;
                match text.len() {
                    ..=20 => Outcome::Ok(format!("{room} {text}").into()),
                    _ => Outcome::Refused(json!({ "type": "too_long", "most": 20 })),
                }
            }
            "add" => {
                let a: i64 = read(&data, "a")?;
                let b: Option<u8> = match data.one("b") {
                    Some(b) => serde_json::from_str(b).ok()?,
                    None => None,
                };
                Outcome::Ok(a.wrapping_add(b.unwrap_or_default().into()).into())
            }
            "note" => {
                self.notes = self.notes.wrapping_add(1);
                Outcome::Ok(Value::Null)
            }
            "echo" => Outcome::Ok(read(&data, "value")?),
            _ => match read(&data, "how")? {
                true => Outcome::Failed,
                false => Outcome::Ok(Value::Null),
            },
        })
    }

    fn join(&mut self, name: String) -> Option<Outcome> {
        if !self.joined.contains(&name) {
            if self.joined.len() >= MAX_TOPICS {
                let subscribed = &self.subscribed;
                self.joined.retain(|name| subscribed.contains(name));
            }
            if self.joined.len() >= MAX_TOPICS {
                return None;
            }
        }
        let value = if let Some(id) = name.strip_prefix("room/") {
            let id: u32 = canonical(id)?;
            match id % 7 {
                5 | 6 => return Some(Outcome::Refused(json!({ "type": "unlucky" }))),
                _ => id.into(),
            }
        } else {
            let (row, seat) = name.strip_prefix("seat/")?.split_once('/')?;
            let row: u8 = canonical(row)?;
            let seat = unescaped(seat)?;
            if row == 13 {
                return Some(Outcome::Failed);
            }
            seat.into()
        };
        if name.len() > MAX_TOPIC_LEN {
            return Some(Outcome::TooLong);
        }
        if self.subscribed.insert(name.clone()) {
            self.joined.insert(name);
        }
        Some(Outcome::Ok(value))
    }
}

/// Whether a value has the limits of what is read: on nesting, numbers and escapes.
fn is_readable(json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok()
}

fn read<T: DeserializeOwned>(data: &Members<'_>, name: &str) -> Option<T> {
    serde_json::from_str(data.one(name)?).ok()
}

/// A number in its only spelling.
fn canonical<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    let number: T = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn unescaped(text: &str) -> Option<String> {
    let plain = text.replace("%25", "").replace("%2F", "");
    let is_escaped = !text.contains('/') && !plain.contains('%');
    is_escaped.then(|| text.replace("%2F", "/").replace("%25", "%"))
}

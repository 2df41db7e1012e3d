//! What a contract may change without breaking clients that were built for an older one.

mod changes;
mod compare;
mod form;
mod objects;
mod same;
mod shape;
mod words;

use std::{collections::BTreeMap, fmt};

use serde_json::{Value, json};

pub(super) use self::changes::changes;
use self::compare::{Compare, Place, Way};
use super::{Answer, Call, Close, Parts, Topic};

/// A difference between two contracts that breaks clients.
///
/// It prints as one line for people, such as `` `say.loud` is required now ``.
///
/// ```
/// use levante::Contract;
/// # mod chat {
/// #     use levante::__private::contract::Builder;
/// #     pub fn old() -> levante::Contract {
/// #         Builder::new("chat", "/chat", "").call("say", "", |d| d.text("text")).finish()
/// #     }
/// #     pub fn contract() -> levante::Contract {
/// #         Builder::new("chat", "/chat", "").call("say", "", |d| { d.text("text"); d.text("to") }).finish()
/// #     }
/// # }
/// # let old_json = chat::old().to_json();
///
/// let old = Contract::from_json(&old_json)?;
/// for it in chat::contract().breaks(&old) {
///     assert_eq!(it.place(), "say.to");
///     assert_eq!(it.to_string(), "`say.to` is required now");
/// }
/// # assert_eq!(chat::contract().breaks(&old).len(), 1);
/// # Ok::<(), levante::ContractError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    place: String,
    text: String,
}

impl Break {
    /// A difference at a place, such as `say.text`, with what is said after it.
    fn new(place: impl Into<String>, what: impl fmt::Display) -> Self {
        let place = place.into();
        let text = format!("`{place}` {what}");
        Self { place, text }
    }

    /// The part of the contract that has changed, as a path with dots.
    ///
    /// | path | part |
    /// |---|---|
    /// | `say.text` | the parameter `text` of the function `say` |
    /// | `say.ok`, `say.error` | its answer, and its refusal |
    /// | `Room.id`, `Room.said` | the field `id` of the topic `Room`, and its message of type `said` |
    /// | `Room.join.ok` | the answer of its `#[join]` function |
    /// | `sends.welcome` | the event of type `welcome` |
    /// | `closes.Kicked` | the close code |
    ///
    /// In each, names of fields and of variants follow. `[]` is an element of an array, and `*` a
    /// value of a map.
    ///
    /// ```
    /// # use levante::__private::contract::Builder;
    /// # let old = Builder::new("chat", "/chat", "").call("say", "", |_| {}).finish();
    /// # let new = Builder::new("chat", "/chat", "").finish();
    /// let breaks = new.breaks(&old);
    /// assert_eq!(breaks[0].place(), "say");
    /// assert_eq!(breaks[0].to_string(), "`say` cannot be called any more");
    /// ```
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What breaks clients that were built for `old` and meet `new`.
pub(super) fn breaks(old: &Parts, new: &Parts) -> Vec<Break> {
    let mut breaks = Vec::new();
    if shape(&old.path) != shape(&new.path) {
        breaks.push(changed("path", &old.path, &new.path));
    }
    if old.protocol != new.protocol {
        breaks.push(changed("protocol", &old.protocol, &new.protocol));
    }
    let compare = Compare::new(&old.schemas, &new.schemas);
    for (name, was) in &old.calls {
        match new.calls.get(name) {
            Some(is) => call(&compare, name, was, is, &mut breaks),
            None => breaks.push(Break::new(name, "cannot be called any more")),
        }
    }
    for (name, was) in &old.topics {
        match successor(name, was, &new.topics) {
            Some(is) => topic(&compare, name, was, is, &mut breaks),
            None => breaks.push(Break::new(name, "is not a topic any more")),
        }
    }
    match (&old.sends, &new.sends) {
        (Some(was), Some(is)) => {
            compare.events("sends", was, is, &mut breaks);
        }
        (Some(_), None) => breaks.push(Break::new("sends", "has nothing any more")),
        (None, _) => {}
    }
    closes(&old.closes, &new.closes, &mut breaks);
    breaks
}

fn changed(place: &str, was: &str, is: &str) -> Break {
    Break::new(place, format_args!("was `{was}` and is `{is}`"))
}

fn call(compare: &Compare<'_>, name: &str, was: &Call, is: &Call, breaks: &mut Vec<Break>) {
    if let Some(is) = &is.data {
        let (was, is) = (was.data.clone().unwrap_or_default().schema(), is.schema());
        compare.schemas(Way::Read, Place::new(name), &was, &is, breaks);
    }
    answer(compare, name, &was.answer, &is.answer, breaks);
}

/// Without a return type a function answers `null` if the client asks for an answer. A client that
/// expects none does not ask.
fn answer(compare: &Compare<'_>, name: &str, was: &Answer, is: &Answer, breaks: &mut Vec<Break>) {
    let nothing = json!({"type": "null"});
    if let Some(ok) = &was.ok {
        match &is.ok {
            None if *ok != nothing => {
                breaks.push(Break::new(name, "is not answered any more"));
            }
            new => {
                let place = Place::new(&format!("{name}.ok"));
                compare.schemas(
                    Way::Write,
                    place,
                    ok,
                    new.as_ref().unwrap_or(&nothing),
                    breaks,
                );
            }
        }
    }
    match (&was.error, &is.error) {
        (Some(was), Some(is)) => compare.refusals(&format!("{name}.error"), was, is, breaks),
        (None, Some(_)) if was.ok.is_some() => {
            breaks.push(Break::new(name, "may be refused now"));
        }
        _ => {}
    }
}

/// The topic of the same type, or else of the same address: clients do not see the type's name.
fn successor<'n>(
    name: &str,
    was: &Topic,
    topics: &'n BTreeMap<String, Topic>,
) -> Option<&'n Topic> {
    let of_address = || {
        topics
            .values()
            .find(|is| shape(&is.address) == shape(&was.address))
    };
    topics.get(name).or_else(of_address)
}

fn topic(compare: &Compare<'_>, name: &str, was: &Topic, is: &Topic, breaks: &mut Vec<Break>) {
    if shape(&was.address) == shape(&is.address) {
        // Clients of a topic that can be joined write its name, and those of another one read it.
        let way = match was.join {
            Some(_) => Way::Read,
            None => Way::Write,
        };
        for (old, new) in parameters(&was.address).zip(parameters(&is.address)) {
            let field = |topic: &Topic, name: &str| {
                let schema = topic.data.as_ref()?.properties.get(name)?;
                Some(schema.clone())
            };
            if let (Some(was), Some(is)) = (field(was, old), field(is, new)) {
                let place = Place::new(name).then(old);
                compare.schemas(way, place, &was, &is, breaks);
            }
        }
    } else {
        breaks.push(changed(name, &was.address, &is.address));
    }
    compare.events(name, &was.message, &is.message, breaks);
    match (&was.join, &is.join) {
        (None, _) => {}
        (Some(_), None) => breaks.push(Break::new(name, "cannot be joined any more")),
        (Some(was), Some(is)) => {
            // A client always asks for the answer of a join.
            let [was, is] = [was, is].map(|join| Answer {
                ok: Some(
                    join.answer
                        .ok
                        .clone()
                        .unwrap_or_else(|| json!({"type": "null"})),
                ),
                error: join.answer.error.clone(),
            });
            answer(compare, &format!("{name}.join"), &was, &is, breaks);
        }
    }
}

fn closes(old: &BTreeMap<String, Close>, new: &BTreeMap<String, Close>, breaks: &mut Vec<Break>) {
    for (name, was) in old {
        let place = format!("closes.{name}");
        let namesake = new.iter().find(|(_, is)| is.code == was.code);
        match (new.get(name), namesake) {
            (Some(is), _) if is.code != was.code => {
                let what = format!("was {} and is {}", was.code, is.code);
                breaks.push(Break::new(place, what));
            }
            (None, Some((other, _))) => {
                let what = format!("was {}, which `{other}` is now", was.code);
                breaks.push(Break::new(place, what));
            }
            // A code that is not used any more breaks nothing.
            _ => {}
        }
    }
}

/// A pattern without the names of its parameters, which are not in what clients send.
fn shape(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let mut shape = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shape.push('{');
        shape.push_str(part.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'));
    }
    shape
}

/// The names of the parameters of a pattern.
fn parameters(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split('{')
        .skip(1)
        .map(|part| part.split(['}', ':']).next().unwrap_or_default())
}

impl super::Fields {
    fn schema(&self) -> Value {
        json!({"type": "object", "properties": self.properties, "required": self.required})
    }
}

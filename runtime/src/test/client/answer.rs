//! Answers of the server to calls, joins and leaves, as the client reads them.

use std::{collections::HashMap, fmt};

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, VariantAccess, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, value::RawValue};

use crate::message::Message;

/// The text with which the server says that it has not understood a call, or that it has failed:
/// `{"id":1,"fault":"…"}`. [`Client::try_call`](super::Client::try_call) returns it.
///
/// It can be compared with a text.
///
/// ```
/// # use levante::test::{Client, Fault};
/// # async fn test(mut client: Client) {
/// let answer: Result<u32, Fault> = client.try_call("add", serde_json::json!({ "a": 1 })).await;
/// assert_eq!(answer.unwrap_err(), "`b` is missing");
/// # }
/// # let _ = test;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(String);

impl Fault {
    /// The text.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// let fault = client.try_call::<u32>("no_such_function", ()).await.unwrap_err();
    /// assert!(fault.as_str().contains("no_such_function"));
    /// # }
    /// # let _ = test;
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Fault {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Fault {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// A frame of the server: its members, each as JSON.
pub(super) struct Members<'m>(HashMap<String, &'m RawValue>);

impl<'m> Members<'m> {
    /// `None` if the message is no JSON object.
    pub(super) fn of(message: &'m Message) -> Option<Self> {
        serde_json::from_str(message.as_text()?).ok().map(Self)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'m str> {
        self.0.get(name).map(|value| value.get())
    }

    /// Whether this is the answer with the id.
    pub(super) fn answers(&self, id: u64) -> bool {
        self.get("id")
            .is_some_and(|own| own.parse::<u64>() == Ok(id))
    }

    /// `None` if the server has broken the protocol.
    pub(super) fn into_answer(self) -> Option<Result<Answer<String>, Fault>> {
        let members = ["ok", "error", "fault"].map(|name| self.get(name));
        Some(match members {
            [Some(value), None, None] => Ok(Answer::Value(value.to_owned())),
            [None, Some(refusal), None] => Ok(Answer::Refusal(refusal.to_owned())),
            [None, None, Some(fault)] => Err(Fault(serde_json::from_str(fault).ok()?)),
            _ => return None,
        })
    }
}

/// The JSON of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer<J> {
    /// `{"id":1,"ok":…}`
    Value(J),
    /// `{"id":1,"error":…}`
    Refusal(J),
}

impl Answer<String> {
    /// Reads what the function has returned: a value, or a `Result` if it may refuse.
    pub(super) fn read<R: DeserializeOwned>(&self) -> Result<R, Error> {
        R::deserialize(match self {
            Self::Value(json) => Answer::Value(&**json),
            Self::Refusal(json) => Answer::Refusal(&**json),
        })
    }
}

impl<'m> Answer<&'m str> {
    /// The JSON of the value.
    fn value(self) -> Result<&'m str, Error> {
        match self {
            Self::Value(json) => Ok(json),
            Self::Refusal(json) => Err(Error::custom(format_args!("it is the refusal {json}"))),
        }
    }
}

/// Calls a method of the deserializer of a JSON text, and reads its end.
macro_rules! read_json {
    ($json:expr, $method:ident($($argument:expr),*)) => {{
        let mut json = serde_json::Deserializer::from_str($json);
        let value = json.$method($($argument),*)?;
        json.end()?;
        Ok(value)
    }};
}

/// A `Result` is read by which answer it is. All other types are read from the value.
impl<'de> Deserializer<'de> for Answer<&'de str> {
    type Error = Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if (name, variants) == ("Result", &["Ok", "Err"]) {
            return visitor.visit_enum(self);
        }
        read_json!(self.value()?, deserialize_enum(name, variants, visitor))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        read_json!(self.value()?, deserialize_any(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        read_json!(self.value()?, deserialize_option(visitor))
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        read_json!(self.value()?, deserialize_bytes(visitor))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        read_json!(self.value()?, deserialize_byte_buf(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        read_json!(self.value()?, deserialize_newtype_struct(name, visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Answer<&'de str> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = match self {
            Self::Value(_) => "Ok",
            Self::Refusal(_) => "Err",
        };
        Ok((seed.deserialize(StrDeserializer::<Error>::new(name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Answer<&'de str> {
    type Error = Error;

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let (Self::Value(json) | Self::Refusal(json)) = self;
        let mut json = serde_json::Deserializer::from_str(json);
        let value = seed.deserialize(&mut json)?;
        json.end()?;
        Ok(value)
    }

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::custom("a `Result` has a value"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a `Result` has one value"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        Err(Error::custom("a `Result` has one value"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sent {
        number: u32,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Refused {
        TooLong { most: u32 },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Color {
        Red,
        Rgb(u8, u8, u8),
    }

    fn value<R: DeserializeOwned>(json: &str) -> Result<R, String> {
        let answer = Answer::Value(json.to_owned());
        answer.read().map_err(|error| error.to_string())
    }

    fn refusal<R: DeserializeOwned>(json: &str) -> Result<R, String> {
        let answer = Answer::Refusal(json.to_owned());
        answer.read().map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_is_read_as_the_type_of_the_function() {
        assert_eq!(value("null"), Ok(()));
        assert_eq!(value("7"), Ok(7_u32));
        assert_eq!(value("7"), Ok(7_i128));
        assert_eq!(value("1.5"), Ok(1.5));
        assert_eq!(value("\"a\\nb\""), Ok("a\nb".to_owned()));
        assert_eq!(value("null"), Ok(None::<u32>));
        assert_eq!(value("7"), Ok(Some(7)));
        assert_eq!(value("[1,2]"), Ok(vec![1, 2]));
        assert_eq!(value("[1,\"a\"]"), Ok((1, "a".to_owned())));
        assert_eq!(value(r#"{"number":1}"#), Ok(Sent { number: 1 }));
        assert_eq!(value("\"Red\""), Ok(Color::Red));
        assert_eq!(value(r#"{"Rgb":[1,2,3]}"#), Ok(Color::Rgb(1, 2, 3)));
        assert_eq!(
            value(r#"{"Ok":5}"#),
            Ok(BTreeMap::from([("Ok".to_owned(), 5)]))
        );
        assert!(value::<Value>("{\"a\":null}").is_ok());
        let mistaken = value::<Sent>("{}").unwrap_err();
        assert!(mistaken.contains("missing field `number`"), "{mistaken}");
    }

    #[test]
    fn a_result_is_read_by_the_kind_of_the_answer() {
        type Answered = Result<Sent, Refused>;
        assert_eq!(
            value(r#"{"number":1}"#),
            Ok(Answered::Ok(Sent { number: 1 }))
        );
        assert_eq!(
            refusal(r#"{"type":"too_long","most":9}"#),
            Ok(Answered::Err(Refused::TooLong { most: 9 }))
        );
        assert_eq!(value("null"), Ok(Ok::<(), Refused>(())));
        // A value that looks like a `Result` is none.
        assert_eq!(
            value(r#"{"Err":5}"#),
            Ok(Ok::<_, Refused>(BTreeMap::from([("Err".to_owned(), 5)])))
        );
    }

    #[test]
    fn a_refusal_is_no_value() {
        let text = r#"it is the refusal {"type":"too_long","most":9}"#;
        let json = r#"{"type":"too_long","most":9}"#;
        assert_eq!(refusal::<Sent>(json), Err(text.to_owned()));
        assert_eq!(refusal::<Value>(json), Err(text.to_owned()));
        assert_eq!(refusal::<Option<u32>>(json), Err(text.to_owned()));
        assert_eq!(refusal::<()>(json), Err(text.to_owned()));
        assert_eq!(refusal::<Color>(json), Err(text.to_owned()));
    }

    #[test]
    fn an_answer_has_one_of_three_members() {
        let answer = |text: &str| {
            let message = Message::Text(text.into());
            Members::of(&message)?.into_answer()
        };
        let value = answer(r#"{"id":1,"ok":null}"#);
        assert_eq!(value, Some(Ok(Answer::Value("null".to_owned()))));
        let refusal = answer(r#"{"id":1,"error":2}"#);
        assert_eq!(refusal, Some(Ok(Answer::Refusal("2".to_owned()))));
        let fault = answer(r#"{"id":1,"fault":"\"no\""}"#);
        assert_eq!(fault, Some(Err(Fault("\"no\"".to_owned()))));
        for text in [
            r#"{"id":1}"#,
            r#"{"id":1,"ok":1,"error":2}"#,
            r#"{"id":1,"fault":2}"#,
            "[]",
            "text",
        ] {
            assert_eq!(answer(text), None, "{text}");
        }
    }
}

use std::{fmt::Display, marker::PhantomData, str::FromStr};

use schemars::JsonSchema;
use serde::{
    Serialize,
    de::{DeserializeOwned, Visitor, value::Error},
};

use super::builder::{Builder, Describing, Joining};
use crate::{destination::Topic, wire::Wire};

/// A type that a contract can describe.
#[diagnostic::on_unimplemented(
    message = "the contract cannot describe `{Self}`",
    label = "has no schema",
    note = "annotate the type with `#[wire]`, or derive `schemars::JsonSchema` for it"
)]
pub trait Describe: JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema + ?Sized> Describe for T {}

/// What `#[topic]` tells the contract about a topic.
pub trait DescribeTopic {
    /// The pattern of its name, such as `room/{id}`.
    const ADDRESS: &'static str;
    /// The docs of the struct.
    const DOCS: &'static str;
    /// Describes its fields, each by [`Describing::parameter`].
    fn fields(topic: &mut Describing<'_>);
    /// Describes what is published to it, by [`Describing::ok`].
    fn message(topic: &mut Describing<'_>);
}

/// A topic that a module declares: `Declared::<T>::add(builder, …)`.
#[derive(Debug)]
pub struct Declared<T>(PhantomData<T>);

impl<T: DescribeTopic> Declared<T> {
    /// Adds it, as `#[topic]` has described it.
    pub fn add(builder: Builder, name: &str, join: Option<Joining<'_>>) -> Builder {
        builder.topic::<T>(name, join)
    }
}

/// A topic whose [`Topic`] is implemented by hand.
pub trait ByHand<T> {
    /// Adds it. It has no docs, and the values in its name are strings.
    fn add(builder: Builder, name: &str, join: Option<Joining<'_>>) -> Builder
    where
        T: Topic<Message: Describe>,
    {
        builder.topic_by_hand::<T>(name, join)
    }
}

impl<T> ByHand<T> for Declared<T> {}

/// The type that a function returns, described as what a client is told:
/// `(&Returned::<R>::NEW).tell(…)`. It is chosen as the answer itself is: the first one that fits of
/// a `Result` whose error is a typed refusal, another `Result`, and another type. What cannot be told
/// at all is left out: the code that tells it reports the mistake.
#[derive(Debug)]
pub struct Returned<R: ?Sized>(PhantomData<R>);

impl<R> Clone for Returned<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Returned<R> {}

impl<R> Returned<R> {
    /// Stands for the value.
    pub const NEW: Self = Self(PhantomData);
}

impl<T: Serialize, E: Wire> Returned<Result<T, E>> {
    /// Describes the answer and the refusal.
    pub fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe,
        E: Describe,
    {
        told.ok::<T>();
        told.error::<E>();
    }
}

/// A `Result` whose error is for the `error` handler: the client is not told.
pub trait Reported<T> {
    /// Describes the answer.
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe;
}

impl<T: Serialize, E> Reported<T> for Returned<Result<T, E>> {
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe,
    {
        told.ok::<T>();
    }
}

/// A value that is no `Result`.
pub trait Told<T> {
    /// Describes the answer.
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe;
}

impl<T: Serialize> Told<T> for &Returned<T> {
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe,
    {
        told.ok::<T>();
    }
}

/// A value that cannot be told.
pub trait Untold: Sized {
    /// Nothing.
    fn tell(self, _: &mut Describing<'_>) {}
}

impl<T> Untold for Returned<T> {}

/// A parameter of a function: `Parameter::<T>::describe(…)`.
#[derive(Debug)]
pub struct Parameter<T>(PhantomData<T>);

impl<T: DeserializeOwned> Parameter<T> {
    /// Describes it. Whether a message must have it is measured with the type's own `Deserialize`, so
    /// that the contract is right for types such as `Option` and those that are like it.
    pub fn describe(call: &mut Describing<'_>, name: &str)
    where
        T: Describe,
    {
        call.parameter::<T>(name, Self::is_required());
    }

    /// Whether `T` cannot be made from a missing field.
    fn is_required() -> bool {
        T::deserialize(Missing).is_err()
    }
}

/// A parameter that cannot be read. The code that reads it reports the mistake.
pub trait Unread {
    /// Nothing.
    fn describe(_: &mut Describing<'_>, _: &str) {}
}

impl<T> Unread for Parameter<T> {}

/// A value in the name of a topic: `Segment::<T>::describe(…)`.
#[derive(Debug)]
pub struct Segment<T>(PhantomData<T>);

impl<T: Display + FromStr> Segment<T> {
    /// Describes it.
    pub fn describe(topic: &mut Describing<'_>, name: &str)
    where
        T: Describe,
    {
        topic.parameter::<T>(name, true);
    }
}

impl<T> Unread for Segment<T> {}

/// A field that is not there, as serde's derive reads it.
struct Missing;

impl<'de> serde::Deserializer<'de> for Missing {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::Parameter;

    #[derive(serde::Deserialize)]
    struct Wrapped {
        #[serde(default)]
        _a: u8,
    }

    #[derive(serde::Deserialize)]
    #[serde(transparent)]
    struct Transparent {
        _a: Option<u8>,
    }

    #[test]
    fn a_field_is_required_unless_its_type_can_do_without() {
        assert!(Parameter::<u8>::is_required());
        assert!(Parameter::<()>::is_required());
        assert!(Parameter::<Wrapped>::is_required());
        assert!(!Parameter::<Option<u8>>::is_required());
        assert!(!Parameter::<Transparent>::is_required());
    }
}

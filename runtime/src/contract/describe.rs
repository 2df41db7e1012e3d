use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Visitor, value::Error};

use super::builder::Describing;
use crate::wire::Wire;

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
#[diagnostic::on_unimplemented(
    message = "the contract cannot describe the topic `{Self}`",
    label = "has no description",
    note = "annotate the struct with `#[topic(\"room/{{id}}\", message = RoomEvent)]`"
)]
pub trait DescribeTopic {
    /// What is published to it.
    type Message: Describe;
    /// The pattern of its name, such as `room/{id}`.
    const ADDRESS: &'static str;
    /// The docs of the struct.
    const DOCS: &'static str;
    /// Describes its fields, each by [`Describing::parameter`].
    fn fields(topic: &mut Describing<'_>);
}

/// The type that a function returns, described as what a client is told:
/// `(&Returned::<R>::NEW).tell(…)`. It is chosen as the answer itself is: the first one that fits of
/// a `Result` whose error is a typed refusal, another `Result`, and another type.
#[derive(Debug)]
pub struct Returned<R: ?Sized>(PhantomData<R>);

impl<R> Returned<R> {
    /// Stands for the value.
    pub const NEW: Self = Self(PhantomData);
}

impl<T, E: Wire> Returned<Result<T, E>> {
    /// Describes the answer and the refusal.
    pub fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe,
        E: Describe,
    {
        told.ok::<T>();
        told.error::<E>();
    }

    /// The same without a value.
    pub fn describe(told: &mut Describing<'_>)
    where
        T: Describe,
        E: Describe,
    {
        Self::NEW.tell(told);
    }
}

/// A `Result` whose error is for the `error` handler: the client is not told.
pub trait Reported<T> {
    /// Describes the answer.
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe;

    /// The same without a value.
    fn describe(told: &mut Describing<'_>)
    where
        T: Describe;
}

impl<T, E> Reported<T> for Returned<Result<T, E>> {
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe,
    {
        told.ok::<T>();
    }

    fn describe(told: &mut Describing<'_>)
    where
        T: Describe,
    {
        Self::NEW.tell(told);
    }
}

/// A value that is no `Result`.
pub trait Told<T> {
    /// Describes the answer.
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe;
}

impl<T> Told<T> for &Returned<T> {
    fn tell(&self, told: &mut Describing<'_>)
    where
        T: Describe,
    {
        told.ok::<T>();
    }
}

/// Asks whether a message must have a field of this type: `Requires::<T>::is_required()`.
///
/// The answer is measured with the type's own `Deserialize`, so that the contract is right for
/// types such as `Option` and those that are like it.
#[derive(Debug)]
pub struct Requires<T>(PhantomData<T>);

impl<T: DeserializeOwned> Requires<T> {
    /// Whether `T` cannot be made from a missing field.
    pub fn is_required() -> bool {
        T::deserialize(Missing).is_err()
    }
}

/// The answer for a type that cannot be read. The code that reads it reports the mistake.
pub trait Unread {
    /// `true`.
    fn is_required() -> bool {
        true
    }
}

impl<T> Unread for Requires<T> {}

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
    use super::{Requires, Unread as _};

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

    struct Unreadable;

    #[test]
    fn a_field_is_required_unless_its_type_can_do_without() {
        assert!(Requires::<u8>::is_required());
        assert!(Requires::<()>::is_required());
        assert!(Requires::<Wrapped>::is_required());
        assert!(Requires::<Unreadable>::is_required());
        assert!(!Requires::<Option<u8>>::is_required());
        assert!(!Requires::<Transparent>::is_required());
    }
}

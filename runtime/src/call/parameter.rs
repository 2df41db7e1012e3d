//! The parameters of `#[on]` functions, one field each.

use std::borrow::Cow;

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, Visitor, value::Error as MissingError},
};

use super::{Fault, Reader};

/// The types of parameters of `#[on]` functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of an `#[on]` function",
    label = "cannot be read from JSON",
    note = "annotate it with `#[wire]`; a parameter is `&str`, or owns its content and implements \
            `serde::Deserialize`",
    note = "extractors, such as `web::Data<T>`, belong to `attach`; the server is `ws.server()`"
)]
pub trait Parameter: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Parameter for T {}

/// Reads the field of a parameter into its slot.
///
/// # Errors
///
/// If the value does not fit, or the slot is filled already.
#[inline]
pub fn field<T: Parameter>(
    slot: &mut Option<T>,
    name: &'static str,
    reader: &mut Reader<'_>,
) -> Result<(), Fault> {
    if slot.is_some() {
        return Err(Fault::repeated(name));
    }
    *slot = Some(
        reader
            .value()
            .map_err(|error| Fault::of_field(name, error))?,
    );
    Ok(())
}

/// Reads the field of a `&str` into its slot. It is borrowed from the message if it has no escapes.
///
/// # Errors
///
/// If the value is no string, or the slot is filled already.
#[inline]
pub fn text<'m>(
    slot: &mut Option<Cow<'m, str>>,
    name: &'static str,
    reader: &mut Reader<'m>,
) -> Result<(), Fault> {
    if slot.is_some() {
        return Err(Fault::repeated(name));
    }
    let value = match reader.peek() {
        Some(b'"') => reader.string().map_err(|fault| fault.in_field(name))?,
        _ => not_text(name, reader)?,
    };
    *slot = Some(value);
    Ok(())
}

/// Makes serde's error for a value that is no string.
#[cold]
fn not_text<'m>(name: &'static str, reader: &mut Reader<'m>) -> Result<Cow<'m, str>, Fault> {
    let text = reader.value::<String>();
    text.map(Cow::Owned)
        .map_err(|error| Fault::of_field(name, error))
}

/// The value of a parameter. A field that is missing is `None` for an `Option`.
///
/// # Errors
///
/// If the field is missing, and the type cannot do without.
#[inline]
pub fn given<T: Parameter>(slot: Option<T>, name: &'static str) -> Result<T, Fault> {
    match slot {
        Some(value) => Ok(value),
        None => T::deserialize(Missing).map_err(|_| Fault::missing(name)),
    }
}

/// The value of a `&str`.
///
/// # Errors
///
/// If the field is missing.
#[inline]
pub fn given_text<'m>(
    slot: Option<Cow<'m, str>>,
    name: &'static str,
) -> Result<Cow<'m, str>, Fault> {
    slot.ok_or_else(|| Fault::missing(name))
}

/// Deserializes a field that is missing: only types such as `Option` can be.
pub(crate) struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = MissingError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, MissingError> {
        Err(de::Error::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MissingError> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

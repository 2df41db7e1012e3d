//! Answers of `#[on]` and `#[join]` functions: which kind a returned value is, and its JSON.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use crate::{error::BoxError, wire::Wire};

/// The value that a function has returned, by what happens with it.
#[derive(Debug)]
pub enum Answer<T, E> {
    /// `{"id":1,"ok":…}`
    Ok(Encoded<T>),
    /// `{"id":1,"error":…}`
    Refused(Encoded<E>),
    /// `{"id":1,"fault":"internal error"}`, and the error goes to the `error` handler.
    Failed(BoxError),
}

/// A value, and how it is encoded. The bound is checked where the value is made, so that a type that
/// does not fit gives one error.
#[derive(Debug)]
pub struct Encoded<T> {
    value: T,
    write: fn(&mut Vec<u8>, u64, &str, &T) -> Result<(), BoxError>,
}

impl<T> Encoded<T> {
    /// A value that can be encoded.
    #[inline]
    pub(crate) fn new(value: T) -> Self
    where
        T: Serialize,
    {
        Self {
            value,
            write: write::<T>,
        }
    }

    /// Writes `{"id":1,"ok":…}`, with this key.
    #[inline]
    pub(crate) fn write(&self, json: &mut Vec<u8>, id: u64, key: &str) -> Result<(), BoxError> {
        (self.write)(json, id, key, &self.value)
    }
}

/// The type of a value, to choose its `answer` by: see [`returned`].
#[derive(Debug)]
pub struct Returned<R>(PhantomData<R>);

/// The type of a returned value. `kind.answer(value)` is the answer for `kind = &returned(&value)`,
/// by the first of three methods of that name that fits:
///
/// 1. The inherent one, for a `Result` whose error is a [`Wire`]: its error is a refusal.
/// 2. That of [`Reports`], for any other `Result`: its error goes to the `error` handler.
/// 3. That of [`Tells`], for all other values, also `()`.
///
/// It sees through aliases. The reference makes the third one the last that rustc tries.
#[inline]
pub fn returned<R>(_: &R) -> Returned<R> {
    Returned(PhantomData)
}

impl<T, E: Wire> Returned<Result<T, E>> {
    /// The answer.
    #[inline]
    pub fn answer(&self, returned: Result<T, E>) -> Answer<T, E>
    where
        T: Told,
    {
        match returned {
            Ok(value) => Answer::Ok(Encoded::new(value)),
            Err(refusal) => Answer::Refused(Encoded::new(refusal)),
        }
    }
}

/// A `Result` whose error is not told to the client.
pub trait Reports<T, E> {
    /// The answer.
    fn answer(&self, returned: Result<T, E>) -> Answer<T, Never>
    where
        T: Told,
        E: Reported;
}

impl<T, E> Reports<T, E> for Returned<Result<T, E>> {
    #[inline]
    fn answer(&self, returned: Result<T, E>) -> Answer<T, Never>
    where
        T: Told,
        E: Reported,
    {
        match returned {
            Ok(value) => Answer::Ok(Encoded::new(value)),
            Err(error) => Answer::Failed(error.into()),
        }
    }
}

/// A value that is always an answer.
pub trait Tells<R> {
    /// The answer.
    fn answer(&self, returned: R) -> Answer<R, Never>
    where
        R: Told;
}

impl<R> Tells<R> for &Returned<R> {
    #[inline]
    fn answer(&self, returned: R) -> Answer<R, Never>
    where
        R: Told,
    {
        Answer::Ok(Encoded::new(returned))
    }
}

/// The values that `#[on]` and `#[join]` functions may answer with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be told to the client",
    label = "not an answer",
    note = "annotate it with `#[wire]`; an answer implements `serde::Serialize`"
)]
pub trait Told: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Told for T {}

/// The errors of `#[on]` and `#[join]` functions that go to the `error` handler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a refusal nor an error",
    label = "cannot be told to the client, and cannot go to the `error` handler",
    note = "the client is told what is annotated with `#[wire]`; the `error` handler gets what is \
            `Into<Box<dyn Error + Send + Sync>>`, such as `levante::BoxError`"
)]
pub trait Reported: Into<BoxError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> Reported for E {}

/// The refusal of a function that cannot refuse.
#[derive(Debug)]
pub enum Never {}

impl Serialize for Never {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

/// Writes `{"id":1,"ok":…}`, with this key.
#[inline]
pub(crate) fn write<T: Serialize + ?Sized>(
    json: &mut Vec<u8>,
    id: u64,
    key: &str,
    value: &T,
) -> Result<(), BoxError> {
    json.extend_from_slice(b"{\"id\":");
    push_number(json, id);
    json.extend_from_slice(b",\"");
    json.extend_from_slice(key.as_bytes());
    json.extend_from_slice(b"\":");
    serde_json::to_writer(&mut *json, value)?;
    json.push(b'}');
    Ok(())
}

fn push_number(json: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut begin = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        begin -= 1;
        if number == 0 {
            break;
        }
    }
    json.extend_from_slice(digits.get(begin..).unwrap_or_default());
}

//! Finds out the types in the signatures of handlers, also behind aliases.

use std::{error::Error as StdError, marker::PhantomData};

use actix_web::{
    CustomizeResponder, Either, HttpResponse, HttpResponseBuilder, http::StatusCode, web,
};
use bytes::Bytes;

use super::ActixError;
use crate::attach::Attached;
#[cfg(feature = "json")]
use crate::destination::Topic;

/// Answers questions about a concrete type: an inherent constant shadows that of a fallback trait,
/// wherever its bounds hold.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// What a reader of `attach` expects of a type that it returns as data.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// Data.
    Data,
    /// An alias hides a `Result` or an `Attached`.
    Wrapped,
    /// `None` looks like a refusal.
    Option,
    /// `false` looks like a refusal.
    Bool,
    /// Looks like an answer to the client.
    Response,
    /// Looks like the reason for a refusal.
    Error,
}

/// The answers for all types without another implementation of [`Probe`].
pub trait Plain {
    /// The meaning of the type as data.
    const LOOK: Look = Look::Data;
    /// Whether its `Err` refuses a handshake.
    const IS_REFUSAL: bool = false;
    /// Whether it implements the error trait of the standard library.
    const IS_ERROR: bool = false;
    /// Whether it is an extractor that takes the body of a request.
    const TAKES_BODY: bool = false;
    /// Whether values of it can be parameters.
    const IS_SIZED: bool = false;
    /// The pattern of a topic's names.
    const PATTERN: Option<&'static str> = None;
}

impl<T: ?Sized> Plain for Probe<T> {}

impl<T> Probe<T> {
    /// See [`Plain`].
    pub const IS_SIZED: bool = true;
}

#[cfg(feature = "json")]
impl<T: Topic> Probe<T> {
    /// See [`Plain`].
    pub const PATTERN: Option<&'static str> = Some(T::PATTERN);
}

impl<T: Into<ActixError>> Probe<T> {
    /// See [`Plain`].
    pub const IS_REFUSAL: bool = true;
}

impl<T: StdError> Probe<T> {
    /// See [`Plain`].
    pub const IS_ERROR: bool = true;
}

macro_rules! looks {
    ($($look:ident: $([$($generics:tt)*] $ty:ty),+;)*) => {$($(
        impl<$($generics)*> Probe<$ty> {
            /// See [`Plain`].
            pub const LOOK: Look = Look::$look;
        }
    )+)*};
}

looks! {
    Wrapped: [T, E] Result<T, E>, [T] Attached<T>;
    Option: [T] Option<T>;
    Bool: [] bool;
    Response: [B] HttpResponse<B>, [B] actix_http::Response<B>, [] HttpResponseBuilder,
        [] StatusCode, [T] (T, StatusCode), [T] CustomizeResponder<T>, [L, R] Either<L, R>,
        [T] web::Json<T>, [T] web::Form<T>, [] web::Html, [] web::Redirect;
    Error: [] Box<dyn StdError>, [] Box<dyn StdError + Send>, [] Box<dyn StdError + Send + Sync>;
}

macro_rules! takes_body {
    ($([$($generics:tt)*] $ty:ty),+) => {$(
        impl<$($generics)*> Probe<$ty> {
            /// See [`Plain`].
            pub const TAKES_BODY: bool = true;
        }
    )+};
}

takes_body! {
    [T] web::Json<T>, [T] web::Form<T>, [] web::Payload, [] Bytes, [] String
}

/// Fails to compile for data that look like a refusal of the client. Data in an `Attached` are
/// accepted.
#[track_caller]
pub const fn check_data(look: Look, is_refusal: bool, is_error: bool, is_attached: bool) {
    match look {
        Look::Data if is_refusal || is_error => panic!("{}", ERROR),
        Look::Data => {}
        Look::Wrapped => panic!("{}", WRAPPED),
        Look::Option | Look::Bool if is_attached => {}
        Look::Option => panic!("{}", OPTION),
        Look::Bool => panic!("{}", BOOL),
        Look::Response => panic!("{}", RESPONSE),
        Look::Error => panic!("{}", ERROR),
    }
}

const WRAPPED: &str = "the data are a `Result` or an `Attached`: if an alias hides it, write it \
                       out, so that `#[websocket]` sees what is in it";
const OPTION: &str = "`None` would not refuse the client, but become `ws.data`: to refuse it, \
                      return `Result<T, E>`; for data that may be missing, return a struct with \
                      an `Option` field, or `Attached<Option<T>>`";
const BOOL: &str = "`false` would not refuse the client, but become `ws.data`: to refuse it, \
                    return `Result<(), E>`; for data that are yes or no, return `Attached<bool>`";
const RESPONSE: &str = "a response would not be sent to the client, but become `ws.data`: to \
                        refuse it, return `Result<T, E>`, with an error such as \
                        `actix_web::error::ErrorUnauthorized(\"…\")`";
const ERROR: &str = "an error would not refuse the client, but become `ws.data`: to refuse it, \
                     return `Result<T, E>`";

/// Fails to compile for an extractor that takes the body, because a handshake has none.
#[track_caller]
pub const fn check_extractor(takes_body: bool) {
    assert!(
        !takes_body,
        "a handshake has no body: read values of the client from the query (`web::Query<T>`), the \
         path (`web::Path<T>`) or the headers (`HttpRequest`)"
    );
}

/// Fails to compile for a type with a size that has the name of a type without one.
#[track_caller]
pub const fn check_unsized(is_sized: bool) {
    assert!(
        !is_sized,
        "`#[websocket]` takes this type for the primitive `str`: give it another name"
    );
}

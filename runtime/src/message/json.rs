use serde::{Deserialize, Serialize};

use super::{FromMessage, Incoming, IntoMessage, Message};
use crate::error::{BoxError, PayloadError};

/// JSON. As a payload it parses a message of either kind; as a message it is sent as text.
///
/// The payload may borrow from the message:
///
/// ```
/// use levante::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[websocket("/greet")]
/// mod greet {
///     use super::*;
///
///     #[derive(Deserialize)]
///     struct Hello<'a> { name: &'a str }
///
///     #[derive(Serialize)]
///     struct Answer { greeting: String }
///
///     fn message(ws: &Ws, Json(hello): Json<Hello<'_>>) {
///         ws.send(Json(Answer { greeting: format!("hello, {}", hello.name) }));
///     }
/// }
/// # fn main() { let _ = greet::service(); }
/// ```
///
/// A message that does not parse is a [`PayloadError::Invalid`]: without an `error` handler the
/// connection closes with 1007. If a value cannot be encoded, the error is logged, and the message
/// counts as dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// The value.
    ///
    /// ```
    /// use levante::Json;
    ///
    /// assert_eq!(Json(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<'m, T: Deserialize<'m>> FromMessage<'m> for Json<T> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        serde_json::from_slice(message.as_bytes())
            .map(Json)
            .map_err(PayloadError::invalid)
    }
}

impl<T: Serialize> IntoMessage for Json<T> {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(serde_json::to_string(&self.0)?.into()))
    }
}

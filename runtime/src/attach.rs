//! The result of `attach`.

use std::{fmt, time::Duration};

use actix_web::http::header::{HeaderMap, TryIntoHeaderPair};
use bytestring::ByteString;

use crate::expiry::Expiry;

/// The data of a connection, with headers and the subprotocol for the response to the handshake.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
///     use levante::prelude::*;
///
///     struct Visitor { name: String }
///
///     fn attach() -> Attached<Visitor> {
///         Attached::new(Visitor { name: "somebody".into() })
///             .header(("Set-Cookie", "seen=1"))
///             .protocol("chat.v2")
///     }
///
///     fn open(ws: &Ws) {
///         ws.send(format!("hello {}, we speak {:?}", ws.data.name, ws.protocol()));
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
///
/// Data of type `Option` or `bool` must be wrapped in it. An `attach` that returns `None` or `false`
/// looks as if it refused the client, but only the `Err` of a `Result` does that.
pub struct Attached<T> {
    pub(crate) data: T,
    pub(crate) headers: HeaderMap,
    pub(crate) protocol: Option<ByteString>,
    /// The time in which the connection expires, if it was set; `None` in it: never.
    pub(crate) expires_in: Option<Option<Duration>>,
    pub(crate) invalid: Option<actix_web::Error>,
}

impl<T> Attached<T> {
    /// `data`, without headers and with the default subprotocol.
    ///
    /// ```
    /// use levante::Attached;
    ///
    /// let attached = Attached::new("the data").header(("X-Room", "lobby"));
    /// # let _ = attached;
    /// ```
    pub fn new(data: T) -> Self {
        Self {
            data,
            headers: HeaderMap::new(),
            protocol: None,
            expires_in: None,
            invalid: None,
        }
    }

    /// Adds a header to the `101 Switching Protocols` response.
    ///
    /// An invalid header refuses the handshake with the response of its error.
    ///
    /// ```
    /// use actix_web::cookie::Cookie;
    /// use levante::Attached;
    ///
    /// let cookie = Cookie::build("seen", "1").http_only(true).finish();
    /// let attached = Attached::new(()).header(("Set-Cookie", cookie.to_string()));
    /// # let _ = attached;
    /// ```
    #[must_use]
    pub fn header(mut self, header: impl TryIntoHeaderPair) -> Self {
        match header.try_into_pair() {
            Ok((name, value)) => self.headers.append(name, value),
            Err(error) => {
                let error: actix_web::error::HttpError = error.into();
                self.invalid.get_or_insert_with(|| error.into());
            }
        }
        self
    }

    /// Picks the subprotocol, instead of the first of the setting `protocols` that the client
    /// offered. If the client did not offer it, no subprotocol is agreed
    /// ([RFC 6455 section 4.2.2](https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2)).
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat", protocols = &["chat.v2", "chat.v1"])]
    /// mod chat {
    ///     use actix_web::HttpRequest;
    ///     use levante::prelude::*;
    ///
    ///     fn attach(request: HttpRequest) -> Attached<()> {
    ///         let is_old = request.headers().contains_key("X-Old-Client");
    ///         Attached::new(()).protocol(if is_old { "chat.v1" } else { "chat.v2" })
    ///     }
    /// }
    /// # fn main() { let _ = chat::service(); }
    /// ```
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<ByteString>) -> Self {
        self.protocol = Some(protocol.into());
        self
    }

    /// Closes the connection with 1001 and the reason `expired` when this time is over, counted from
    /// the handshake. `None`: never. It takes the place of the setting
    /// [`max_lifetime`](crate::Service::max_lifetime) for this connection, and
    /// [`Socket::expires_in`](crate::Socket::expires_in) can change it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use actix_web::{error::ErrorUnauthorized, web};
    /// use levante::prelude::*;
    ///
    /// #[websocket("/account")]
    /// mod account {
    ///     use super::*;
    ///
    ///     #[derive(serde::Deserialize)]
    ///     struct Login { token: String }
    ///
    ///     struct User { name: String }
    ///
    ///     fn attach(login: web::Query<Login>) -> Result<Attached<User>, actix_web::Error> {
    ///         let (name, time_left) =
    ///             verified(&login.token).ok_or(ErrorUnauthorized("log in again"))?;
    ///         Ok(Attached::new(User { name }).expires_in(time_left))
    ///     }
    ///
    ///     fn open(ws: &Ws) {
    ///         ws.send(format_args!("hello, {}", ws.data.name));
    ///     }
    ///
    ///     /// The user of a token, and the time for which it is still valid.
    ///     fn verified(token: &str) -> Option<(String, Duration)> {
    ///         // A real application checks a signature.
    ///         let name = token.strip_prefix("token-of-")?;
    ///         Some((name.to_owned(), Duration::from_secs(15 * 60)))
    ///     }
    /// }
    /// # fn main() { let _ = account::service(); }
    /// ```
    ///
    /// If the time is zero, the connection opens, and is closed within about a second. To refuse the
    /// client, return an `Err`.
    #[must_use]
    pub fn expires_in(mut self, time: impl Expiry) -> Self {
        self.expires_in = Some(time.into_time());
        self
    }
}

impl<T: fmt::Debug> fmt::Debug for Attached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached")
            .field("data", &self.data)
            .field("headers", &self.headers)
            .field("protocol", &self.protocol)
            .field("expires_in", &self.expires_in)
            .finish()
    }
}

/// What `attach` may return for the data `D`.
///
/// The data are a parameter and not an associated type, so that the four implementations do not
/// overlap.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from `attach`",
    label = "not `{D}`, `Attached<{D}>`, or a `Result` of either",
    note = "`attach` returns the data, `Attached<data>`, or a `Result` of either whose error is \
            `Into<actix_web::Error>`"
)]
pub trait IntoAttached<D> {
    /// Separates the data from the headers and the subprotocol.
    ///
    /// # Errors
    ///
    /// The error that refuses the handshake.
    fn into_attached(self) -> Result<Attached<D>, actix_web::Error>;
}

impl<D> IntoAttached<D> for D {
    fn into_attached(self) -> Result<Attached<D>, actix_web::Error> {
        Ok(Attached::new(self))
    }
}

impl<D> IntoAttached<D> for Attached<D> {
    fn into_attached(mut self) -> Result<Attached<D>, actix_web::Error> {
        match self.invalid.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }
}

impl<D, E: IntoRefusal> IntoAttached<D> for Result<D, E> {
    fn into_attached(self) -> Result<Attached<D>, actix_web::Error> {
        self.map(Attached::new).map_err(E::into_refusal)
    }
}

impl<D, E: IntoRefusal> IntoAttached<D> for Result<Attached<D>, E> {
    fn into_attached(self) -> Result<Attached<D>, actix_web::Error> {
        self.map_err(E::into_refusal)?.into_attached()
    }
}

/// The errors with which `attach` refuses a client.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of `attach`",
    label = "not an error with a response",
    note = "to refuse a client, return an `actix_web::Error`: \
            `error::ErrorUnauthorized(\"log in first\")` for a status and a text, or \
            `error::InternalError::from_response(cause, response).into()` for a response; an error \
            type of your own implements `actix_web::ResponseError`"
)]
pub trait IntoRefusal {
    /// Turns the value into the error that becomes the response.
    fn into_refusal(self) -> actix_web::Error;
}

// Gives an error about the user's type, instead of one about a trait that `Into` leads to.
#[diagnostic::do_not_recommend]
impl<E: Into<actix_web::Error>> IntoRefusal for E {
    fn into_refusal(self) -> actix_web::Error {
        self.into()
    }
}

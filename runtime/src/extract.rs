//! What routes and middleware may ask actix for: the server, and the caller's own socket.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{StatusCode, header::HeaderMap},
    web,
};

use crate::{
    listed::Listed,
    server::Server,
    socket::{Endpoint, Socket},
    worker::SocketId,
};

/// The header in which a client sends the id of its socket. A header only: the id is a permission,
/// and a query would put it into logs.
const SOCKET_ID: &str = "x-socket-id";

/// Left in a request by the service that answers it, if that names a server of its own.
pub(crate) struct OfService(pub(crate) Server);

/// The server of the service or application that has this request.
pub(crate) fn server_of(request: &HttpRequest) -> Server {
    if let Some(OfService(server)) = request.extensions().get() {
        return server.clone();
    }
    let given = request.app_data::<Server>();
    let shared = || request.app_data::<web::Data<Server>>().map(|data| &***data);
    given
        .or_else(shared)
        .cloned()
        .unwrap_or_else(Server::global)
}

/// The server that the application has in its `app_data`, as `Server` or as `web::Data<Server>`,
/// else [`Server::global`]. In `attach` it is the server of the socket, also where its service
/// names another.
impl FromRequest for Server {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(server_of(request)))
    }
}

/// The caller's own socket: the one whose id is in the header `X-Socket-Id`.
///
/// The client got the id over the socket, from [`ws.id()`](Socket::id). It is looked up among the
/// sockets of this module on the [`Server`] that the route would be given itself; without it the
/// route is not called, and the [`SocketIdError`] is the answer. `Option<chat::Ws>` is `None` then.
///
/// Only sockets whose data are `Send + Sync` can be taken so, because the caller's may be on
/// another thread; and only data that are visible to the route make `Ws` visible to it.
///
/// ```
/// use actix_web::{App, get};
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
///     use super::*;
///
///     pub struct Visitor;
///
///     fn attach() -> Visitor {
///         Visitor
///     }
///
///     fn open(ws: &Ws) {
///         ws.send(ws.id().to_string());
///     }
/// }
///
/// #[get("/hello")]
/// async fn hello(ws: chat::Ws) -> &'static str {
///     ws.send("hello from a route");
///     "sent"
/// }
///
/// # fn main() {
/// let app = App::new().service(chat::service()).service(hello);
/// # let _ = app;
/// # }
/// ```
impl<E: Endpoint> FromRequest for Socket<E>
where
    Self: Listed,
{
    type Error = SocketIdError;
    type Future = Ready<Result<Self, SocketIdError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = socket_id(request.headers());
        ready(id.and_then(|id| {
            let socket = server_of(request).socket(id);
            socket.ok_or(SocketIdError::NotOpen)
        }))
    }
}

fn socket_id(headers: &HeaderMap) -> Result<SocketId, SocketIdError> {
    let mut values = headers.get_all(SOCKET_ID);
    let value = values.next().ok_or(SocketIdError::Missing)?;
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    text.and_then(|text| text.parse().ok())
        .ok_or(SocketIdError::Malformed)
}

/// Why a request has no socket of its own: what is wrong with its `X-Socket-Id`.
///
/// As a response it is 400, or 404 if no such socket is open, with a sentence that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketIdError {
    /// There is no such header.
    Missing,
    /// It is not the 32 hexadecimal digits of a [`SocketId`], or there are several of them.
    Malformed,
    /// No socket of this module is open on this server under that id.
    NotOpen,
}

/// The words are the body of the response, for a person to act on.
impl fmt::Display for SocketIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => {
                "The `X-Socket-Id` header is missing: send the id that the server has given to \
                 your socket."
            }
            Self::Malformed => {
                "The `X-Socket-Id` header is malformed: send, once, the 32 hexadecimal digits that \
                 the server has given to your socket."
            }
            Self::NotOpen => {
                "The socket of this `X-Socket-Id` is not open: connect again, and send the id of \
                 the new socket."
            }
        })
    }
}

impl std::error::Error for SocketIdError {}

impl ResponseError for SocketIdError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Missing | Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotOpen => StatusCode::NOT_FOUND,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).body(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn id_in(headers: &[&str]) -> Result<SocketId, SocketIdError> {
        let mut request = TestRequest::default();
        for header in headers {
            request = request.append_header(("X-Socket-Id", *header));
        }
        socket_id(request.to_http_request().headers())
    }

    #[test]
    fn the_header_holds_one_id() {
        let id = SocketId::random().unwrap();
        let (digits, shouted) = (id.to_string(), id.to_string().to_uppercase());
        assert_eq!(id_in(&[&digits]), Ok(id));
        assert_eq!(id_in(&[&shouted]), Ok(id));
        assert_eq!(id_in(&[]), Err(SocketIdError::Missing));
        let (short, long) = (&digits[1..], format!("{digits}0"));
        for malformed in ["", "chat", short, &long, &format!("+{short}"), "\u{e9}"] {
            assert_eq!(
                id_in(&[malformed]),
                Err(SocketIdError::Malformed),
                "{malformed:?}"
            );
        }
        assert_eq!(id_in(&[&digits, &digits]), Err(SocketIdError::Malformed));
    }

    #[test]
    fn the_server_is_that_of_the_application_or_the_global_one() {
        let (one, other) = (Server::new(), Server::new());
        let of = |request: TestRequest| server_of(&request.to_http_request());
        assert_eq!(of(TestRequest::default()), Server::global());
        assert_eq!(of(TestRequest::default().app_data(one.clone())), one);
        let shared = web::Data::new(other.clone());
        assert_eq!(of(TestRequest::default().app_data(shared.clone())), other);
        let both = TestRequest::default()
            .app_data(shared)
            .app_data(one.clone());
        assert_eq!(of(both), one);
    }
}

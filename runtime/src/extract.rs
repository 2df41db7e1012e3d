//! Extractors for routes and middleware: the server, and the caller's own socket.

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

/// The header in which a client sends the id of its socket. The id is a permission, so it is not
/// taken from the query, which appears in logs.
const SOCKET_ID: &str = "x-socket-id";

/// In the extensions of a request: the server that was set on the request's service.
pub(crate) struct OfService(pub(crate) Server);

/// The server of the service or application that handles this request.
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

/// The server in the application's `app_data`, as `Server` or as `web::Data<Server>`, or
/// [`Server::global`] if there is none. In `attach` it is always the server of the socket, also if
/// it was set for its service only.
impl FromRequest for Server {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(server_of(request)))
    }
}

/// The caller's own socket: the one whose id is in the header `X-Socket-Id`.
///
/// The server sends [`ws.id()`](Socket::id) to its client over the socket. The extractor looks it
/// up among the sockets of this module on the route's [`Server`]. If there is no such socket, the
/// route is not called, and [`SocketIdError`] is the response. For `Option<chat::Ws>` it is `None`.
///
/// The data of the socket must be `Send + Sync`, because the socket may be on another thread, and
/// their type must be visible to the route, because `Ws` is as visible as its data.
///
/// ```
/// use actix_web::{App, get};
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
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

/// The reason why a request has no socket of its own: its `X-Socket-Id` is missing or wrong.
///
/// The response is 400, or 404 if no such socket is open. Its body tells the cause in one sentence.
///
/// ```
/// use actix_web::HttpResponse;
/// use levante::SocketIdError;
///
/// // What a route that takes a socket answers when it has no socket to give.
/// fn explain(error: &SocketIdError) -> HttpResponse {
///     HttpResponse::BadRequest().body(format!("open the page again: {error}"))
/// }
/// # let _ = explain;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketIdError {
    /// The request has no such header.
    Missing,
    /// The header is not the 32 hexadecimal digits of a [`SocketId`], or there are several headers.
    Malformed,
    /// No socket of this module with that id is open on this server.
    NotOpen,
}

/// The text is the body of the response. It tells a person what to do.
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
        let id = SocketId::random(None).unwrap();
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

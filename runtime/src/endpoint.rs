//! From a request to a connection: the handshake.

mod admission;
mod stream;

use std::time::Duration;

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    error::ErrorInternalServerError,
    http::{
        ConnectionType, StatusCode, Version,
        header::{self, HeaderMap, HeaderValue},
    },
};
use bytestring::ByteString;
use tokio::time;

use self::stream::has_stream;
use crate::{
    __private::{Attached, Mount},
    config::Config,
    connection::Connection,
    core::{Identity, SocketId},
    dispatch::Dispatcher,
    driver::body,
    guard::{self, Guarded, Panic},
    http_server::Slot,
    hub::{LocalWorker, Registration},
    log::{Quoted, limited},
    protocol::handshake::{
        Accepted, Agreement, HeaderLookup, Rejection, VERSION, choose_protocol, negotiate,
        offered_protocols, validate,
    },
    service::Mounted,
    socket::Socket,
};

/// Answers a request at a socket's path.
///
/// A request for an upgrade that is refused is the last one on its connection. Its client may have
/// sent frames behind it, and those must not be read as requests.
pub(crate) async fn answer<E: Mount>(
    request: HttpRequest,
    payload: Payload,
    mounted: Mounted,
) -> HttpResponse {
    let asks = request.headers().contains_key(header::UPGRADE);
    let answer = upgrade::<E>(request, payload, mounted).await;
    let mut response = answer.unwrap_or_else(HttpResponse::from_error);
    if asks && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let head = response.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    response
}

/// Makes the handshake.
async fn upgrade<E: Mount>(
    request: HttpRequest,
    payload: Payload,
    mounted: Mounted,
) -> Result<HttpResponse, Error> {
    let payload = guarded(payload, &mounted.config);
    let handshake = match accept(&request) {
        Ok(handshake) => handshake,
        Err(rejection) => return Ok(rejected(rejection)),
    };
    if !has_stream(&request, &payload) {
        return Ok(rejected(Rejection::UpgradeList));
    }
    if let Some(refusal) = admission::refusal(&request, &mounted.config) {
        return Ok(refusal);
    }
    let server = mounted.server(&request);
    let hub = server.hub();
    if hub.is_shut_down() {
        return Ok(shutting_down());
    }
    let slot = request.extensions().get::<Slot>().cloned();
    // A taken-over connection is counted by its server.
    let pass = match &slot {
        None => None,
        Some(slot) => match slot.gate.enter() {
            None if slot.gate.is_closed() => return Ok(shutting_down()),
            None => return Ok(unavailable()),
            Some(pass) => Some(pass),
        },
    };
    let id = SocketId::random().map_err(ErrorInternalServerError)?;
    let attached = match attach::<E>(&request, &mounted.config).await {
        Ok(attached) => attached,
        Err(refusal) => return Ok(refusal),
    };
    let protocol = subprotocol(&request, &attached, &mounted.config);
    let compression = compression(&request, &mounted.config);
    let identity = Identity {
        id,
        owner: slot.as_ref().map_or(0, |slot| slot.gate.owner),
        config: mounted.config.clone(),
        peer_addr: request.peer_addr(),
        protocol: protocol.clone(),
        compression,
    };
    let registration = LocalWorker::of(hub).register(identity);
    // `attach` may have taken its time.
    let stopping = slot.as_ref().is_some_and(|slot| !slot.gate.visit(hub));
    if stopping || hub.is_shut_down() {
        guard::discard(attached, &mounted.config.path);
        return Ok(shutting_down());
    }
    let connection = connect::<E>(registration, attached.data);
    let response = switching_protocols(
        &handshake,
        attached.headers,
        protocol.as_deref(),
        compression,
    );
    Ok(match slot.zip(pass) {
        None => response
            .set_body(body::start(connection, payload))
            .map_into_boxed_body(),
        Some((slot, pass)) => {
            slot.fill(connection, pass);
            response
        }
    })
}

/// A payload of actix's own as it is. One of the application's, as a middleware makes it, under a
/// guard.
fn guarded(payload: Payload, config: &Config) -> Payload {
    match payload {
        Payload::Stream { payload } => Payload::Stream {
            payload: Box::pin(Guarded::new(payload, config.path.clone())),
        },
        payload => payload,
    }
}

/// Calls `attach`, with the extractors that are its arguments. If there is nothing to go on with,
/// returns the answer to the handshake.
async fn attach<E: Mount>(
    request: &HttpRequest,
    config: &Config,
) -> Result<Attached<E::Data>, HttpResponse> {
    let failed = |panic: Panic| {
        panic.log(&config.path, "`attach` or one of its extractors panicked");
        HttpResponse::InternalServerError().body("Something went wrong in the server.")
    };
    let attaching = guard::call(|| (E::HANDLERS.attach)(request.clone())).map_err(failed)?;
    let attaching = Guarded::new(attaching, config.path.clone());
    match within(config.handshake_timeout, attaching).await {
        Some(Ok(Ok(attached))) => Ok(attached),
        Some(Ok(Err(error))) => {
            Err(guard::call(|| HttpResponse::from_error(error)).unwrap_or_else(failed))
        }
        Some(Err(panic)) => Err(failed(panic)),
        None => Err(too_slow(request)),
    }
}

/// `None` if it takes longer than that; zero is no limit.
async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    if limit.is_zero() {
        return Some(future.await);
    }
    time::timeout(limit, future).await.ok()
}

pub(crate) fn connect<E: Mount>(registration: Registration, data: E::Data) -> Connection {
    let core = registration.core().clone();
    let socket = Socket::<E>::new(data, core.clone());
    if let Some(share) = E::HANDLERS.share {
        core.worker.share(core.key(), share(&socket));
    }
    Connection::new(
        registration,
        Box::new(Dispatcher {
            socket,
            handlers: E::HANDLERS,
        }),
    )
}

struct Headers<'r>(&'r HeaderMap);

impl HeaderLookup for Headers<'_> {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        self.0.get_all(name).map(HeaderValue::as_bytes)
    }
}

fn accept(request: &HttpRequest) -> Result<Accepted, Rejection> {
    let http_11 = request.version() == Version::HTTP_11;
    validate(
        request.method().as_str(),
        http_11,
        &Headers(request.headers()),
    )
}

fn rejected(rejection: Rejection) -> HttpResponse {
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UPGRADE_REQUIRED {
        response.insert_header((header::UPGRADE, "websocket"));
        response.insert_header((header::SEC_WEBSOCKET_VERSION, VERSION));
    }
    response.body(rejection.to_string())
}

fn unavailable() -> HttpResponse {
    try_again("There is no room for another connection. Try again later.")
}

fn shutting_down() -> HttpResponse {
    try_again("The server is shutting down. Try again later.")
}

fn too_slow(request: &HttpRequest) -> HttpResponse {
    limited!(
        WARN,
        path = %Quoted(request.path()),
        "`attach` took longer than the setting `handshake_timeout` allows"
    );
    try_again("This takes too long. Try again later.")
}

fn try_again(sentence: &'static str) -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, "1"))
        .body(sentence)
}

/// What `attach` picked, or the server's first choice of what the client offered.
fn subprotocol<D>(
    request: &HttpRequest,
    attached: &Attached<D>,
    config: &Config,
) -> Option<ByteString> {
    let headers = Headers(request.headers());
    match &attached.protocol {
        Some(picked) => offered_protocols(&headers)
            .any(|offered| *offered == **picked)
            .then(|| picked.clone()),
        None => choose_protocol(config.protocols, offered_protocols(&headers))
            .map(ByteString::from_static),
    }
}

/// What is agreed on with a client that can compress, if this endpoint does.
fn compression(request: &HttpRequest, config: &Config) -> Option<Agreement> {
    let wishes = config.compression.wishes()?;
    negotiate(&Headers(request.headers()), wishes)
}

fn switching_protocols(
    handshake: &Accepted,
    headers: HeaderMap,
    protocol: Option<&str>,
    compression: Option<Agreement>,
) -> HttpResponse {
    let mut response = HttpResponse::SwitchingProtocols();
    response.upgrade("websocket");
    response.insert_header((header::SEC_WEBSOCKET_ACCEPT, handshake.accept()));
    if let Some(protocol) = protocol {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, protocol));
    }
    if let Some(agreement) = compression {
        let header = (header::SEC_WEBSOCKET_EXTENSIONS, agreement.to_string());
        response.insert_header(header);
    }
    for header in headers {
        response.append_header(header);
    }
    response.finish()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use tracing::Level;

    use super::*;
    use crate::log::captured::Captured;

    #[test]
    fn a_slow_handshake_is_logged_with_its_path_in_quotes() {
        let captured = Captured::from(Level::TRACE);
        let request = TestRequest::with_uri("/chat%0aforged%1b[31m").to_http_request();
        let response = too_slow(&request);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let expected = "WARN `attach` took longer than the setting `handshake_timeout` allows; \
                        path=\"/chat%0aforged%1b[31m\"";
        assert_eq!(captured.take(), [expected]);
    }
}

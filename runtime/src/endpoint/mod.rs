//! The handshake: makes a connection of a request.

mod admission;
mod mounted;
mod refusal;
mod stream;
mod subprotocol;

use std::sync::Arc;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        ConnectionType, StatusCode, Version,
        header::{self, HeaderMap, HeaderValue},
    },
};
use tracing::{Instrument, Span};

pub(crate) use self::mounted::Mounted;
use self::{refusal::Refusal, stream::has_stream};
#[cfg(feature = "json")]
use crate::handlers::TypedDispatcher;
use crate::{
    attach::Attached,
    close::{CloseCode, CloseReason, ClosedBy},
    config::Config,
    connection::Connection,
    dispatch::{self, Dispatch, NoHandlers, TARGET, Traced, is_traced},
    driver::body,
    guard::{self, Guarded, Panic},
    handlers::{Dispatcher, Mount},
    http_server::Slot,
    log::{Quoted, limited},
    patience::within,
    protocol::handshake::{
        Accepted, Agreement, HeaderLookup, Rejection, negotiate, offered_protocols, validate,
    },
    server::Server,
    socket::Socket,
    worker::{Core, Identity, LocalWorker, Number, Registration, SocketId},
};

/// Answers a request at a socket's path.
///
/// If a request for an upgrade is refused, it is the last one on its HTTP connection. The client
/// may already have sent frames after it, and those must not be read as requests.
pub(crate) async fn answer<E: Mount>(
    request: HttpRequest,
    payload: Payload,
    mounted: Mounted,
) -> HttpResponse {
    let asks = request.headers().contains_key(header::UPGRADE);
    let number = Number::next();
    let span = dispatch::span(number, request.path(), request.peer_addr());
    let server = mounted.server(&request);
    let path = mounted.config.path.clone();
    let upgrade = upgrade::<E>(request, payload, mounted, &server, number, span.clone());
    let upgrade = upgrade.instrument(span.clone());
    let mut response = match upgrade.await {
        Ok(response) => response,
        Err(refusal) => {
            let meter = server.space().ledger().any(path.as_ref());
            span.in_scope(|| refusal.answer(&meter))
        }
    };
    if asks && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let head = response.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    response
}

/// Makes the handshake, in the span of the connection.
async fn upgrade<E: Mount>(
    request: HttpRequest,
    payload: Payload,
    mounted: Mounted,
    server: &Server,
    number: Number,
    span: Span,
) -> Result<HttpResponse, Refusal> {
    let payload = guarded(payload, &mounted.config);
    let handshake = accept(&request).map_err(Refusal::rejected)?;
    if !has_stream(&request, &payload) {
        return Err(Refusal::rejected(Rejection::UpgradeList));
    }
    if let Some(refusal) = admission::refusal(&request, &mounted.config) {
        return Err(refusal);
    }
    let space = server.space();
    if space.is_shut_down() {
        return Err(Refusal::shutting_down());
    }
    let slot = request.extensions().get::<Slot>().cloned();
    // The server counts the connections that it has taken over from actix.
    let pass = match &slot {
        None => None,
        Some(slot) => match slot.gate.enter() {
            None if slot.gate.is_closed() => return Err(Refusal::shutting_down()),
            None => return Err(Refusal::unavailable()),
            Some(pass) => Some(pass),
        },
    };
    let id = SocketId::random(space.link().map(|link| link.tag())).map_err(Refusal::unlucky)?;
    let attached = attach::<E>(&request, &mounted.config).await?;
    let agreement = subprotocol::<E>(&request, &attached, &mounted.config);
    let compression = compression(&request, &mounted.config);
    let identity = Identity {
        id,
        number,
        owner: slot.as_ref().map_or(0, |slot| slot.gate.owner),
        config: mounted.config.clone(),
        peer_addr: request.peer_addr(),
        protocol: agreement.name().cloned(),
        compression,
    };
    let registration = LocalWorker::of(space).register(identity);
    // The server may have begun to stop while `attach` ran.
    let stopping = slot.as_ref().is_some_and(|slot| !slot.gate.visit(space));
    // The space may have joined a cluster while `attach` ran. Then the id has not its node's tag.
    if stopping || space.is_shut_down() || !space.is_of_here(id) {
        guard::discard(attached, &mounted.config.path);
        return Err(Refusal::shutting_down());
    }
    if let Some(time) = attached.expires_in {
        registration.core().expire_in(time);
    }
    let connection = match &agreement {
        subprotocol::Agreement::OtherVersion(_) => {
            guard::discard(attached.data, &mounted.config.path);
            dismiss(registration)
        }
        _ => connect::<E>(registration, attached.data, span),
    };
    let response = switching_protocols(
        &handshake,
        attached.headers,
        agreement.name().map(|name| &**name),
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

/// Guards a payload that comes from the application, for example from a middleware. actix's own
/// payloads need no guard.
fn guarded(payload: Payload, config: &Config) -> Payload {
    match payload {
        Payload::Stream { payload } => Payload::Stream {
            payload: Box::pin(Guarded::new(payload, config.path.clone())),
        },
        payload => payload,
    }
}

/// Calls `attach` and the extractors of its arguments.
async fn attach<E: Mount>(
    request: &HttpRequest,
    config: &Config,
) -> Result<Attached<E::Data>, Refusal> {
    let panicked = |panic: Panic| {
        panic.log(&config.path, "`attach` or one of its extractors panicked");
        Refusal::panicked()
    };
    let attaching = guard::call(|| (E::HANDLERS.attach)(request.clone())).map_err(panicked)?;
    let attaching = Guarded::new(attaching, config.path.clone());
    match within(config.handshake_timeout, attaching).await {
        Some(Ok(Ok(attached))) => Ok(attached),
        Some(Ok(Err(error))) => Err(Refusal::failed(error).unwrap_or_else(panicked)),
        Some(Err(panic)) => Err(panicked(panic)),
        None => Err(Refusal::too_slow()),
    }
}

/// Makes a connection after a handshake. `span` is the span of its handlers.
pub(crate) fn connect<E: Mount>(
    registration: Registration,
    data: E::Data,
    span: Span,
) -> Connection {
    let core = registration.core().clone();
    let socket = Socket::<E>::new(data, core.clone());
    if let Some(share) = E::HANDLERS.share {
        core.worker.share(core.key(), share(&socket));
    }
    let handlers = Dispatcher { socket };
    #[cfg(feature = "json")]
    if let Some(typed) = E::TYPED {
        let handlers = TypedDispatcher::new(handlers, typed, is_traced(&span));
        return Connection::new(registration, boxed(handlers, core, span));
    }
    Connection::new(registration, boxed(handlers, core, span))
}

/// Makes a connection that closes at once, because the client speaks another version of the
/// subprotocol. The module does not see it.
fn dismiss(registration: Registration) -> Connection {
    let reason = format!("this server speaks {}", subprotocol::TYPED);
    let reason = CloseReason::new(CloseCode::Protocol, reason, ClosedBy::Protocol);
    let connection = Connection::new(registration, Box::new(NoHandlers));
    connection.core().close(reason);
    connection
}

/// The handlers of a connection, called in its span if that is traced.
fn boxed<D: Dispatch + 'static>(handlers: D, core: Arc<Core>, span: Span) -> Box<dyn Dispatch> {
    if is_traced(&span) {
        Box::new(Traced::new(handlers, core, span))
    } else {
        Box::new(handlers)
    }
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

/// The subprotocol of a connection.
fn subprotocol<E: Mount>(
    request: &HttpRequest,
    attached: &Attached<E::Data>,
    config: &Config,
) -> subprotocol::Agreement {
    let headers = Headers(request.headers());
    let picked = attached.protocol.as_ref();
    let agreement = subprotocol::agree(&headers, is_typed::<E>(), picked, config.protocols);
    if agreement.name().is_none() && offered_protocols(&headers).next().is_some() {
        let offered = || offered_protocols(&headers).collect::<Vec<_>>().join(", ");
        limited!(
            target: TARGET,
            WARN,
            offered = %Quoted(offered()),
            "none of the subprotocols that the client offers is agreed; browsers fail then"
        );
    }
    agreement
}

/// Whether the module has `#[on]` or `#[join]` functions.
const fn is_typed<E: Mount>() -> bool {
    #[cfg(feature = "json")]
    return E::TYPED.is_some();
    #[cfg(not(feature = "json"))]
    return false;
}

/// The agreement on compression, if this endpoint compresses and the client offers it.
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
mod tests;

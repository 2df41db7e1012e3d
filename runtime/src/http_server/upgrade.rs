//! Upgrade requests. actix hands them over with their raw stream and without a payload.
//!
//! The application answers them like any other request. The request has a [`Slot`] in its
//! extensions. A socket's endpoint puts its connection into the slot. When the head of the 101 is
//! written, connection and stream go to the takeover driver. If the peer does not accept the whole
//! head at once, the worker's pump writes it ([`Opening`]), and actix no longer holds the
//! connection.
//!
//! Other endpoints get the stream as a payload that reads only when it is polled. Their response,
//! also a 101, is written to the stream.

use std::{cell::RefCell, fmt, io, marker::PhantomData, rc::Rc, sync::Arc, time::Duration};

use actix_codec::{Encoder, Framed, FramedParts};
use actix_http::{
    ConnectionType, HttpMessage as _, Request, Response,
    body::{BodySize, BoxBody, MessageBody},
    h1::{Codec, Message},
};
use actix_service::{Service, ServiceFactory};
use actix_web::{
    Error,
    http::{Method, StatusCode, header::CONTENT_LENGTH},
};
use bytes::BytesMut;
use futures_core::future::LocalBoxFuture;

use super::{
    app::{AppService, Application, SharedApp},
    exchanges::watch,
    gate::{Gate, Pass},
    guarded::Guarded,
    opening::Opening,
    raw::RawStream,
};
use crate::{
    connection::Connection,
    driver::takeover::Stream,
    log::{Quoted, limited},
};

/// The time limits for the peer of an upgrade request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long the peer may read nothing of its response, or send nothing of its body. Zero: no
    /// limit.
    pub(super) stall: Duration,
    /// How long the peer may take to end its half of the stream.
    pub(super) disconnect: Duration,
}

/// The place in a request's extensions into which a socket's endpoint puts its connection.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) gate: Arc<Gate>,
    connection: Rc<RefCell<Option<(Connection, Pass)>>>,
}

impl Slot {
    pub(crate) fn fill(&self, connection: Connection, pass: Pass) {
        self.connection.replace(Some((connection, pass)));
    }

    fn take(&self) -> Option<(Connection, Pass)> {
        self.connection.take()
    }
}

/// Makes the services that handle upgrade requests.
pub(super) struct UpgradeFactory<T, S: Application, B> {
    pub(super) app: Rc<SharedApp<S>>,
    pub(super) gate: Arc<Gate>,
    pub(super) patience: Patience,
    pub(super) types: PhantomData<(T, B)>,
}

pub(super) struct UpgradeService<T, S: Application, B> {
    app: AppService<S>,
    gate: Arc<Gate>,
    patience: Patience,
    types: PhantomData<(T, B)>,
}

impl<T, S, B> ServiceFactory<(Request, Framed<Guarded<T>, Codec>)> for UpgradeFactory<T, S, B>
where
    T: Stream,
    S: Application,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ();
    type Error = Error;
    type Config = ();
    type Service = UpgradeService<T, S, B>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (app, gate, patience) = (self.app.clone(), self.gate.clone(), self.patience);
        Box::pin(async move {
            let app = app.service().await?;
            Ok(UpgradeService {
                app,
                gate,
                patience,
                types: PhantomData,
            })
        })
    }
}

impl<T, S, B> Service<(Request, Framed<Guarded<T>, Codec>)> for UpgradeService<T, S, B>
where
    T: Stream,
    S: Application,
    S::Error: Into<Error>,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ();
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<(), Error>>;

    actix_service::always_ready!();

    fn call(&self, (request, framed): (Request, Framed<Guarded<T>, Codec>)) -> Self::Future {
        let (app, gate) = (self.app.clone(), self.gate.clone());
        let patience = self.patience;
        Box::pin(async move {
            let exchange = Exchange::new(framed, patience);
            // A client may disconnect before it is answered. That is not an error of this server.
            if let Err(error) = exchange.run(request, app, gate).await {
                tracing::debug!(error = %Quoted(error), "an upgrade request could not be answered");
            }
            Ok(())
        })
    }
}

/// One upgrade request and its stream.
struct Exchange<T> {
    stream: RawStream<T>,
    codec: Codec,
    /// Bytes to write before the response; usually none.
    unwritten: BytesMut,
    patience: Patience,
}

impl<T: Stream> Exchange<T> {
    fn new(framed: Framed<Guarded<T>, Codec>, patience: Patience) -> Self {
        let FramedParts {
            io,
            codec,
            read_buf,
            write_buf,
            ..
        } = framed.into_parts();
        // The stream without `Guarded`: this file applies its own limits.
        let stream = RawStream::new(io.into_inner(), read_buf);
        Self {
            stream,
            codec,
            unwritten: write_buf,
            patience,
        }
    }

    async fn run<S, B>(
        self,
        request: Request,
        app: AppService<S>,
        gate: Arc<Gate>,
    ) -> io::Result<()>
    where
        S: Application,
        S::Error: Into<Error>,
        S::Response: Into<Response<B>>,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let slot = Slot {
            gate,
            connection: Rc::default(),
        };
        let length = payload_length(&request);
        let mut payload = self.stream.payload(length);
        if length.is_some() {
            watch(&mut payload, self.patience.stall, None);
        }
        let (request, _) = request.replace_payload(payload);
        request.extensions_mut().insert(slot.clone());
        match app.call(request).await {
            Ok(response) => {
                let response: Response<B> = response.into();
                match slot.take() {
                    Some((connection, pass)) if is_switching(&response) => {
                        self.take_over(response.drop_body(), connection, pass).await
                    }
                    _ => self.respond(response).await,
                }
            }
            Err(response) => self.respond::<BoxBody>(response).await,
        }
    }

    async fn take_over(
        mut self,
        response: Response<()>,
        connection: Connection,
        pass: Pass,
    ) -> io::Result<()> {
        let head = Message::Item((response, BodySize::None));
        self.codec.encode(head, &mut self.unwritten)?;
        // The stream is always there: no other code takes it.
        let Some((stream, received)) = self.stream.take() else {
            return Ok(());
        };
        let opening = Opening {
            connection,
            pass,
            stream,
            received: received.into(),
            unwritten: self.unwritten,
        };
        opening.run(self.patience.stall).await
    }

    /// Writes the response of an ordinary route, or the 101 of another protocol.
    async fn respond<B: MessageBody>(mut self, mut response: Response<B>) -> io::Result<()> {
        if !is_switching(&response) {
            // After an upgrade request the codec reads no further requests from this stream. For a
            // streaming body it would also announce chunks, and then write the body without chunk
            // headers.
            let head = response.head_mut();
            head.set_connection_type(ConnectionType::Close);
            head.no_chunking(true);
        }
        // The stream of another protocol has no time limit here.
        let patience = match is_switching(&response) {
            true => Duration::ZERO,
            false => self.patience.stall,
        };
        let (head, body) = response.into_parts();
        let size = body.size();
        self.codec
            .encode(Message::Item((head, size)), &mut self.unwritten)?;
        if !matches!(size, BodySize::Sized(_)) {
            // The chunks of a streaming body may come late, so the head is written first. Any other
            // body is written together with the head.
            self.write(self.patience.stall).await?;
        }
        let mut body = std::pin::pin!(body);
        while let Some(chunk) = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    let error: Box<dyn std::error::Error> = error.into();
                    limited!(
                        ERROR,
                        error = %Quoted(error),
                        "the body of a response failed; cutting it off"
                    );
                    return Ok(());
                }
            };
            self.codec
                .encode(Message::Chunk(Some(chunk)), &mut self.unwritten)?;
            self.write(patience).await?;
        }
        self.codec
            .encode(Message::Chunk(None), &mut self.unwritten)?;
        self.write(patience).await?;
        self.stream.close(self.patience.disconnect).await
    }

    /// Writes the encoded bytes.
    async fn write(&mut self, patience: Duration) -> io::Result<()> {
        self.stream.write_all(&mut self.unwritten, patience).await
    }
}

/// The length of the payload of an upgrade request; `None` if it ends with the stream.
///
/// actix takes all bytes after `Upgrade: websocket` for the payload. But any request may have this
/// header, and without a length a route that reads its body would wait for ever.
fn payload_length(request: &Request) -> Option<u64> {
    let method = request.method();
    if method == Method::CONNECT {
        return None;
    }
    let length = request.headers().get(CONTENT_LENGTH);
    // actix has already parsed this header, so it is a number.
    let length = length.and_then(|length| length.to_str().ok()?.trim().parse().ok());
    match length.unwrap_or(0) {
        // Only a GET request can become a WebSocket.
        0 if method == Method::GET => None,
        length => Some(length),
    }
}

fn is_switching<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
}

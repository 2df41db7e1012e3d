//! What the server answers to a request.

use std::{fmt, str};

use actix_codec::Decoder as _;
use actix_http::{
    Method, ResponseHead,
    h1::{ClientCodec, ClientPayloadCodec, MessageType},
};
use actix_web::http::{StatusCode, header::HeaderMap};
use bytes::{Bytes, BytesMut};

use super::stream::{Link, State};

/// The answer to a request: its status, its headers and its whole body.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Response {
    /// The status. It can be compared with a number: `assert_eq!(response.status(), 404)`.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of a header, if it is there once at least and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        match str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body is no text: {error}: {self:?}"),
        }
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it does not parse.
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the body does not parse: {error}: {self:?}"),
        }
    }
}

/// As a test shows it that has failed.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            write!(f, "\n{name}: {}", value.as_bytes().escape_ascii())?;
        }
        if !self.body.is_empty() {
            write!(f, "\n\n{}", String::from_utf8_lossy(&self.body))?;
        }
        Ok(())
    }
}

/// Reads a response. That to an upgrade ends with its head.
///
/// # Errors
///
/// How it is not whole.
pub(super) async fn read(link: &Link, method: &Method) -> Result<Response, String> {
    let mut codec = ClientCodec::default();
    let head = link.find(|state| read_head(&mut codec, state)).await?;
    let mut body = BytesMut::new();
    let is_switching = head.status == StatusCode::SWITCHING_PROTOCOLS;
    if !is_switching && method != Method::HEAD && codec.message_type() != MessageType::None {
        let ends_with_stream = codec.message_type() == MessageType::Stream;
        let mut codec = codec.into_payload_codec();
        link.find(|state| read_body(&mut codec, ends_with_stream, state, &mut body))
            .await?;
    }
    Ok(Response {
        status: head.status,
        headers: head.headers.clone(),
        body: body.freeze(),
    })
}

fn read_head(codec: &mut ClientCodec, state: &mut State) -> Option<Result<ResponseHead, String>> {
    let inbound = &mut state.inbound;
    match codec.decode(&mut inbound.bytes) {
        Ok(Some(head)) => Some(Ok(head)),
        Ok(None) if inbound.has_ended => Some(Err("the connection has ended".into())),
        Ok(None) => None,
        Err(error) => Some(Err(format!("the response is no HTTP: {error}"))),
    }
}

/// Reads what there is of a body; `None` if that is not all.
fn read_body(
    codec: &mut ClientPayloadCodec,
    ends_with_stream: bool,
    state: &mut State,
    body: &mut BytesMut,
) -> Option<Result<(), String>> {
    let inbound = &mut state.inbound;
    loop {
        match codec.decode(&mut inbound.bytes) {
            Ok(Some(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Some(None)) => return Some(Ok(())),
            Ok(None) if !inbound.has_ended => return None,
            Ok(None) if ends_with_stream => return Some(Ok(())),
            Ok(None) => return Some(Err("the connection has ended within the body".into())),
            Err(error) => return Some(Err(format!("the body is no HTTP: {error}"))),
        }
    }
}

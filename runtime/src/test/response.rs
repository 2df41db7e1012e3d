//! The server's response to a request.

use std::{fmt, str};

use actix_codec::Decoder as _;
use actix_http::{
    Method, ResponseHead,
    h1::{ClientCodec, ClientPayloadCodec, MessageType},
};
use actix_web::http::{
    StatusCode,
    header::{self, HeaderMap},
};
use bytes::{Bytes, BytesMut};

use super::stream::{Link, State};

const CUT_OFF: &str = "the connection has ended within the body";

/// The server's response to a request: status, headers and the complete body.
///
/// ```
/// # use levante::test::Response;
/// # fn test(response: &Response) {
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.header("Content-Type"), Some("text/plain"));
/// assert_eq!(response.text(), "hello");
/// # }
/// # let _ = test;
/// ```
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Response {
    /// The status. A test can compare it with a number: `assert_eq!(response.status(), 404)`.
    ///
    /// ```
    /// # use levante::test::Response;
    /// # fn test(response: &Response) {
    /// assert_eq!(response.status(), 404);
    /// # }
    /// # let _ = test;
    /// ```
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    ///
    /// ```
    /// # use levante::test::Response;
    /// # fn test(response: &Response) {
    /// let cookies = response.headers().get_all("Set-Cookie");
    /// assert_eq!(cookies.count(), 2);
    /// # }
    /// # let _ = test;
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first value of a header. `None` if the header is missing or its value is not text.
    ///
    /// ```
    /// # use levante::test::Response;
    /// # fn test(response: &Response) {
    /// assert_eq!(response.header("Location"), Some("/login"));
    /// # }
    /// # let _ = test;
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a cookie that the response sets: of the last `Set-Cookie` with this name. It is
    /// as the server wrote it, still percent-encoded, and empty if the server removes the cookie.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let login = app.post("/login").form(&[("name", "Ann")]).send().await;
    /// let session = login.cookie("session").unwrap();
    /// let client = app.request("/chat").cookie("session", session).connect().await;
    /// # let _ = client;
    /// # }
    /// # let _ = test;
    /// ```
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(header::SET_COOKIE);
        let values = all.filter_map(|cookie| {
            let pair = cookie.to_str().ok()?.split(';').next()?;
            let (own, value) = pair.split_once('=')?;
            (own.trim() == name).then_some(value.trim())
        });
        values.last()
    }

    /// The body.
    ///
    /// ```
    /// # use levante::test::Response;
    /// # fn test(response: &Response) {
    /// assert!(response.body().is_empty());
    /// # }
    /// # let _ = test;
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    ///
    /// ```
    /// # use levante::test::Response;
    /// # fn test(response: &Response) {
    /// assert_eq!(response.text(), "3 sockets");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the body is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        match str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body is no text: {error}: {self:?}"),
        }
    }

    /// Parses the body as JSON.
    ///
    /// ```
    /// # use levante::test::Response;
    /// # fn test(response: &Response) {
    /// let people: Vec<String> = response.json();
    /// assert_eq!(people, ["Ann", "Bob"]);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the body does not parse.
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the body does not parse: {error}: {self:?}"),
        }
    }
}

/// The format in messages of failed tests: status, headers and body.
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

/// Reads a response, and skips the interim ones before it, such as 100. A 101 is final: after its
/// head come WebSocket frames.
///
/// # Errors
///
/// The reason why the response is incomplete or not HTTP.
pub(super) async fn read(link: &Link, method: &Method) -> Result<Response, String> {
    let (head, codec) = loop {
        let mut codec = ClientCodec::default();
        let head = link.find(|state| read_head(&mut codec, state)).await?;
        let is_interim = head.status.is_informational();
        if !is_interim || head.status == StatusCode::SWITCHING_PROTOCOLS {
            break (head, codec);
        }
    };
    let mut body = BytesMut::new();
    if method != Method::HEAD && may_have_body(head.status) {
        match codec.message_type() {
            // The codec finds no body in a response with `Upgrade: websocket`. A 426 has both.
            MessageType::None => {
                let length = content_length(&head.headers);
                body = link.find(|state| read_bytes(length, state)).await?;
            }
            kind => {
                let ends_with_stream = kind == MessageType::Stream;
                let mut codec = codec.into_payload_codec();
                link.find(|state| read_body(&mut codec, ends_with_stream, state, &mut body))
                    .await?;
            }
        }
    }
    Ok(Response {
        status: head.status,
        headers: head.headers.clone(),
        body: body.freeze(),
    })
}

/// Whether a response with this status may have a body
/// ([RFC 9112 section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)). A 304 may have the
/// header `Content-Length` without a body.
fn may_have_body(status: StatusCode) -> bool {
    !status.is_informational()
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED
}

/// The value of `Content-Length`, and 0 without one. The codec has checked it.
fn content_length(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|it| it.to_str().ok()?.parse().ok());
    length.unwrap_or(0)
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

/// Takes a body of this length. Returns `None` while it is incomplete.
fn read_bytes(length: usize, state: &mut State) -> Option<Result<BytesMut, String>> {
    let inbound = &mut state.inbound;
    if inbound.bytes.len() >= length {
        return Some(Ok(inbound.bytes.split_to(length)));
    }
    inbound.has_ended.then(|| Err(CUT_OFF.into()))
}

/// Appends the part of the body that has arrived. Returns `None` while the body is incomplete.
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
            Ok(None) => return Some(Err(CUT_OFF.into())),
            Err(error) => return Some(Err(format!("the body is no HTTP: {error}"))),
        }
    }
}

//! The messages and frames that a client receives.

use std::{fmt, panic::Location};

use bytes::Bytes;

use super::Client;
use crate::{
    message::Message,
    test::{
        inbound::{Arrival, Control, End, Frames},
        stream::State,
    },
};

/// The message of a panic shows at most so many earlier messages.
const SHOWN: usize = 5;

/// The message of a panic shows at most so many characters of a received message.
const SHOWN_CHARS: usize = 200;

pub(super) type Place = &'static Location<'static>;

impl<M> Client<M> {
    /// Returns the next message, which must be text.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.send("hello").await;
    /// assert_eq!(client.text().await, "hello");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If something else arrives: a binary message, the end of the connection, or a frame that
    /// breaks the protocol. Also if every task waits and nothing has arrived. The message of the
    /// panic shows what arrived instead, and the messages before it.
    #[track_caller]
    pub fn text(&mut self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            match self.next("text", at).await {
                Arrival::Message(Message::Text(text)) => text.into(),
                other => self.unexpected(at, "text", &other),
            }
        }
    }

    /// Returns the next message, which must be binary.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.send([1, 2, 3].as_slice()).await;
    /// assert_eq!(client.binary().await, [1, 2, 3].as_slice());
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If something else arrives, or nothing, as with [`Self::text`].
    #[track_caller]
    pub fn binary(&mut self) -> impl Future<Output = Bytes> {
        let at = Location::caller();
        async move {
            match self.next("binary", at).await {
                Arrival::Message(Message::Binary(bytes)) => bytes,
                other => self.unexpected(at, "binary", &other),
            }
        }
    }

    /// Returns the next message, text or binary.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// let message: levante::Message = client.message().await;
    /// assert_eq!(message.as_bytes(), b"hello");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection ends instead, or if nothing arrives, as with [`Self::text`].
    #[track_caller]
    pub fn message(&mut self) -> impl Future<Output = Message> {
        self.message_at("a message", Location::caller())
    }

    /// Parses the next message, text or binary, as JSON.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// let numbers: Vec<u32> = client.json().await;
    /// assert_eq!(numbers, [1, 2]);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the message does not parse. Also if the connection ends instead, or if nothing arrives,
    /// as with [`Self::text`].
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> impl Future<Output = T> {
        let at = Location::caller();
        async move {
            let message = self.message_at("JSON", at).await;
            match serde_json::from_slice(message.as_bytes()) {
                Ok(value) => value,
                Err(error) => {
                    let came = Arrival::Message(message);
                    self.fail(
                        at,
                        &format!("expected JSON, but {came} came, which does not parse: {error}"),
                    )
                }
            }
        }
    }

    /// Waits for the end of the connection. Returns its code and reason.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// let end = client.closed().await;
    /// assert_eq!(end.code, levante::CloseCode::Policy);
    /// assert_eq!(end.reason, "kicked");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If a message arrives before the end, or if nothing arrives, as with [`Self::text`].
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = End> {
        let at = Location::caller();
        async move {
            match self.next("the end", at).await {
                Arrival::End(end) => end,
                other => self.unexpected(at, "the end", &other),
            }
        }
    }

    /// Returns the data of the next ping. The client has already answered the ping, unless it has
    /// [stopped answering](Self::stop_answering).
    ///
    /// ```
    /// # use levante::test::Client;
    /// # use std::time::Duration;
    /// # use levante::test;
    /// # async fn test(mut client: Client) {
    /// test::advance(Duration::from_secs(25)).await;
    /// assert_eq!(client.ping().await, "");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If a pong arrives before the ping, or if no ping arrives, as with [`Self::text`].
    #[track_caller]
    pub fn ping(&mut self) -> impl Future<Output = Bytes> {
        let at = Location::caller();
        async move {
            match self.next_control("a ping", at).await {
                Control::Ping(data) => data,
                Control::Pong(_) => self.fail(at, "expected a ping, but a pong came"),
            }
        }
    }

    /// Returns the data of the next pong.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # use levante::test::Frame;
    /// # async fn test(mut client: Client) {
    /// client.send_frame(Frame::ping("7")).await;
    /// assert_eq!(client.pong().await, "7");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If a ping arrives before the pong, or if no pong arrives, as with [`Self::text`].
    #[track_caller]
    pub fn pong(&mut self) -> impl Future<Output = Bytes> {
        let at = Location::caller();
        async move {
            match self.next_control("a pong", at).await {
                Control::Pong(data) => data,
                Control::Ping(_) => self.fail(at, "expected a pong, but a ping came"),
            }
        }
    }

    /// Waits until nothing more happens by itself. Then returns all messages that have arrived and
    /// that the test has not taken yet.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// assert_eq!(client.drain_messages().await.len(), 3);
    /// # }
    /// # let _ = test;
    /// ```
    pub async fn drain_messages(&mut self) -> Vec<Message> {
        self.run.rest().await;
        let mut messages = Vec::new();
        while let Some(message) = self.with_frames(|frames| {
            let first = frames.arrived.front()?;
            if !matches!(first, Arrival::Message(_)) {
                return None;
            }
            frames.arrived.pop_front()?.into_message()
        }) {
            messages.push(message);
        }
        messages
    }

    /// Waits until nothing more happens by itself. Then asserts that no message has arrived that
    /// the test has not taken yet. Pings and pongs do not count.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.send("not for myself").await;
    /// client.assert_silent().await;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If such a message has arrived. Also if the connection has ended and the test has not taken
    /// the end yet.
    #[track_caller]
    pub fn assert_silent(&mut self) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            self.run.rest().await;
            if let Some(came) = self.with_frames(|frames| frames.arrived.front().cloned()) {
                self.unexpected(at, "nothing", &came);
            }
        }
    }

    /// Returns the next message, text or binary. `expected` names it in the message of a panic.
    async fn message_at(&mut self, expected: &str, at: Place) -> Message {
        match self.next(expected, at).await {
            Arrival::Message(message) => message,
            other => self.unexpected(at, expected, &other),
        }
    }

    /// Returns the next message, or the end of the connection.
    async fn next(&mut self, expected: &str, at: Place) -> Arrival {
        self.first(expected, |_| true, at).await
    }

    /// Returns the first message that fits. Those before it stay. Fails at the end of the connection.
    #[cfg(feature = "json")]
    pub(super) async fn first_message(
        &mut self,
        expected: &str,
        fits: impl Fn(&Message) -> bool,
        at: Place,
    ) -> Message {
        match self.first(expected, fits, at).await {
            Arrival::Message(message) => message,
            other => {
                let untaken = self.untaken();
                self.fail(
                    at,
                    &format!("expected {expected}, but {other} came{untaken}"),
                )
            }
        }
    }

    /// Returns the first message that fits, or the end of the connection. Messages before it stay.
    async fn first(
        &mut self,
        expected: &str,
        fits: impl Fn(&Message) -> bool,
        at: Place,
    ) -> Arrival {
        if let Some(last) = self.last.take() {
            self.past.truncate(SHOWN - 1);
            self.past.push_front(last);
        }
        if let Some(End { code, reason }) = &self.end {
            self.fail(
                at,
                &format!("expected {expected}, but the connection has ended: {code} {reason:?}"),
            );
        }
        let position = |frames: &Frames| {
            frames.arrived.iter().position(|arrival| match arrival {
                Arrival::Message(message) => fits(message),
                Arrival::End(_) | Arrival::Broken(_) => true,
            })
        };
        let take = |frames: &mut Frames| frames.arrived.remove(position(frames)?);
        let arrived = self.wait(|frames| position(frames).is_some(), take).await;
        let Some(arrived) = arrived else {
            self.in_vain(at, expected, &self.untaken());
        };
        match &arrived {
            Arrival::Message(message) => self.last = Some(message.clone()),
            Arrival::End(end) => self.end = Some(end.clone()),
            Arrival::Broken(_) => self.unexpected(at, expected, &arrived),
        }
        arrived
    }

    async fn next_control(&mut self, expected: &str, at: Place) -> Control {
        let has = |frames: &Frames| !frames.controls.is_empty();
        match self.wait(has, |frames| frames.controls.pop_front()).await {
            Some(control) => control,
            None => self.in_vain(at, expected, ""),
        }
    }

    /// Waits until nothing more happens by itself, then calls `take`. If it returns `None`, waits
    /// until `has` returns `true`, and tries again. Returns `None` if that does not happen.
    async fn wait<T>(
        &self,
        has: impl Fn(&Frames) -> bool,
        mut take: impl FnMut(&mut Frames) -> Option<T>,
    ) -> Option<T> {
        loop {
            self.run.rest().await;
            // No `await` follows a successful `take`, so a dropped wait loses no message.
            if let Some(taken) = self.with_frames(&mut take) {
                return Some(taken);
            }
            let is_there = |state: &mut State| {
                let frames = state.inbound.frames.as_ref()?;
                has(frames).then_some(())
            };
            self.run.expect(self.link.find(is_there)).await?;
        }
    }

    fn unexpected(&self, at: Place, expected: &str, came: &Arrival) -> ! {
        self.fail(at, &format!("expected {expected}, but {came} came"))
    }

    #[cfg(feature = "json")]
    pub(super) fn unexpected_message(&self, at: Place, expected: &str, came: Message) -> ! {
        self.unexpected(at, expected, &Arrival::Message(came))
    }

    fn in_vain(&self, at: Place, expected: &str, untaken: &str) -> ! {
        let reads = self.link.state().room.is_none();
        let why = match (self.run.real.get() > 0, reads) {
            (true, _) => "for a minute",
            (false, true) => "and nothing will: every task waits, and the clock stands still",
            (false, false) => "and nothing will: the client has stopped reading",
        };
        let nothing = match untaken.is_empty() {
            true => "nothing",
            false => "nothing of the kind",
        };
        self.fail(
            at,
            &format!("expected {expected}, but {nothing} came, {why}{untaken}"),
        )
    }

    /// Lists the messages that have arrived and that the test has not taken.
    fn untaken(&self) -> String {
        self.with_frames(|frames| {
            let mut list = String::new();
            for (index, arrival) in frames.arrived.iter().enumerate() {
                if index == SHOWN {
                    list.push_str(", …");
                    break;
                }
                list.push_str(match index {
                    0 => "\nnot taken yet are ",
                    _ => ", ",
                });
                list.push_str(&arrival.to_string());
            }
            list
        })
    }

    pub(super) fn fail(&self, at: Place, what: &str) -> ! {
        let mut past = String::new();
        for (index, message) in self.past.iter().enumerate() {
            let lead = match index {
                0 => "\nbefore that came ",
                _ => ", before that ",
            };
            past.push_str(lead);
            past.push_str(&Arrival::Message(message.clone()).to_string());
        }
        panic!("{at}: {} {what}{past}", self.name)
    }
}

impl Arrival {
    fn into_message(self) -> Option<Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::End(_) | Self::Broken(_) => None,
        }
    }
}

/// The format in the message of a panic.
impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(Message::Text(text)) => {
                write!(f, "text {}", cut(&format!("{text:?}")))
            }
            Self::Message(Message::Binary(bytes)) => {
                write!(f, "binary b\"{}\"", cut(&bytes.escape_ascii().to_string()))
            }
            Self::End(End { code, reason }) => write!(f, "the end ({code} {reason:?})"),
            Self::Broken(how) => write!(f, "what no server may send ({how})"),
        }
    }
}

fn cut(text: &str) -> String {
    let (end, _) = text
        .char_indices()
        .nth(SHOWN_CHARS)
        .unwrap_or((text.len(), ' '));
    match &text[end..] {
        "" => text.to_owned(),
        _ => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

//! What a client is sent.

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

/// So many messages are shown that came before a failure.
const SHOWN: usize = 5;

/// So many characters of a message are shown.
const SHOWN_CHARS: usize = 200;

type Place = &'static Location<'static>;

impl Client {
    /// The next message, which is text.
    ///
    /// # Panics
    ///
    /// If something else comes, or nothing: every task waits then, and the clock stands still. The
    /// message says what came before.
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

    /// The next message, which is binary.
    ///
    /// # Panics
    ///
    /// As [`Self::text`] does.
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

    /// The next message of either kind.
    ///
    /// # Panics
    ///
    /// As [`Self::text`] does.
    #[track_caller]
    pub fn message(&mut self) -> impl Future<Output = Message> {
        self.message_at("a message", Location::caller())
    }

    /// The next message, of either kind, parsed.
    ///
    /// # Panics
    ///
    /// As [`Self::text`] does, and if it does not parse.
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

    /// How the connection ends, which is next.
    ///
    /// # Panics
    ///
    /// If a message comes before that, or nothing, as with [`Self::text`].
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

    /// The data of the next ping. It has been answered, unless the client has
    /// [stopped answering](Self::stop_answering).
    ///
    /// # Panics
    ///
    /// If a pong comes before it, or nothing, as with [`Self::text`].
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

    /// The data of the next pong.
    ///
    /// # Panics
    ///
    /// If a ping comes before it, or nothing, as with [`Self::text`].
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

    /// All messages that have arrived and were not asked for, when nothing more happens by itself.
    pub async fn drain_messages(&mut self) -> Vec<Message> {
        self.run.rest().await;
        let mut messages = Vec::new();
        while let Some(message) = self.with_frames(|frames| {
            let first = frames
                .arrived
                .pop_front_if(|it| matches!(it, Arrival::Message(_)));
            first.and_then(Arrival::into_message)
        }) {
            messages.push(message);
        }
        messages
    }

    /// Asserts that nothing has come: all that was going to happen by itself has happened. Pings and
    /// pongs do not count.
    ///
    /// # Panics
    ///
    /// If a message or the end has come and was not asked for.
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

    /// The next message, of which a failure says what came instead.
    async fn message_at(&mut self, expected: &str, at: Place) -> Message {
        match self.next(expected, at).await {
            Arrival::Message(message) => message,
            other => self.unexpected(at, expected, &other),
        }
    }

    /// The next message, or the end.
    async fn next(&mut self, expected: &str, at: Place) -> Arrival {
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
        let has = |frames: &Frames| !frames.arrived.is_empty();
        let arrived = self.wait(has, |frames| frames.arrived.pop_front()).await;
        let Some(arrived) = arrived else {
            self.in_vain(at, expected);
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
            None => self.in_vain(at, expected),
        }
    }

    /// Takes something when nothing more happens by itself, and waits for it if it is not there.
    /// `None` if it does not come.
    async fn wait<T>(
        &self,
        has: impl Fn(&Frames) -> bool,
        mut take: impl FnMut(&mut Frames) -> Option<T>,
    ) -> Option<T> {
        loop {
            self.run.rest().await;
            // Nothing is awaited behind it, so that nothing is lost if the wait is dropped.
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

    fn in_vain(&self, at: Place, expected: &str) -> ! {
        let reads = self.link.state().room.is_none();
        let why = match (self.run.real.get() > 0, reads) {
            (true, _) => "for a minute",
            (false, true) => "and nothing will: every task waits, and the clock stands still",
            (false, false) => "and nothing will: the client has stopped reading",
        };
        self.fail(at, &format!("expected {expected}, but nothing came, {why}"))
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

/// As a failure shows it.
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

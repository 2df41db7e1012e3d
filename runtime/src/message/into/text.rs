//! Text messages.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use bytestring::ByteString;

use super::{IntoMessage, Message, Outgoing, Payload, SHARE_FROM};
use crate::error::BoxError;

impl IntoMessage for &str {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self.into()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        let payload = Payload::Borrowed(self.as_bytes());
        Ok(send(Outgoing::text(payload)))
    }
}

impl IntoMessage for &String {
    fn into_message(self) -> Result<Message, BoxError> {
        self.as_str().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.as_str().lend(send)
    }
}

impl IntoMessage for String {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self.into()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.len() < SHARE_FROM {
            return self.as_str().lend(send);
        }
        self.into_message()
            .map(|message| send(Outgoing::from(&message)))
    }
}

impl IntoMessage for Box<str> {
    fn into_message(self) -> Result<Message, BoxError> {
        String::from(self).into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        String::from(self).lend(send)
    }
}

impl IntoMessage for Cow<'_, str> {
    fn into_message(self) -> Result<Message, BoxError> {
        self.into_owned().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        match self {
            Cow::Borrowed(text) => text.lend(send),
            Cow::Owned(text) => text.lend(send),
        }
    }
}

impl IntoMessage for &Cow<'_, str> {
    fn into_message(self) -> Result<Message, BoxError> {
        (**self).into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        (**self).lend(send)
    }
}

impl IntoMessage for Arc<str> {
    fn into_message(self) -> Result<Message, BoxError> {
        (*self).into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.len() < SHARE_FROM {
            return (*self).lend(send);
        }
        let payload = Bytes::from_owner(Text(self));
        Ok(send(Outgoing::text(Payload::Shared(&payload))))
    }
}

/// The owner of the bytes of a shared text.
struct Text(Arc<str>);

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl IntoMessage for ByteString {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self))
    }
}

impl IntoMessage for &ByteString {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self.clone()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Ok(send(Outgoing::text(Payload::Shared(self.as_bytes()))))
    }
}

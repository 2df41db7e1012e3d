//! Binary messages.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;

use super::{IntoMessage, Message, Outgoing, Payload, SHARE_FROM};
use crate::error::BoxError;

impl IntoMessage for &[u8] {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(Bytes::copy_from_slice(self)))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Ok(send(Outgoing::binary(Payload::Borrowed(self))))
    }
}

impl<const N: usize> IntoMessage for &[u8; N] {
    fn into_message(self) -> Result<Message, BoxError> {
        self.as_slice().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.as_slice().lend(send)
    }
}

impl<const N: usize> IntoMessage for [u8; N] {
    fn into_message(self) -> Result<Message, BoxError> {
        self.as_slice().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.as_slice().lend(send)
    }
}

impl IntoMessage for &Vec<u8> {
    fn into_message(self) -> Result<Message, BoxError> {
        self.as_slice().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.as_slice().lend(send)
    }
}

impl IntoMessage for Vec<u8> {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(self.into()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.len() < SHARE_FROM {
            return self.as_slice().lend(send);
        }
        self.into_message()
            .map(|message| send(Outgoing::from(&message)))
    }
}

impl IntoMessage for Box<[u8]> {
    fn into_message(self) -> Result<Message, BoxError> {
        Vec::from(self).into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Vec::from(self).lend(send)
    }
}

impl IntoMessage for Cow<'_, [u8]> {
    fn into_message(self) -> Result<Message, BoxError> {
        self.into_owned().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        match self {
            Cow::Borrowed(bytes) => bytes.lend(send),
            Cow::Owned(bytes) => bytes.lend(send),
        }
    }
}

impl IntoMessage for &Cow<'_, [u8]> {
    fn into_message(self) -> Result<Message, BoxError> {
        (**self).into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        (**self).lend(send)
    }
}

impl IntoMessage for Arc<[u8]> {
    fn into_message(self) -> Result<Message, BoxError> {
        (*self).into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.len() < SHARE_FROM {
            return (*self).lend(send);
        }
        let payload = Bytes::from_owner(self);
        Ok(send(Outgoing::binary(Payload::Shared(&payload))))
    }
}

/// A large payload is shared and not copied. The owner of `Bytes` that were made by
/// [`Bytes::from_owner`] may be dropped while the server holds a lock, so its `Drop` must not call
/// the server.
impl IntoMessage for Bytes {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(self))
    }
}

impl IntoMessage for &Bytes {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(self.clone()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Ok(send(Outgoing::binary(Payload::Shared(self))))
    }
}

//! Everything a `#[websocket]` module needs: `use levante::prelude::*;`.

pub use bytes::Bytes;
pub use bytestring::ByteString;

pub use crate::{
    Attached, BoxError, CloseCode, CloseReason, ClosedBy, Compressed, Compression, DropReason,
    FromMessage, HandlerError, HandlerKind, Incoming, IntoMessage, Message, MessageRate, Origins,
    PayloadError, Policy, Publish, Published, ReadyState, SendStatus, Server, Socket, SocketId,
    websocket,
};
#[cfg(feature = "json")]
pub use crate::{Json, closes, topic, wire};

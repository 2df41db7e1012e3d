//! Everything a `#[websocket]` module needs: `use levante::prelude::*;`.

pub use bytes::Bytes;
pub use bytestring::ByteString;

#[cfg(feature = "json")]
pub use crate::Json;
pub use crate::{
    Attached, BoxError, CloseCode, CloseReason, ClosedBy, Compressed, Compression, DropReason,
    FromMessage, HandlerError, HandlerKind, Incoming, IntoMessage, Message, MessageRate, Origins,
    PayloadError, Policy, Publish, Published, ReadyState, SendStatus, Server, Socket, SocketId,
    websocket,
};
pub use crate::{closes, topic, wire};

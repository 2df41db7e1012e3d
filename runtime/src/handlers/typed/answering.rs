use std::mem;

use crate::{
    call::{self, Answer, Encoded, Id},
    close::{CloseCode, CloseReason, ClosedBy},
    dispatch::Outcome,
    error::{BoxError, Failed},
    message::{IntoMessage, Message, Outgoing, Payload, SHARE_FROM},
    outbox::{DropReason, SendStatus},
    socket::{Endpoint, Socket},
    wire::with_bytes,
    worker::Core,
};
use bytes::Bytes;

/// Answers a call with the value that its function has returned.
#[inline]
pub fn answered<E: Endpoint, T, R>(ws: &Socket<E>, id: Id, answer: Answer<T, R>) -> Outcome {
    let core = ws.core();
    match answer {
        Answer::Ok(value) => tell(core, id, "ok", &value),
        Answer::Refused(refusal) => tell(core, id, "error", &refusal),
        Answer::Failed(error) => fail(core, id, error),
    }
}

/// Sends an answer. Without an id the client does not wait for one.
#[inline]
pub(super) fn tell<T>(core: &Core, id: Id, key: &'static str, value: &Encoded<T>) -> Outcome {
    let Some(number) = id.0 else {
        return Ok(());
    };
    let written = with_bytes(|json| {
        value.write(json, number, key)?;
        send(core, json);
        Ok(())
    });
    written.or_else(|error| fail(core, id, error))
}

/// Tells the client only that something has failed. The cause goes to the `error` handler.
#[cold]
fn fail(core: &Core, id: Id, error: BoxError) -> Outcome {
    fault(core, id, "internal error");
    Err(Failed::Returned(error))
}

/// Sends a fault.
#[cold]
pub(super) fn fault(core: &Core, id: Id, text: &str) {
    if let Some(id) = id.0 {
        with_bytes(|json| {
            // A text can always be encoded.
            if call::write(json, id, "fault", text).is_ok() {
                send(core, json);
            }
        });
    }
}

/// Queues an answer. A client that waits for one must not miss it, so a full queue ends the
/// connection.
fn send(core: &Core, json: &mut Vec<u8>) {
    let status = core.send(JsonText(json));
    if status == SendStatus::Dropped(DropReason::Full) {
        core.terminate(CloseReason::new(
            CloseCode::Abnormal,
            "",
            ClosedBy::SlowConsumer,
        ));
    }
}

/// JSON, which is text, in a buffer of the thread.
struct JsonText<'b>(&'b mut Vec<u8>);

impl IntoMessage for JsonText<'_> {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(String::from_utf8(mem::take(self.0))?.into()))
    }

    /// The queue copies a short text, and shares the memory of a long one.
    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.0.len() < SHARE_FROM {
            return Ok(send(Outgoing::text(Payload::Borrowed(self.0))));
        }
        let json = Bytes::from(mem::take(self.0));
        Ok(send(Outgoing::text(Payload::Shared(&json))))
    }
}

//! The driver for any `actix_web::HttpServer`: the input of a connection is the request's payload,
//! and its output the body of the 101 response.
//!
//! Input does not live in the body's `poll_next`, because actix stops polling a body whose peer
//! does not read, and messages, Close frames and timeouts would starve with it.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    mem,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use actix_web::{
    body::{BodySize, MessageBody},
    dev::Payload,
};
use bytes::{Buf, Bytes, BytesMut};
use futures_core::Stream;

use super::Sleeper;
use crate::{
    close::CloseReason,
    connection::{Connection, Progress, Want},
    core::{Core, OutboxGuard},
    hub::{Driven, Visit},
};

/// How much the body gives actix at once. More would disappear in actix's own buffer, where it
/// counts for no limit.
const CHUNK: usize = 16 << 10;

thread_local! {
    /// The input buffer of this worker, while no connection has it. Allocating one for each chunk
    /// would cost more than what is done with it.
    static SPARE: Cell<BytesMut> = Cell::default();
}

/// Starts a connection, and returns the body of its 101 response.
pub(crate) fn start(connection: Connection, payload: Payload) -> OutboxBody {
    let link = Rc::new(Link {
        core: connection.core().clone(),
        waker: connection.core().clone().into(),
        work: RefCell::new(None),
        body: Sleeper::default(),
        stage: Cell::new(Stage::Waiting),
    });
    connection.registration().drive(link.clone());
    let input = BytesMut::new();
    link.work.replace(Some(Work {
        connection,
        payload,
        input,
        lingering: None,
    }));
    OutboxBody { link }
}

/// What the pump and the body share.
struct Link {
    core: Arc<Core>,
    waker: Waker,
    /// `None` once it is over.
    work: RefCell<Option<Work>>,
    body: Sleeper,
    stage: Cell<Stage>,
}

/// How far the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The head of the response has not been written, so the connection is not yet established.
    Waiting,
    /// actix takes what is in the outbox.
    Established,
    /// The connection is over; the body ends once the outbox is empty.
    Finished,
    /// actix has dropped the body: the connection was reset, or the server is stopping.
    Dropped,
}

/// A connection at work.
struct Work {
    connection: Connection,
    payload: Payload,
    /// What arrived and is not yet handled.
    input: BytesMut,
    /// Set when the connection is over but its peer is most likely still sending: how much that is
    /// since the last look at the clock. If the stream were closed on it, the kernel would reset
    /// the stream, and the peer might lose our Close frame. There is no way to end only our half.
    lingering: Option<usize>,
}

impl Driven for Link {
    fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn waker(&self) -> &Waker {
        &self.waker
    }

    fn poll(&self, cx: &mut Context<'_>) -> Visit {
        match self.stage.get() {
            Stage::Waiting => {
                self.core.outbox().release();
                return Visit::Done;
            }
            Stage::Dropped => _ = self.core.outbox().terminate(CloseReason::lost()),
            Stage::Established | Stage::Finished => {}
        }
        let mut work = self.work.borrow_mut();
        let Some(work) = &mut *work else {
            return Visit::Over;
        };
        // The outbox is held meanwhile: what handlers send is written when they are done.
        let over = work.advance(cx);
        let mut outbox = self.core.outbox();
        outbox.release();
        let write = !outbox.is_empty();
        drop(outbox);
        if write {
            self.body.wake();
        }
        if over { Visit::Over } else { Visit::Done }
    }

    fn flush(&self, outbox: OutboxGuard<'_>, _: &mut Context<'_>) -> Visit {
        drop(outbox);
        self.body.wake();
        Visit::Done
    }

    fn write_now(&self) {
        // Only actix writes, when its task has its turn.
        let mut outbox = self.core.outbox();
        let waits = !outbox.is_empty();
        outbox.set_stalled(waits);
        drop(outbox);
        self.body.wake();
    }

    fn tick(&self, now: Instant) {
        if let Some(work) = &mut *self.work.borrow_mut() {
            let expired = work.connection.tick(now);
            if let Some(arrived) = &mut work.lingering {
                if expired || *arrived == 0 {
                    work.payload = Payload::None;
                    self.core.wake();
                }
                *arrived = 0;
            }
        }
    }

    fn abandon(&self) {
        let work = self.work.borrow_mut().take();
        drop(work);
        if self.stage.get() == Stage::Established {
            self.stage.set(Stage::Finished);
        }
        self.body.wake();
    }
}

impl Work {
    /// Handles what arrives until the connection wants something else, or nothing arrives. Returns
    /// whether it is over.
    fn advance(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let Progress { used, want } = self.connection.poll(cx, &mut self.input);
            self.input.advance(used);
            if used > 0 && (self.input.is_empty() || want == Want::End) {
                // An idle connection keeps no buffer.
                SPARE.set(mem::take(&mut self.input));
            }
            match want {
                Want::Patience | Want::Turn => return false,
                Want::End if !self.connection.expects_much_more() => return true,
                Want::Input | Want::End => {}
            }
            let chunk = match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Pending => {
                    if want == Want::End {
                        self.lingering.get_or_insert(1);
                    }
                    return false;
                }
                Poll::Ready(chunk) => chunk,
            };
            match (chunk, want) {
                (Some(Ok(chunk)), Want::End) => {
                    *self.lingering.get_or_insert(0) += chunk.len();
                }
                (Some(Ok(chunk)), _) => {
                    // Unmasking changes the bytes, and those of a chunk may be shared.
                    self.input = SPARE.take();
                    self.input.clear();
                    self.input.extend_from_slice(&chunk);
                }
                (_, Want::End) => return true,
                _ => self.connection.lose(),
            }
        }
    }
}

/// The body of the 101 response: hands the outbox to actix, a chunk at a time.
pub(crate) struct OutboxBody {
    link: Rc<Link>,
}

impl MessageBody for OutboxBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let link = &self.link;
        link.body.remember(cx);
        if link.stage.get() == Stage::Waiting {
            link.stage.set(Stage::Established);
            link.core.wake();
        }
        let mut outbox = link.core.outbox();
        if let Some(chunk) = outbox.take(CHUNK) {
            return Poll::Ready(Some(Ok(chunk)));
        }
        let attend = outbox.calls_for_attention();
        drop(outbox);
        if attend {
            link.core.wake();
        }
        if link.stage.get() == Stage::Finished {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }
}

impl Drop for OutboxBody {
    fn drop(&mut self) {
        self.link.stage.set(Stage::Dropped);
        self.link.core.wake();
    }
}

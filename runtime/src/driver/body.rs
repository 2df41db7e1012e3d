//! The driver for any `actix_web::HttpServer`. The input of a connection is the payload of the
//! request, and its output is the body of the 101 response.
//!
//! The body's `poll_next` does not read the input: actix stops polling a body whose peer does not
//! read. Messages, Close frames and timeouts would wait as well then.
//!
//! This driver cannot change what actix does. actix keeps 8 KiB of read and write buffer for each
//! connection. It does not tell bodies of a graceful stop, so there are [`serve`](crate::serve())
//! and [`Server::shutdown`](crate::Server::shutdown). It does not tell when it has written the
//! bytes that it took. It writes the line of its access log when the connection ends. When a peer
//! stops reading, actix keeps the TCP connection until the kernel gives it up. By then `close` has
//! run and the engine has freed its own memory.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    mem,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    dev::Payload,
};
use bytes::{Buf, Bytes, BytesMut};
use futures_core::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Sleeper;
use crate::{
    clock,
    connection::{Connection, Progress, Turn, Want},
    outbox::ReadyState,
    worker::{Core, Driven, Visit, Writing},
};

/// The bytes that the body gives to actix at once. More would only fill actix's own buffer, where
/// no limit counts them.
const CHUNK: usize = 16 << 10;

/// The silence after which a peer that has broken the rules counts as done with sending.
const QUIET: Duration = Duration::from_millis(250);

/// The chunks of such a peer that are read before the other connections of the worker have their
/// turn.
const CHUNKS: usize = 16;

thread_local! {
    /// The input buffer of this worker, while no connection uses it. Allocating one for each chunk
    /// would cost more than handling the chunk.
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

/// The state that the pump and the body share.
struct Link {
    core: Arc<Core>,
    waker: Waker,
    /// `None` once the connection is over.
    work: RefCell<Option<Work>>,
    body: Sleeper,
    stage: Cell<Stage>,
}

/// The stage of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The head of the response has not been written, so the connection is not yet established.
    Waiting,
    /// actix takes the bytes of the outbox.
    Established,
    /// The connection is over; the body ends once the outbox is empty.
    Finished,
    /// actix has dropped the body: the connection was reset, or the server is stopping.
    Dropped,
    /// The connection has ended before the head of the response was written, for example because a
    /// middleware has given another answer. It was never established.
    Vetoed,
}

/// A connection that is not over.
struct Work {
    connection: Connection,
    payload: Payload,
    /// Received bytes that are not handled yet.
    input: BytesMut,
    /// Set while the peer may still send bytes without effect. If the stream were closed then, the
    /// kernel would reset it, and the peer might lose our Close frame. actix cannot end only our
    /// half of the stream.
    lingering: Option<Pin<Box<Sleep>>>,
}

/// The result of [`Work::advance`].
struct Advance {
    /// No handler will be called any more.
    is_over: bool,
    /// Nothing more is read.
    is_deaf: bool,
}

impl Driven for Link {
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, now: Instant, cx: &mut Context<'_>) -> Visit {
        let mut work = self.work.borrow_mut();
        let Some(work) = &mut *work else {
            return Visit::Over;
        };
        match self.stage.get() {
            Stage::Waiting => {
                work.connection.begin(now);
                let mut outbox = self.core.writing();
                outbox.release();
                if outbox.state() == ReadyState::Open {
                    return Visit::Done;
                }
                // The connection ends before actix has written the head of the 101 response.
                self.stage.set(Stage::Vetoed);
                return Visit::Over;
            }
            Stage::Vetoed => return Visit::Over,
            Stage::Dropped => work.connection.lose(),
            Stage::Established | Stage::Finished => {}
        }
        loop {
            // The outbox stays unwritten meanwhile: the messages of handlers are written when they
            // are done.
            let Advance { is_over, is_deaf } = work.advance(now, &self.core, cx);
            if is_deaf && self.stage.get() == Stage::Established {
                // The body may finish while a handler still runs.
                self.stage.set(Stage::Finished);
            }
            let mut outbox = self.core.writing();
            // While a handler runs, the connection cannot do what the outbox calls for.
            if outbox.calls_for_attention() && !is_over && !work.connection.is_busy() {
                continue;
            }
            outbox.release();
            let write = is_deaf || !outbox.is_empty();
            drop(outbox);
            if write {
                self.body.wake();
            }
            return match is_over && is_deaf {
                true => Visit::Over,
                false => Visit::Done,
            };
        }
    }

    fn flush(&self, outbox: Writing<'_>, _: &mut Context<'_>) -> Visit {
        drop(outbox);
        self.body.wake();
        Visit::Done
    }

    fn write_now(&self) {
        // Only actix writes, when its task is polled.
        self.core.writing().hold_back();
        self.body.wake();
    }

    fn tick(&self, now: Instant, late: Duration) {
        if let Some(work) = &mut *self.work.borrow_mut()
            && work.connection.tick(now, late)
        {
            work.payload = Payload::None;
            self.core.wake();
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
    /// Handles input until the connection wants something else, or no input is left.
    fn advance(&mut self, now: Instant, core: &Core, cx: &mut Context<'_>) -> Advance {
        let mut turn = Turn::new(now, &core.worker);
        let (want, is_deaf) = loop {
            let Progress { used, want } = self.connection.poll(cx, &mut turn, &mut self.input);
            self.input.advance(used);
            let hears = want != Want::End && self.connection.hears_peer();
            if used > 0 && (self.input.is_empty() || !hears) {
                // An idle connection keeps no buffer.
                SPARE.set(mem::take(&mut self.input));
            }
            if !hears {
                break (want, !self.lingers(cx));
            }
            if !matches!(want, Want::Input | Want::Ahead(_)) {
                break (want, false);
            }
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    // Unmasking changes the bytes, and the memory of a chunk may be shared.
                    self.input = SPARE.take();
                    self.input.clear();
                    self.input.extend_from_slice(&chunk);
                }
                Poll::Ready(_) => self.connection.lose(),
                Poll::Pending => break (want, false),
            }
        };
        if want == Want::Turn {
            cx.waker().wake_by_ref();
        }
        let is_over = want == Want::End;
        Advance { is_over, is_deaf }
    }

    /// Reads and drops the bytes of a peer that has broken the rules. `false` when the peer has
    /// ended, or has sent nothing for a while.
    fn lingers(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.connection.expects_more() {
            return false;
        }
        let end = || clock::deadline(QUIET);
        let quiet = self
            .lingering
            .get_or_insert_with(|| Box::pin(sleep_until(end())));
        for _ in 0..CHUNKS {
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(_))) => quiet.as_mut().reset(end()),
                Poll::Ready(_) => return false,
                Poll::Pending => return quiet.as_mut().poll(cx).is_pending(),
            }
        }
        // The peer may send as fast as this reads. The other connections have their turn
        // nevertheless.
        cx.waker().wake_by_ref();
        true
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
        if link.stage.get() == Stage::Vetoed {
            return Poll::Ready(None);
        }
        link.body.remember(cx);
        if link.stage.get() == Stage::Waiting {
            link.stage.set(Stage::Established);
            link.core.wake();
        }
        let mut outbox = link.core.writing();
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
        let dropped = match self.link.stage.get() {
            Stage::Waiting | Stage::Vetoed => Stage::Vetoed,
            _ => Stage::Dropped,
        };
        self.link.stage.set(dropped);
        self.link.core.wake();
    }
}

//! The driver for any `actix_web::HttpServer`: the input of a connection is the request's payload,
//! and its output the body of the 101 response.
//!
//! Input does not live in the body's `poll_next`, because actix stops polling a body whose peer
//! does not read, and messages, Close frames and timeouts would starve with it.
//!
//! What actix does is out of its hands: it keeps 8 KiB of read and write buffer for each connection;
//! it does not tell bodies of a graceful stop, so there are [`serve`](crate::serve()) and
//! [`Server::shutdown`](crate::Server::shutdown); it does not tell when it has written what it took;
//! it writes the line of its access log when the connection ends. Once a peer stops reading, actix
//! keeps the TCP connection until the kernel gives it up. By then `close` has run and the engine has
//! freed its own memory.

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

/// How much the body gives actix at once. More would disappear in actix's own buffer, where it
/// counts for no limit.
const CHUNK: usize = 16 << 10;

/// A peer that has broken the rules and has then sent nothing for so long has stopped sending.
const QUIET: Duration = Duration::from_millis(250);

/// How many chunks of its are read before the others of the worker have their turn.
const CHUNKS: usize = 16;

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
    /// It has ended before the head of the response was written: a middleware has given another
    /// answer, say. There never was a connection.
    Vetoed,
}

/// A connection at work.
struct Work {
    connection: Connection,
    payload: Payload,
    /// What arrived and is not yet handled.
    input: BytesMut,
    /// Set while the peer may still be sending what matters no more. If the stream were closed on
    /// that, the kernel would reset it, and the peer might lose our Close frame. There is no way to
    /// end only our half.
    lingering: Option<Pin<Box<Sleep>>>,
}

/// How far a connection has come.
struct Advance {
    /// No handler will be called any more.
    is_over: bool,
    /// Nothing more is read.
    is_deaf: bool,
}

impl Driven for Link {
    fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn waker(&self) -> &Waker {
        &self.waker
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
                // It ends while the peer has yet to read what comes before the 101.
                self.stage.set(Stage::Vetoed);
                return Visit::Over;
            }
            Stage::Vetoed => return Visit::Over,
            Stage::Dropped => work.connection.lose(),
            Stage::Established | Stage::Finished => {}
        }
        loop {
            // The outbox is held meanwhile: what handlers send is written when they are done.
            let Advance { is_over, is_deaf } = work.advance(now, &self.core, cx);
            if is_deaf && self.stage.get() == Stage::Established {
                // Also while a handler still runs.
                self.stage.set(Stage::Finished);
            }
            let mut outbox = self.core.writing();
            // While a handler is waited for, nothing can be attended to.
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
        // Only actix writes, when its task has its turn.
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
    /// Handles what arrives until the connection wants something else, or nothing arrives.
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
                    // Unmasking changes the bytes, and those of a chunk may be shared.
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

    /// Reads and forgets what a peer sends that has broken the rules. `false` once it has ended, or
    /// has sent nothing for a while.
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
        // It may well send as fast as it is read, and the others have their turn all the same.
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

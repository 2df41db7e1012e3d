//! The driver for any `actix_web::HttpServer`: the connection is a local task, its input the
//! request's payload, and its output the body of the 101 response.
//!
//! Input does not live in the body's `poll_next`, because actix stops polling a body whose peer
//! does not read, and messages, Close frames and timeouts would starve with it.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
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
    core::Core,
    hub::Driven,
};

/// How much the body gives actix at once. More would disappear in actix's own buffer, where it
/// counts for no limit.
const CHUNK: usize = 16 << 10;

/// Starts a connection, and returns the body of its 101 response.
pub(crate) fn start(connection: Connection, payload: Payload) -> OutboxBody {
    let link = Rc::new(Link {
        core: connection.core().clone(),
        connection: RefCell::new(None),
        task: Sleeper::default(),
        body: Sleeper::default(),
        stage: Cell::new(Stage::Waiting),
    });
    connection.registration().drive(link.clone());
    link.connection.replace(Some(connection));
    actix_rt::spawn(Task {
        link: link.clone(),
        payload,
        input: BytesMut::new(),
    });
    OutboxBody { link }
}

/// What the task, the body and the pump share.
struct Link {
    core: Arc<Core>,
    /// `None` once it is over.
    connection: RefCell<Option<Connection>>,
    task: Sleeper,
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

impl Link {
    fn take_connection(&self) -> Option<Connection> {
        self.connection.borrow_mut().take()
    }
}

impl Driven for Link {
    fn visit(&self) {
        let todo = self.core.outbox().unschedule();
        if todo.write {
            self.body.wake();
        }
        if todo.attend {
            self.task.wake();
        }
    }

    fn tick(&self, now: Instant) {
        if let Ok(mut connection) = self.connection.try_borrow_mut()
            && let Some(connection) = &mut *connection
        {
            // Once it is over there is no telling actix to wait no longer.
            connection.tick(now);
        }
    }
}

/// The connection at work.
struct Task {
    link: Rc<Link>,
    payload: Payload,
    /// What arrived and is not yet handled.
    input: BytesMut,
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.link.task.remember(cx);
        match this.link.stage.get() {
            Stage::Waiting => return Poll::Pending,
            Stage::Dropped => this.link.core.outbox().terminate(CloseReason::lost()),
            Stage::Established | Stage::Finished => {}
        }
        // What handlers send is written when they are done.
        this.link.core.outbox().hold();
        let want = this.advance(cx);
        this.link.visit();
        if want != Want::End {
            return Poll::Pending;
        }
        if this.link.stage.get() == Stage::Established {
            this.link.stage.set(Stage::Finished);
        }
        drop(this.link.take_connection());
        this.link.body.wake();
        Poll::Ready(())
    }
}

impl Task {
    /// Handles what arrives until the connection wants something else, or nothing arrives.
    fn advance(&mut self, cx: &mut Context<'_>) -> Want {
        let mut connection = self.link.connection.borrow_mut();
        let Some(connection) = &mut *connection else {
            return Want::End;
        };
        loop {
            let Progress { used, want } = connection.poll(cx, &mut self.input);
            self.input.advance(used);
            if self.input.is_empty() {
                // An idle connection keeps no buffer.
                self.input = BytesMut::new();
            }
            if want != Want::Input {
                return want;
            }
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => self.input = chunk.into(),
                Poll::Ready(Some(Err(_)) | None) => connection.lose(),
                Poll::Pending => return Want::Input,
            }
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        drop(self.link.take_connection());
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
            link.task.wake();
        }
        let mut outbox = link.core.outbox();
        if let Some(chunk) = outbox.take(CHUNK) {
            return Poll::Ready(Some(Ok(chunk)));
        }
        let attend = outbox.calls_for_attention();
        drop(outbox);
        if attend {
            link.task.wake();
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
        self.link.task.wake();
    }
}

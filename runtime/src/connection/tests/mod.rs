mod log_lines;
mod time;

use std::{cell::RefCell, rc::Rc, task::Waker};

use tracing::Level;

use super::*;
use crate::{
    config::Config,
    dispatch::{Call, Topic},
    error::{Failed, HandlerError, HandlerKind},
    hub,
    log::captured::Captured,
    message::{Incoming, Message},
    protocol::append_frame,
    worker::{Identity, LocalWorker, SocketId},
};

/// Handlers that do nothing.
struct Idle;

impl Dispatch for Idle {
    fn message(&self, message: Incoming<'_>) -> Call {
        assert_eq!(message.as_bytes(), b"hello");
        Call::Done(Ok(()))
    }
}

/// Handlers that record their calls. `dropped` never finishes.
#[derive(Clone, Default)]
struct Recorder(Rc<RefCell<Vec<String>>>);

impl Recorder {
    fn note(&self, entry: impl Into<String>) -> Call {
        self.0.borrow_mut().push(entry.into());
        Call::Done(Ok(()))
    }
}

impl Dispatch for Recorder {
    fn open(&self) -> Call {
        self.note("open")
    }
    fn message(&self, _: Incoming<'_>) -> Call {
        self.note("message")
    }
    fn close(&self, reason: CloseReason) -> Call {
        self.note(format!("close {:?}", reason.by))
    }
    fn drain(&self) -> Call {
        self.note("drain")
    }
    fn dropped(&self, message: Message) -> Call {
        self.note(format!("dropped {}", message.as_bytes().len()));
        Call::Running(HandlerKind::Dropped, Box::pin(std::future::pending()))
    }
    fn subscription(&self, topic: Topic, subscribers: usize) -> Call {
        self.note(format!("{topic} {subscribers}"))
    }
    fn ping(&self, _: &[u8]) -> Call {
        self.note("ping")
    }
    fn pong(&self, _: &[u8]) -> Call {
        self.note("pong")
    }
}

fn connection(handlers: impl Dispatch + 'static) -> Connection {
    let config = Config {
        tells_dropped: true,
        tells_subscription: true,
        ..Config::DEFAULT.backpressure_limit(1000)
    };
    connection_with(config, handlers)
}

fn connection_with(config: Config, handlers: impl Dispatch + 'static) -> Connection {
    let identity = Identity {
        id: SocketId::random(None).unwrap(),
        number: crate::worker::Number::next(),
        owner: 0,
        config: Arc::new(config),
        peer_addr: None,
        protocol: None,
        compression: None,
    };
    let space = hub::open();
    Connection::new(
        LocalWorker::of(&space).register(identity),
        Box::new(handlers),
    )
}

/// One turn of a connection.
fn poll(connection: &mut Connection, cx: &mut Context<'_>, input: &mut [u8]) -> Progress {
    let core = connection.core().clone();
    connection.poll(cx, &mut Turn::new(Instant::now(), &core.worker), input)
}

/// Messages of a client whose mask is all zeros.
fn messages(count: usize) -> Vec<u8> {
    let mut frame = Vec::new();
    append_frame(&mut frame, crate::protocol::Opcode::Text, false, b"hello");
    frame[1] |= 0x80;
    frame.splice(2..2, [0; 4]);
    frame.repeat(count)
}

#[actix_web::test]
async fn a_sync_handler_costs_no_allocation() {
    let mut connection = connection(Idle);
    let cx = &mut Context::from_waker(Waker::noop());
    let mut input = messages(1);
    assert_eq!(poll(&mut connection, cx, &mut input).used, input.len());
    let mut input = messages(1000);
    let allocated = allocation_counter::measure(|| {
        let progress = poll(&mut connection, cx, &mut input);
        assert_eq!((progress.used, progress.want), (input.len(), Want::Input));
    });
    assert_eq!(allocated.count_total, 0);
}

#[actix_web::test]
async fn what_there_is_to_tell_is_told_even_if_the_connection_is_dropped() {
    let recorder = Recorder::default();
    let mut connection = connection(recorder.clone());
    let core = connection.core().clone();
    let cx = &mut Context::from_waker(Waker::noop());
    assert_eq!(poll(&mut connection, cx, &mut []).want, Want::Input);
    for len in [990, 20] {
        core.send(vec![0; len]);
    }
    core.worker.subscribe(&core, "a");
    core.send(vec![0; 30]);
    assert_eq!(
        poll(&mut connection, cx, &mut []).want,
        Want::Ahead(16 << 10)
    );
    core.send(vec![0; 40]);
    drop(connection);
    let expected = [
        "open",
        "dropped 20",
        "a 1",
        "dropped 30",
        "dropped 40",
        "a 0",
        "close Shutdown",
    ];
    assert_eq!(*recorder.0.borrow(), expected);
}

#[actix_web::test]
async fn a_connection_that_was_never_open_tells_nothing() {
    let recorder = Recorder::default();
    let connection = connection(recorder.clone());
    let core = connection.core().clone();
    core.send(vec![0; 990]);
    core.send(vec![0; 20]);
    core.worker.subscribe(&core, "a");
    drop(connection);
    assert!(recorder.0.borrow().is_empty());
}

#[actix_web::test]
async fn a_warning_says_once_how_much_was_not_told() {
    let warnings = Captured::from(Level::WARN);
    let mut connection = connection(Idle);
    let core = connection.core().clone();
    let cx = &mut Context::from_waker(Waker::noop());
    poll(&mut connection, cx, &mut []);
    for len in [990, 600, 41, 41, 40] {
        core.send(vec![0; len]);
    }
    assert!(warnings.take().is_empty());
    poll(&mut connection, cx, &mut []);
    let expected = format!(
        "WARN more was dropped, joined or left than the handlers could be told; socket={} dropped=2 \
         changes=0",
        core.number
    );
    assert_eq!(warnings.take(), [expected]);
    core.send(vec![0; 60]);
    poll(&mut connection, cx, &mut []);
    assert!(warnings.take().is_empty());
}

/// An error that panics when it is displayed and when it is dropped.
#[derive(Debug)]
struct Nasty;

impl std::fmt::Display for Nasty {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::panic::resume_unwind(Box::new("shown"));
    }
}

impl std::error::Error for Nasty {}

impl Drop for Nasty {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("dropped"));
    }
}

/// Handlers that return such an error.
struct Failing;

impl Dispatch for Failing {
    fn message(&self, _: Incoming<'_>) -> Call {
        let failed = Failed::Returned(Box::new(Nasty));
        Call::Done(Err(HandlerError::new(HandlerKind::Message, failed)))
    }
}

#[actix_web::test]
async fn an_error_that_panics_when_it_is_logged_or_dropped_closes_as_others_do() {
    let lines = Captured::from(Level::ERROR);
    let mut connection = connection(Failing);
    let core = connection.core().clone();
    let cx = &mut Context::from_waker(Waker::noop());
    let progress = poll(&mut connection, cx, &mut messages(1));
    assert_eq!(progress.want, Want::Input);
    assert_eq!(core.state(), ReadyState::Closing);
    let ending = core.outbox().ending().cloned().unwrap();
    assert_eq!(
        (ending.code, ending.by),
        (CloseCode::Internal, ClosedBy::Handler)
    );
    let lines = lines.take().join("\n");
    for panic in ["shown", "dropped"] {
        assert_eq!(
            lines.matches(&format!("panic={panic:?}")).count(),
            1,
            "{lines}"
        );
    }
}

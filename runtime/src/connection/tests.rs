use std::task::Waker;

use super::*;
use crate::{
    config::Config,
    core::{Identity, SocketId},
    hub::{Hub, LocalWorker},
    protocol::append_frame,
};

/// Handlers that do nothing, at once.
struct Idle;

impl Dispatch for Idle {
    fn open(&self) -> Call {
        Call::Done(Ok(()))
    }
    fn message(&self, message: Incoming<'_>) -> Call {
        assert_eq!(message.as_bytes(), b"hello");
        Call::Done(Ok(()))
    }
    fn close(&self, _: CloseReason) -> Call {
        Call::Done(Ok(()))
    }
    fn drain(&self) -> Call {
        Call::Done(Ok(()))
    }
    fn ping(&self, _: &[u8]) -> Call {
        Call::Done(Ok(()))
    }
    fn pong(&self, _: &[u8]) -> Call {
        Call::Done(Ok(()))
    }
    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        Err(error)
    }
}

fn connection(handlers: impl Dispatch + 'static) -> Connection {
    let identity = Identity {
        id: SocketId::random().unwrap(),
        owner: 0,
        config: Arc::new(Config::DEFAULT),
        peer_addr: None,
        protocol: None,
    };
    let hub = Hub::new();
    Connection::new(LocalWorker::of(&hub).register(identity), Box::new(handlers))
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
    assert_eq!(connection.poll(cx, &mut input).used, input.len());
    let mut input = messages(1000);
    let allocated = allocation_counter::measure(|| {
        let progress = connection.poll(cx, &mut input);
        assert_eq!((progress.used, progress.want), (input.len(), Want::Input));
    });
    assert_eq!(allocated.count_total, 0);
}

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::cluster::{
    broker::{BrokerError, Kind, Reads},
    nats::protocol::{Event, Parser},
    transport::{broken, make_room},
};

/// The room for what is read at a time, in bytes.
const ROOM: usize = 64 << 10;

/// A stream of events.
#[derive(Debug)]
pub(super) struct Source<S> {
    stream: S,
    parser: Parser,
    buffer: BytesMut,
    reads: Reads,
}

impl<S: AsyncRead + Unpin> Source<S> {
    /// `buffer` has what has been read of the stream.
    pub(super) fn new(stream: S, buffer: BytesMut) -> Self {
        Self {
            stream,
            parser: Parser::new(),
            buffer,
            reads: Reads::default(),
        }
    }

    /// The next event. `None` at the end of the stream. The future may be dropped without a loss.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, BrokerError> {
        loop {
            let event = self.parser.next(&mut self.buffer);
            if let Some(event) =
                event.map_err(|e| BrokerError::new(Kind::Protocol, e.to_string()))?
            {
                return Ok(Some(event));
            }
            if self.fill().await.map_err(broken)? == 0 {
                return Ok(None);
            }
        }
    }

    /// Like [`Self::next`], where the stream must not end.
    pub(super) async fn expect(&mut self) -> Result<Event, BrokerError> {
        self.next().await?.ok_or_else(ended)
    }

    /// Reads once. Zero at the end of the stream.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        make_room(&mut self.buffer, ROOM);
        let read = self.stream.read_buf(&mut self.buffer).await;
        self.reads.add();
        read
    }

    pub(super) fn reads(&self) -> Reads {
        self.reads.clone()
    }

    /// What has been read, and no event has taken.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer
    }

    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    pub(super) fn into_parts(self) -> (S, BytesMut) {
        (self.stream, self.buffer)
    }
}

/// The server has closed the connection, and has not said why.
pub(super) fn ended() -> BrokerError {
    BrokerError::new(Kind::Broken, "the server has closed the connection")
}

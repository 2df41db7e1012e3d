//! A connection on which each command is answered in turn.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::reply::{self, Malformed, Reply};
use crate::cluster::{
    broker::{BrokerError, Kind},
    transport::{self, Stream},
};

/// The room for what is read at a time, in bytes.
const ROOM: usize = 64 << 10;

pub(super) struct Wire {
    pub(super) stream: Stream,
    pub(super) input: BytesMut,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
        }
    }

    /// Writes commands, and gives each of their `count` replies to `each`, in order. It reads while it
    /// writes: a server that cannot write its replies stops reading, and both would wait.
    ///
    /// If the server ends the connection, what it has said before is read, too: the reason.
    pub(super) async fn exchange(
        &mut self,
        commands: &[u8],
        count: usize,
        mut each: impl FnMut(usize, Reply),
    ) -> Result<(), BrokerError> {
        let (mut unwritten, mut seen) = (commands, 0);
        let mut failed = None;
        poll_fn(|cx| {
            let written = match self.poll_write(cx, &mut unwritten) {
                Poll::Ready(Err(error)) => {
                    // Nothing more can be written, so only reading is left.
                    unwritten = &[];
                    failed = Some(error);
                    false
                }
                Poll::Ready(Ok(())) => failed.is_none(),
                Poll::Pending => false,
            };
            loop {
                while let Some(reply) = take(&mut self.input)? {
                    if seen == count {
                        return Poll::Ready(Err(unasked(&reply)));
                    }
                    each(seen, reply);
                    seen += 1;
                }
                if seen == count && written {
                    return Poll::Ready(Ok(()));
                }
                match ready!(poll_fill(&mut self.stream, &mut self.input, cx)) {
                    Ok(true) => {}
                    Ok(false) => {
                        return Poll::Ready(Err(failed
                            .take()
                            .map_or_else(ended, transport::broken)));
                    }
                    Err(error) => return Poll::Ready(Err(transport::broken(error))),
                }
            }
        })
        .await
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, unwritten: &mut &[u8]) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        while !unwritten.is_empty() {
            let written = ready!(stream.as_mut().poll_write(cx, unwritten))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *unwritten = &unwritten[written..];
        }
        // TLS keeps a part for itself until it is told.
        stream.poll_flush(cx)
    }
}

/// Reads what there is. `false` at the end.
pub(super) fn poll_fill(
    stream: &mut (impl AsyncRead + Unpin),
    input: &mut BytesMut,
    cx: &mut Context<'_>,
) -> Poll<io::Result<bool>> {
    transport::make_room(input, ROOM);
    let read = ready!(pin!(stream.read_buf(input)).poll(cx))?;
    Poll::Ready(Ok(read > 0))
}

/// Takes the next reply.
pub(super) fn take(input: &mut BytesMut) -> Result<Option<Reply>, BrokerError> {
    reply::take(input).map_err(|Malformed| BrokerError::new(Kind::Protocol, stranger(input)))
}

/// The server has ended the connection.
pub(super) fn ended() -> BrokerError {
    BrokerError::new(Kind::Broken, "the server closed the connection")
}

/// A reply without a command. An error may come so: before it closes a connection, a server says why.
pub(super) fn unasked(reply: &Reply) -> BrokerError {
    match reply {
        Reply::Error(text) => super::refusal::explain(text, super::refusal::Asked::Greeting),
        _ => BrokerError::new(Kind::Protocol, "a reply came without a command"),
    }
}

/// What does not speak as Redis does, by its first bytes.
fn stranger(input: &[u8]) -> &'static str {
    match input {
        [b'H', b'T', b'T', b'P', ..] => "the port belongs to an HTTP server and not to Redis",
        [b'I', b'N', b'F', b'O', ..] => "the port belongs to NATS and not to Redis",
        [0x15, 0x03, ..] => "the server speaks TLS on this port: write `rediss://`",
        _ => "what arrives is no reply of Redis: another server has this port",
    }
}

//! The messages and frames that a client sends, and how it ends the connection.

use std::panic::Location;

use super::Client;
use crate::{
    close::CloseCode,
    message::{IntoMessage, Outgoing},
    protocol::Kind,
    test::{
        frame::{self, Frame},
        inbound::Frames,
    },
};

impl<M> Client<M> {
    /// Sends a message. When the future completes, the server has handled the message, and nothing
    /// more happens by itself. A handler that waits for a timer has not completed.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.send("hello").await;
    /// client.send(vec![1, 2, 3]).await;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection is over, or if the value cannot be turned into a message.
    #[track_caller]
    pub fn send(&mut self, message: impl IntoMessage) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            self.assert_open(at);
            let encode = |outgoing: Outgoing<'_>| self.with_frames(|it| encode(it, &outgoing));
            match message.lend(encode) {
                Ok(bytes) => self.write(&bytes).await,
                Err(error) => self.fail(at, &format!("cannot send the value: {error}")),
            }
        }
    }

    /// Sends a frame, valid or not.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # use levante::{CloseCode, test::Frame};
    /// # async fn test(mut client: Client) {
    /// // A frame without a mask breaks the protocol.
    /// client.send_frame(Frame::text("hello").masked(false)).await;
    /// assert_eq!(client.closed().await.code, CloseCode::Protocol);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection is over.
    #[track_caller]
    pub fn send_frame(&mut self, frame: Frame) -> impl Future<Output = ()> {
        self.send_at(frame.bytes(), Location::caller())
    }

    /// Sends bytes, such as the [bytes](Frame::bytes) of several frames, or of a part of a frame.
    /// The server reads them at once.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # use levante::test::Frame;
    /// # async fn test(mut client: Client) {
    /// let frame = Frame::text("hello").bytes();
    /// let (head, rest) = frame.split_at(3);
    /// client.send_bytes(head).await;
    /// client.assert_silent().await;
    /// client.send_bytes(rest).await;
    /// assert_eq!(client.text().await, "hello");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection is over.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: impl AsRef<[u8]>) -> impl Future<Output = ()> {
        self.send_at(bytes.as_ref().to_vec(), Location::caller())
    }

    /// Sends a Close frame with code 1000. Does nothing if the connection is over.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.close().await;
    /// assert_eq!(client.closed().await.code, levante::CloseCode::Normal);
    /// # }
    /// # let _ = test;
    /// ```
    pub async fn close(&mut self) {
        self.close_with(CloseCode::Normal, "").await;
    }

    /// Sends a Close frame with a code and a reason. Does nothing if the connection is over.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.close_with(4000, "enough").await;
    /// client.closed().await;
    /// # }
    /// # let _ = test;
    /// ```
    pub async fn close_with(&mut self, code: impl Into<CloseCode>, reason: impl AsRef<str>) {
        let bytes = Frame::close(code, reason.as_ref()).bytes();
        self.write(&bytes).await;
    }

    /// Resets the connection, as the operating system does when a process dies. Bytes on their way
    /// in either direction are lost. There is no Close frame.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.vanish().await;
    /// assert_eq!(levante::Server::global().connections(), 0);
    /// # }
    /// # let _ = test;
    /// ```
    pub async fn vanish(&mut self) {
        self.link.change(|state| state.reset());
        self.run.rest().await;
    }

    /// Ends the client's half of the connection without a Close frame, as a TCP FIN does. The
    /// client still reads.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.half_close().await;
    /// client.closed().await;
    /// # }
    /// # let _ = test;
    /// ```
    pub async fn half_close(&mut self) {
        self.link.change(|state| state.end_half());
        self.run.rest().await;
    }

    async fn send_at(&mut self, bytes: Vec<u8>, at: &'static Location<'static>) {
        self.assert_open(at);
        self.write(&bytes).await;
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        // The server's Close frame is then the answer to this one. The client must not answer it.
        if bytes
            .first()
            .is_some_and(|first| first & 0x0f == frame::CLOSE)
        {
            self.with_frames(|frames| frames.closing = true);
        }
        self.link.change(|state| state.send(bytes));
        self.run.rest().await;
    }

    pub(super) fn assert_open(&self, at: &'static Location<'static>) {
        if self.link.state().is_over() {
            self.fail(at, "cannot send: the connection is over");
        }
    }
}

/// Encodes a message as one frame.
fn encode(frames: &mut Frames, outgoing: &Outgoing<'_>) -> Vec<u8> {
    let payload = outgoing.payload.as_bytes();
    let frame = |payload: &[u8]| match outgoing.kind {
        Kind::Text => Frame::text(payload),
        Kind::Binary => Frame::binary(payload),
    };
    let frame = match &mut frames.deflation {
        Some(deflation) if outgoing.compress => frame(&deflation.deflate(payload)).rsv(4),
        _ => frame(payload),
    };
    frame.bytes()
}

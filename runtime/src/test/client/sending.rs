//! What a client does.

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

impl Client {
    /// Sends a message. When it is done the server has handled it, as far as that happens by itself.
    ///
    /// # Panics
    ///
    /// If the connection is over, and if the value cannot be made a message.
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

    /// Sends a frame, right or wrong.
    ///
    /// # Panics
    ///
    /// If the connection is over.
    #[track_caller]
    pub fn send_frame(&mut self, frame: Frame) -> impl Future<Output = ()> {
        self.send_at(frame.bytes(), Location::caller())
    }

    /// Sends bytes, such as those of several [frames](Frame::bytes), or of a part of one. The server
    /// reads them at once.
    ///
    /// # Panics
    ///
    /// If the connection is over.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: impl AsRef<[u8]>) -> impl Future<Output = ()> {
        self.send_at(bytes.as_ref().to_vec(), Location::caller())
    }

    /// Closes the connection with code 1000. If it is over already nothing happens.
    pub async fn close(&mut self) {
        self.close_with(CloseCode::Normal, "").await;
    }

    /// Closes the connection with a code and a reason. If it is over already nothing happens.
    pub async fn close_with(&mut self, code: impl Into<CloseCode>, reason: impl AsRef<str>) {
        let bytes = Frame::close(code, reason.as_ref()).bytes();
        self.write(&bytes).await;
    }

    /// Resets the connection, as the operating system does for a process that has died: what is on
    /// its way in either direction is lost, and there is no Close frame.
    pub async fn vanish(&mut self) {
        self.link.change(|state| state.reset());
        self.run.rest().await;
    }

    /// Ends the half of the connection in which the client sends, without a Close frame. It still reads.
    pub async fn half_close(&mut self) {
        self.link.change(|state| state.end_half());
        self.run.rest().await;
    }

    async fn send_at(&mut self, bytes: Vec<u8>, at: &'static Location<'static>) {
        self.assert_open(at);
        self.write(&bytes).await;
    }

    async fn write(&mut self, bytes: &[u8]) {
        // Then the server's Close frame is an answer, and is not answered.
        if bytes
            .first()
            .is_some_and(|first| first & 0x0f == frame::CLOSE)
        {
            self.with_frames(|frames| frames.closing = true);
        }
        self.link.change(|state| state.send(bytes));
        self.run.rest().await;
    }

    fn assert_open(&self, at: &'static Location<'static>) {
        if self.link.state().is_over() {
            self.fail(at, "cannot send: the connection is over");
        }
    }
}

/// A message as it travels, in one frame.
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

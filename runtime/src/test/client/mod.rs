//! The client's end of a WebSocket.

mod receiving;
mod sending;

use std::{collections::VecDeque, fmt, net::SocketAddr, rc::Rc, sync::Arc};

use super::{
    inbound::{End, Frames},
    response::Response,
    run::TestRun,
    stream::Link,
};
use crate::{
    listed::Listed,
    message::Message,
    worker::{Core, LocalWorker},
};

/// A client of the application under test: made by [`TestApp::connect`](super::TestApp::connect).
///
/// It behaves as a browser does: it reads at once what comes, answers pings and Close frames by
/// itself, and keeps the messages until the test asks for them. Pings and pongs are apart from the
/// messages. Dropping it is [`vanish`](Self::vanish).
///
/// Each method that is `async` first waits until nothing more happens by itself. So when
/// [`send`](Self::send) is done the message has been handled, and when [`closed`](Self::closed) is, the
/// `close` handler has been called.
pub struct Client {
    run: Rc<TestRun>,
    /// What it is called in messages.
    name: String,
    link: Link,
    peer: SocketAddr,
    response: Response,
    /// The message that was given out last.
    last: Option<Message>,
    /// Those before it, the latest first.
    past: VecDeque<Message>,
    /// How the connection has ended, if that was given out.
    end: Option<End>,
}

impl Client {
    pub(super) fn new(
        run: Rc<TestRun>,
        name: String,
        link: Link,
        peer: SocketAddr,
        response: Response,
    ) -> Self {
        Self {
            run,
            name,
            link,
            peer,
            response,
            last: None,
            past: VecDeque::new(),
            end: None,
        }
    }

    /// The 101, with its headers.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The subprotocol that was agreed on.
    pub fn protocol(&self) -> Option<&str> {
        self.response.header("Sec-WebSocket-Protocol")
    }

    /// The extensions that were agreed on.
    pub fn extensions(&self) -> Option<&str> {
        self.response.header("Sec-WebSocket-Extensions")
    }

    /// The address that it comes from: [`Socket::peer_addr`](crate::Socket::peer_addr) at the other
    /// end.
    pub fn addr(&self) -> SocketAddr {
        self.peer
    }

    /// The server's end of this connection: `client.socket::<chat::Ws>()`, with its data, its queue
    /// and its topics.
    ///
    /// As with [`Server::sockets`](crate::Server::sockets) its data have to be `Send + Sync`.
    ///
    /// # Panics
    ///
    /// If there is no open socket of this type at the other end.
    #[track_caller]
    pub fn socket<S: Listed>(&self) -> S {
        let shared = self
            .core()
            .and_then(|core| core.worker.find(core.id, S::is_shared));
        shared.and_then(S::from_shared).unwrap_or_else(|| {
            panic!(
                "{} has no open `{}` at the other end",
                self.name,
                std::any::type_name::<S>()
            )
        })
    }

    /// Stops reading: nothing that the server writes from now on is taken, so that all of it waits in
    /// the queue of the socket, and `buffered_amount` is exact. Pings are not answered meanwhile, and
    /// an end is not seen.
    ///
    /// The server has noticed, as if a write had just found the buffers of the operating system full:
    /// what it sends next is [`Backpressure`](crate::SendStatus::Backpressure), and of what it
    /// publishes as [`Policy::Latest`](crate::Policy::Latest) only the latest waits.
    pub fn stop_reading(&mut self) {
        let core = self.core();
        self.link.change(|state| {
            state.room = Some(0);
            if let Some(core) = core {
                core.writing().unwritten().set_stalled(true);
                state.wait_for_room(&core.into());
            }
        });
    }

    /// Reads on after [`Self::stop_reading`].
    pub fn read_on(&mut self) {
        self.link.change(|state| state.room = None);
    }

    /// Reads at most so many bytes and then stops, as [`Self::stop_reading`] does. Returns how many
    /// there were. A frame has a header of 2, 4 or 10 bytes.
    pub async fn read_bytes(&mut self, count: usize) -> usize {
        self.run.rest().await;
        self.link.change(|state| state.room = Some(count));
        self.run.rest().await;
        let left = self.link.change(|state| state.room.replace(0));
        count - left.unwrap_or_default()
    }

    /// Answers neither pings nor Close frames from now on.
    pub fn stop_answering(&mut self) {
        self.set_answering(false);
    }

    /// Answers again what comes after [`Self::stop_answering`].
    pub fn answer_on(&mut self) {
        self.set_answering(true);
    }

    /// What the server's part of this thread knows of the connection.
    fn core(&self) -> Option<Arc<Core>> {
        let workers = LocalWorker::all_here();
        workers.iter().find_map(|worker| worker.core_of(self.peer))
    }

    fn set_answering(&mut self, answering: bool) {
        self.with_frames(|frames| frames.answering = answering);
    }

    /// Changes what is kept of the frames. They are there since the handshake.
    fn with_frames<R: Default>(&self, change: impl FnOnce(&mut Frames) -> R) -> R {
        let mut state = self.link.state_mut();
        state
            .inbound
            .frames
            .as_mut()
            .map(change)
            .unwrap_or_default()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.link.change(|state| {
            if !state.is_over() {
                state.reset();
            }
        });
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

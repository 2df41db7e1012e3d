//! The client's end of a WebSocket.

#[cfg(feature = "json")]
mod answer;
#[cfg(feature = "json")]
mod calling;
#[cfg(feature = "json")]
mod hearing;
mod receiving;
mod sending;

use std::{collections::VecDeque, fmt, marker::PhantomData, net::SocketAddr, rc::Rc, sync::Arc};

#[cfg(feature = "json")]
pub use self::{answer::Fault, hearing::Refusal};

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

/// A client of the application under test, created by
/// [`TestApp::connect`](super::TestApp::connect).
///
/// It behaves as a browser does. It reads at once, and answers pings and Close frames by
/// itself. It keeps messages until the test takes them. Pings and pongs have a queue of their own,
/// apart from the messages. If an open client is dropped, its connection is reset, as by
/// [`vanish`](Self::vanish).
///
/// Each `async` method waits until nothing more happens by itself. So when [`send`](Self::send)
/// completes, the server has handled the message. When [`closed`](Self::closed) completes, the
/// server has called the `close` handler.
///
/// A client of a typed module has [`call`](Self::call), [`tell`](Self::tell) and other methods that
/// speak `levante.v1+json`. `Client<chat::Ws>`, made by
/// [`TestApp::connect_to`](super::TestApp::connect_to), knows the types of the module, so it has
/// `join` and `assert_event`, too.
///
/// ```
/// # use levante::{CloseCode, test::TestApp};
/// # async fn test(app: TestApp) {
/// let mut client = app.connect("/echo").await;
/// client.send("hello").await;
/// assert_eq!(client.text().await, "hello");
/// client.close().await;
/// assert_eq!(client.closed().await.code, CloseCode::Normal);
/// # }
/// # let _ = test;
/// ```
pub struct Client<M = ()> {
    run: Rc<TestRun>,
    /// The name of the client in messages of panics.
    name: String,
    link: Link,
    peer: SocketAddr,
    response: Response,
    /// The message that the test took last.
    last: Option<Message>,
    /// The messages that the test took before `last`. The latest is the first.
    past: VecDeque<Message>,
    /// The end of the connection, after the test has taken it.
    end: Option<End>,
    /// The id of the last call.
    #[cfg(feature = "json")]
    last_id: u64,
    module: PhantomData<fn() -> M>,
}

impl<M> Client<M> {
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
            #[cfg(feature = "json")]
            last_id: calling::IDS_BEGIN,
            module: PhantomData,
        }
    }

    /// The server's response to the handshake: status 101 and its headers.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// let cookie = client.response().header("Set-Cookie");
    /// assert_eq!(cookie, Some("seen=1"));
    /// # }
    /// # let _ = test;
    /// ```
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The subprotocol that the server has chosen. `None` if it has chosen none.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// assert_eq!(client.protocol(), Some("chat.v2"));
    /// # }
    /// # let _ = test;
    /// ```
    pub fn protocol(&self) -> Option<&str> {
        self.response.header("Sec-WebSocket-Protocol")
    }

    /// The extensions that the server has accepted, as the header `Sec-WebSocket-Extensions` lists
    /// them. `None` if it has accepted none.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// assert_eq!(client.extensions(), None);
    /// # }
    /// # let _ = test;
    /// ```
    pub fn extensions(&self) -> Option<&str> {
        self.response.header("Sec-WebSocket-Extensions")
    }

    /// The address of the client. At the server's end it is
    /// [`Socket::peer_addr`](crate::Socket::peer_addr).
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// assert!(client.addr().ip().is_loopback());
    /// # }
    /// # let _ = test;
    /// ```
    pub fn addr(&self) -> SocketAddr {
        self.peer
    }

    /// Returns the server's end of this connection, with its data, its queue and its topics. An
    /// example is `client.socket::<chat::Ws>()`.
    ///
    /// The data must be `Send + Sync`, as for [`Server::sockets`](crate::Server::sockets).
    ///
    /// ```
    /// # use levante::{prelude::*, test::Client};
    /// #[websocket("/chat")]
    /// mod chat {
    ///     fn open(ws: &Ws) {
    ///         ws.subscribe("lobby");
    ///     }
    /// }
    ///
    /// # async fn test(client: Client) {
    /// let ws = client.socket::<chat::Ws>();
    /// assert!(ws.is_subscribed("lobby"));
    /// # }
    /// # fn main() { let _ = (test, chat::service()); }
    /// ```
    ///
    /// # Panics
    ///
    /// If the server's end is not an open socket of the type `S`.
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

    /// Stops reading. From now on everything that the server sends stays in the queue of the
    /// socket, so `buffered_amount` is exact. Meanwhile the client answers no pings, and does not
    /// see that the server closes the connection.
    ///
    /// The server behaves as if its last write had found the buffers of the operating system full.
    /// So its next send returns [`Backpressure`](crate::SendStatus::Backpressure), and of the
    /// messages with the same [`Policy::Latest`](crate::Policy::Latest) only the latest stays in
    /// the queue.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.stop_reading();
    /// let status = levante::Server::global().publish("lobby", "waits in the queue");
    /// assert_eq!(status, 1);
    /// client.read_on();
    /// assert_eq!(client.text().await, "waits in the queue");
    /// # }
    /// # let _ = test;
    /// ```
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

    /// Starts to read again after [`Self::stop_reading`] or [`Self::read_bytes`].
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.stop_reading();
    /// client.assert_silent().await;
    /// client.read_on();
    /// # }
    /// # let _ = test;
    /// ```
    pub fn read_on(&mut self) {
        self.link.change(|state| state.room = None);
    }

    /// Reads at most `count` bytes, then stops reading, as after [`Self::stop_reading`]. Returns
    /// the number of bytes that it has read. The header of each frame counts: 2, 4 or 10 bytes.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// // The header of a frame, and a part of its payload.
    /// assert_eq!(client.read_bytes(5).await, 5);
    /// # }
    /// # let _ = test;
    /// ```
    pub async fn read_bytes(&mut self, count: usize) -> usize {
        self.run.rest().await;
        self.link.change(|state| state.room = Some(count));
        self.run.rest().await;
        let left = self.link.change(|state| state.room.replace(0));
        count - left.unwrap_or_default()
    }

    /// Stops answering pings and Close frames.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # use std::time::Duration;
    /// # use levante::{CloseCode, test};
    /// # async fn test(mut client: Client) {
    /// client.stop_answering();
    /// test::advance(Duration::from_secs(121)).await;
    /// assert_eq!(client.closed().await.code, CloseCode::Abnormal);
    /// # }
    /// # let _ = test;
    /// ```
    pub fn stop_answering(&mut self) {
        self.set_answering(false);
    }

    /// Answers pings and Close frames again that arrive after this call. See
    /// [`Self::stop_answering`].
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut client: Client) {
    /// client.stop_answering();
    /// client.answer_on();
    /// # }
    /// # let _ = test;
    /// ```
    pub fn answer_on(&mut self) {
        self.set_answering(true);
    }

    /// Finds the server's end of the connection among the workers of this thread.
    fn core(&self) -> Option<Arc<Core>> {
        let workers = LocalWorker::all_here();
        workers.iter().find_map(|worker| worker.core_of(self.peer))
    }

    fn set_answering(&mut self, answering: bool) {
        self.with_frames(|frames| frames.answering = answering);
    }

    /// Calls `change` with the frames of the connection. They exist since the handshake.
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

impl<M> Drop for Client<M> {
    fn drop(&mut self) {
        self.link.change(|state| {
            if !state.is_over() {
                state.reset();
            }
        });
    }
}

impl<M> fmt::Debug for Client<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

//! Not public API. The interface for the micro-benches and the fuzz targets. Anything here may
//! change in any release.

mod envelope;
mod outbox;

use std::{cell::Cell, fmt, marker::PhantomData, rc::Rc, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::LocalSet,
    time::Instant,
};
use tracing::Span;

pub use self::{envelope::Envelope, outbox::Outbox};
use crate::{
    clock,
    compression::Compression,
    config::Config,
    driver::takeover,
    endpoint::connect,
    handlers::Mount,
    protocol::handshake::{HeaderLookup, negotiate},
    server::Server,
    worker::{Identity, LocalWorker, Number, SocketId},
};

/// This thread's worker of a server, for sockets of one module. It works only when the caller tells
/// it to, so that a bench measures only that: no runtime, no timer, no network.
pub struct Worker<E> {
    local: Rc<LocalWorker>,
    config: Arc<Config>,
    /// The time when the worker was made. It does not advance, so that no timeout is due.
    now: Instant,
    /// Ids are counted and not random, so that all runs are alike.
    last_id: Cell<u128>,
    /// Holds the pump, which is never polled. The pump ends the connections when it is dropped.
    _pump: LocalSet,
    module: PhantomData<E>,
}

impl<E: Mount> Worker<E> {
    /// Makes the worker of a server that has none on this thread yet.
    pub fn new(server: &Server) -> Self {
        let pump = LocalSet::new();
        let entered = pump.enter();
        let local = LocalWorker::of(server.space());
        drop(entered);
        Self {
            local,
            config: Arc::new(E::CONFIG),
            now: clock::now(),
            last_id: Cell::new(0),
            _pump: pump,
            module: PhantomData,
        }
    }

    /// Returns the worker with this setting.
    pub fn compression(mut self, compression: Compression) -> Self {
        let config = Config::clone(&self.config).compression(compression);
        self.config = Arc::new(config);
        self
    }

    /// Runs a connection on a stream with the driver of [`HttpServer`](crate::HttpServer), as if
    /// the handshake were done.
    pub fn connect<S>(&self, data: E::Data, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        self.connect_with("", data, stream);
    }

    /// [`Self::connect`], with a client that offers extensions. Returns the agreed extensions, as
    /// in the header of the response.
    pub fn connect_with<S>(&self, offer: &str, data: E::Data, stream: S) -> Option<String>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let wishes = self.config.compression.wishes();
        let agreed = wishes.and_then(|wishes| negotiate(&Offer(offer), wishes));
        self.last_id.update(|id| id + 1);
        let identity = Identity {
            // The first bytes of an id are its hash.
            id: SocketId(self.last_id.get().to_le_bytes()),
            number: Number::next(),
            owner: 0,
            config: self.config.clone(),
            peer_addr: None,
            protocol: None,
            compression: agreed,
        };
        let connection = connect::<E>(self.local.clone().register(identity), data, Span::none());
        takeover::start(connection, stream, Vec::new(), ());
        agreed.map(|agreement| agreement.to_string())
    }

    /// One round of the pump: polls every connection that has woken, then writes.
    pub fn turn(&self) {
        self.local.run(self.now);
    }
}

/// The header in which a client offers extensions.
struct Offer<'a>(&'a str);

impl HeaderLookup for Offer<'_> {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        (name == "sec-websocket-extensions")
            .then_some(self.0.as_bytes())
            .into_iter()
    }
}

impl<E> fmt::Debug for Worker<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

//! Shared parts of the peers: their start, and a room like that of tokio-tungstenite's example.

use std::{
    env,
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Runs a server on `WORKERS` threads, with a listener on `PORT`.
///
/// # Errors
///
/// An error that prevents the server from listening, or that ends it.
pub fn run<F: Future<Output = io::Result<()>>>(
    serve: impl FnOnce(TcpListener) -> F,
) -> io::Result<()> {
    let port = number("PORT", 8080)?;
    let runtime = match number("WORKERS", 1)? {
        1 => runtime::Builder::new_current_thread()
            .enable_all()
            .build()?,
        workers => runtime::Builder::new_multi_thread()
            .worker_threads(workers.into())
            .enable_all()
            .build()?,
    };
    runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        serve(TcpListener::bind(address).await?).await
    })
}

fn number(name: &str, default: u16) -> io::Result<u16> {
    match env::var(name) {
        Ok(value) => value
            .parse()
            .map_err(|_| io::Error::other(format!("{name} cannot be {value:?}"))),
        Err(_) => Ok(default),
    }
}

/// The next connection, with Nagle's algorithm off.
///
/// # Errors
///
/// The errors of `accept`.
pub async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The purpose of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `/ws`
    Echo,
    /// `/chat?name=x`
    Chat(String),
    /// `/feed`
    Feed,
    /// `/publish`
    Publish,
}

impl Purpose {
    /// The purpose that the target of a request names.
    #[must_use]
    pub fn of(path: &str, query: Option<&str>) -> Option<Self> {
        Some(match path {
            "/ws" => Self::Echo,
            "/chat" => Self::Chat(query?.strip_prefix("name=")?.to_owned()),
            "/feed" => Self::Feed,
            "/publish" => Self::Publish,
            _ => return None,
        })
    }
}

/// The receivers of messages. Each has a queue.
#[derive(Debug)]
pub struct Room<M> {
    members: Arc<Mutex<Vec<UnboundedSender<M>>>>,
}

impl<M: Clone> Room<M> {
    /// Gives a new member its queue.
    #[must_use]
    pub fn join(&self) -> UnboundedReceiver<M> {
        let (sender, receiver) = unbounded_channel();
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.push(sender);
        receiver
    }

    /// Puts a message into all queues, and removes members that have gone.
    pub fn send(&self, message: &M) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.retain(|queue| queue.send(message.clone()).is_ok());
    }
}

impl<M> Clone for Room<M> {
    fn clone(&self) -> Self {
        Self {
            members: self.members.clone(),
        }
    }
}

impl<M> Default for Room<M> {
    fn default() -> Self {
        Self {
            members: Arc::default(),
        }
    }
}

/// The rooms of `/chat` and `/feed`.
#[derive(Debug)]
pub struct Rooms<M> {
    /// The members of the chat.
    pub chat: Room<M>,
    /// The subscribers of the feed.
    pub feed: Room<M>,
}

impl<M> Clone for Rooms<M> {
    fn clone(&self) -> Self {
        Self {
            chat: self.chat.clone(),
            feed: self.feed.clone(),
        }
    }
}

impl<M> Default for Rooms<M> {
    fn default() -> Self {
        Self {
            chat: Room::default(),
            feed: Room::default(),
        }
    }
}

//! The result of a message to one socket.

/// Where a message, or the end of a socket, has gone: the result of
/// [`Server::send_to`](crate::Server::send_to) and
/// [`Server::close_socket`](crate::Server::close_socket).
///
/// Only [`Here`](Self::Here) says that there is such a socket.
///
/// ```
/// use levante::{Routed, Server, SocketId};
///
/// fn notify(server: &Server, id: SocketId, text: &str) {
///     match server.send_to(id, text) {
///         Routed::Here | Routed::Queued => {}
///         Routed::NotFound => println!("the socket has gone"),
///         routed => println!("not sent: {routed:?}"),
///     }
/// }
/// # notify(&Server::new(), "0".repeat(32).parse().unwrap(), "hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "there may be no such socket"]
#[non_exhaustive]
pub enum Routed {
    /// The socket is of this process, and its queue has accepted the message, or it has begun to
    /// close.
    Here,
    /// The id is that of another node of the cluster, and the message is queued for it. It may not
    /// arrive: the socket may have gone, its queue may be full, its node may have ended.
    Queued,
    /// The id is of this process, or there is no cluster, and no open socket has it.
    NotFound,
    /// The message is dropped: the queue of the socket, or that to the other nodes, has no room, or
    /// the message could not be encoded.
    Dropped,
}

//! The options of a publish.

use crate::{policy::Policy, worker::SocketId};

/// The options of a publish, for `publish_with` of [`Server`](crate::Server::publish_with) and
/// [`Socket`](crate::Socket::publish_with).
///
/// Options that are not set are those of `publish`. A [`Policy`] alone is also accepted in place of
/// all options.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/board")]
/// mod board {
///     use super::*;
///
///     fn open(ws: &Ws) {
///         ws.subscribe("board");
///     }
///
///     fn message(ws: &Ws, text: &str) {
///         // Only the latest position of each cursor matters.
///         if let Some(position) = text.strip_prefix("cursor ") {
///             let user = ws.id().to_string();
///             ws.publish_with("board", position, Policy::Latest(&user));
///         } else {
///             // A page that misses a stroke connects again. The author gets its own stroke, too.
///             let options = Publish::new().policy(Policy::Close).to_self(true);
///             ws.publish_with("board", text, options);
///         }
///     }
/// }
///
/// /// A route tells all but the caller, which gets the response.
/// fn renamed(server: &Server, caller: SocketId, title: &str) {
///     server.publish_with("board", title, Publish::new().except(caller));
/// }
/// # fn main() { let _ = board::service(); renamed(&Server::new(), "0".repeat(32).parse().unwrap(), ""); }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "options have no effect until they are passed to `publish_with`"]
pub struct Publish<'k> {
    pub(crate) policy: Policy<'k>,
    pub(crate) except: Option<SocketId>,
    pub(crate) to_self: Option<bool>,
    pub(crate) local: bool,
}

impl<'k> Publish<'k> {
    /// The options of `publish`: [`Policy::Drop`], and no socket is left out but the sender.
    ///
    /// ```
    /// use levante::{Publish, Server};
    ///
    /// Server::global().publish_with("news", "it rains", Publish::new());
    /// ```
    pub const fn new() -> Self {
        Self {
            policy: Policy::Drop,
            except: None,
            to_self: None,
            local: false,
        }
    }

    /// How to treat subscribers that are slower than the publisher. Default: [`Policy::Drop`].
    ///
    /// ```
    /// use levante::{Policy, Publish, Server};
    ///
    /// let options = Publish::new().policy(Policy::Latest("ACME"));
    /// Server::global().publish_with("prices", "ACME 99.5", options);
    /// ```
    pub const fn policy(self, policy: Policy<'k>) -> Self {
        Self { policy, ..self }
    }

    /// Leaves the socket with this id out, whether or not it is the sender. A route can so leave out
    /// the socket of its caller. A later call replaces the id.
    ///
    /// The socket may be of any module, on any thread, and on any node of a cluster. [`Published`](crate::Published) does not
    /// count it. If no open socket has this id, or if it does not subscribe to the topic, all
    /// subscribers get the message.
    ///
    /// ```
    /// use levante::{Publish, Server, SocketId};
    ///
    /// fn renamed(server: &Server, author: SocketId, title: &str) {
    ///     server.publish_with("document/1", title, Publish::new().except(author));
    /// }
    /// # let _ = renamed;
    /// ```
    pub const fn except(self, id: SocketId) -> Self {
        let except = Some(id);
        Self { except, ..self }
    }

    /// Whether a socket that publishes gets the message itself if it subscribes to the topic.
    /// Default: the setting [`publish_to_self`](crate::Service::publish_to_self) of its module.
    ///
    /// It has no effect on [`Server::publish_with`](crate::Server::publish_with), because a server
    /// is not a subscriber. A socket that [`Self::except`] names does not get the message in any
    /// case.
    ///
    /// ```
    /// # use levante::{Endpoint, prelude::*};
    /// # fn handler<E: Endpoint>(ws: &Socket<E>) {
    /// ws.publish_with("lobby", "hello, all of us", Publish::new().to_self(true));
    /// # }
    /// ```
    pub const fn to_self(self, to_self: bool) -> Self {
        let to_self = Some(to_self);
        Self { to_self, ..self }
    }

    /// Whether only subscribers of this node get the message: in a cluster, no other node gets it.
    /// Default: `false`. Without a cluster it changes nothing.
    ///
    /// It is for what concerns this process only, and for what each node publishes by itself.
    ///
    /// ```
    /// use levante::{Publish, Server};
    ///
    /// let options = Publish::new().local(true);
    /// Server::global().publish_with("status", "this node stops in a minute", options);
    /// ```
    pub const fn local(self, local: bool) -> Self {
        Self { local, ..self }
    }
}

impl<'k> From<Policy<'k>> for Publish<'k> {
    fn from(policy: Policy<'k>) -> Self {
        Self::new().policy(policy)
    }
}

//! Many processes over Redis or Valkey.
//!
//! This is an own client over tokio. The crate `redis` (1.3) is not fit for the subscriptions of a node:
//! - A subscription that the server refuses is a success for it.
//! - It waits for the first of the confirmations of a batch, and may take the others for answers of later
//!   commands.
//! - It puts what it receives into a queue without a bound, and its parser is private.
//! - Its TLS panics in an application that has two providers of cryptography.
//!
//! A node needs only four commands and five kinds of replies.

mod address;
mod command;
mod refusal;
mod reply;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt;

use self::{
    address::{Address, Login, Place},
    refusal::{Asked, REPLICA, SENTINEL},
    reply::Reply,
    session::{Inbound, Publisher, Subscriber},
    wire::Wire,
};
use super::{
    UrlError,
    broker::{BrokerError, Connection, Driver, Kind},
    join::Broker,
    subject::Style,
    transport::{self, Stream},
};

/// Redis, or a server with its protocol such as Valkey, as the broker of a cluster.
///
/// A node uses Pub/Sub only, over two connections. Nothing is stored, and the number of a database in
/// the URL has no effect: to share a server, give each application a prefix. The server may be alone,
/// a primary with replicas, or a node of a Redis Cluster. A replica and a Sentinel are refused.
///
/// | URL | |
/// |---|---|
/// | `redis://host:port` | the port is 6379 unless given |
/// | `redis://:password@host` | the password of `requirepass` |
/// | `redis://user:password@host` | a user of the ACL |
/// | `rediss://host` | with TLS, which needs the feature `redis-tls` |
/// | `unix:///run/redis.sock` | a Unix socket |
///
/// In a user or a password, write `%2F` for `/`, and so for `?`, `#` and `%`. The user needs these
/// rules, where `levante` is the prefix of the cluster:
///
/// ```text
/// ACL SETUSER node on >password resetchannels &levante:* -@all +publish +subscribe +unsubscribe
/// ```
///
/// A node that does not read fast enough is cut off by the server's `client-output-buffer-limit pubsub`.
/// It connects again, but what the server had in that buffer is lost.
///
/// ```
/// use levante::cluster::Redis;
///
/// # fn main() -> Result<(), levante::cluster::UrlError> {
/// let redis = Redis::new("redis://node:secret@127.0.0.1:6379")?;
/// assert_eq!(format!("{redis:?}"), "Redis(redis://127.0.0.1:6379)");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis {
    address: Address,
    #[cfg(feature = "redis-tls")]
    tls: transport::tls::Tls,
}

impl Redis {
    /// A server at this URL. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// If the URL does not parse, has another scheme, or has one whose feature is off. The text of the
    /// error has neither the user nor the password.
    ///
    /// ```
    /// use levante::cluster::Redis;
    ///
    /// let error = Redis::new("http://node:secret@127.0.0.1").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the URL of Redis: `http://` is none of `redis://`, `rediss://` or `unix://`",
    /// );
    /// ```
    pub fn new(url: impl AsRef<str>) -> Result<Self, UrlError> {
        Ok(Self {
            address: Address::parse(url.as_ref())?,
            #[cfg(feature = "redis-tls")]
            tls: transport::tls::Tls::default(),
        })
    }

    /// With `rediss://`, trusts only servers whose certificates these authorities have signed, in a
    /// PEM text. By default those of the system are trusted, or those that the environment variables
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    ///
    /// # Errors
    ///
    /// If the text has no certificate, or one that is no authority's.
    ///
    /// ```no_run
    /// use levante::cluster::Redis;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let redis = Redis::new("rediss://cache.internal")?.trust(std::fs::read("ca.pem")?)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "redis-tls")]
    pub fn trust(mut self, authorities: impl AsRef<[u8]>) -> std::io::Result<Self> {
        self.tls.trust(authorities.as_ref())?;
        Ok(self)
    }

    /// With `rediss://`, shows a certificate to a server that asks for one, as a server does unless it
    /// has `tls-auth-clients no`. Both are PEM texts; the first may be a chain.
    ///
    /// # Errors
    ///
    /// If there is no certificate or key in them, or the key does not fit.
    ///
    /// ```no_run
    /// use levante::cluster::Redis;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (chain, key) = (std::fs::read("node.pem")?, std::fs::read("node.key")?);
    /// let redis = Redis::new("rediss://cache.internal")?.identity(chain, key)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "redis-tls")]
    pub fn identity(
        mut self,
        chain: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> std::io::Result<Self> {
        self.tls.identify(chain.as_ref(), key.as_ref())?;
        Ok(self)
    }

    async fn stream(&mut self) -> Result<Stream, BrokerError> {
        let (host, tls) = match &self.address.place {
            Place::Host { host, tls } => (host, *tls),
            #[cfg(unix)]
            Place::Unix(path) => return transport::unix(path).await,
            // The URL was refused.
            #[cfg(not(unix))]
            Place::Unix(_) => {
                return Err(BrokerError::new(Kind::Unreachable, "no Unix sockets"));
            }
        };
        let stream = transport::tcp(&host.name, host.port).await?;
        #[cfg(feature = "redis-tls")]
        if tls {
            return self.tls.upgrade(stream, &host.name).await;
        }
        // Without the feature, such a URL was refused.
        let _ = tls;
        Ok(stream)
    }

    /// Connects, logs in, and asks what the server is.
    async fn open(&mut self, client: &str) -> Result<Wire, BrokerError> {
        let mut wire = Wire::new(self.stream().await?);
        let login = self.address.login.as_ref();
        let mut commands = Vec::new();
        if let Some(Login { user, password }) = login {
            let (user, password) = (user.as_bytes(), password.as_bytes());
            match user {
                // Also understood by servers that have no users.
                [] => command::push(&mut commands, &[b"AUTH", password]),
                user => command::push(&mut commands, &[b"AUTH", user, password]),
            }
        }
        // Needs no permission. It also names the client, for which another command would need one.
        let name = printable(client);
        command::push(
            &mut commands,
            &[b"HELLO", b"2", b"SETNAME", name.as_bytes()],
        );
        let (logins, mut replies) = (usize::from(login.is_some()), Vec::new());
        let done = wire.exchange(&commands, logins + 1, |_, reply| replies.push(reply));
        let done = done.await;
        for (index, reply) in replies.iter().enumerate() {
            match index < logins {
                true => logged_in(reply)?,
                false => greeted(reply)?,
            }
        }
        // After the replies: a server that refuses a client says so, and closes.
        done?;
        Ok(wire)
    }
}

/// Shows no password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis({})", self.address)
    }
}

impl Broker for Redis {}

impl Driver for Redis {
    type Publisher = Publisher;
    type Subscriber = Subscriber;
    type Inbound = Inbound;

    fn url(&self) -> String {
        self.address.to_string()
    }

    fn style(&self) -> Style {
        Style::Redis
    }

    fn echoes(&self) -> bool {
        true
    }

    async fn connect(
        &mut self,
        client: &str,
    ) -> Result<Connection<Publisher, Subscriber, Inbound>, BrokerError> {
        let publishing = self.open(client).await?;
        let (subscriber, inbound) = session::split(self.open(client).await?);
        Ok(Connection {
            publisher: Publisher::new(publishing),
            subscriber,
            inbound,
        })
    }
}

fn logged_in(reply: &Reply) -> Result<(), BrokerError> {
    match reply {
        Reply::Status(_) => Ok(()),
        Reply::Error(text) => Err(refusal::explain(text, Asked::Login)),
        _ => Err(no_redis()),
    }
}

/// Checks what a server tells about itself: pairs of names and values.
fn greeted(reply: &Reply) -> Result<(), BrokerError> {
    let pairs = match reply {
        Reply::List(Some(pairs)) => pairs,
        // Before Redis 6, and some proxies.
        Reply::Error(text) if text.starts_with(b"ERR unknown command") => return Ok(()),
        Reply::Error(text) => return Err(refusal::explain(text, Asked::Greeting)),
        _ => return Err(no_redis()),
    };
    for pair in pairs.chunks_exact(2) {
        let [Reply::Bytes(Some(name)), Reply::Bytes(Some(value))] = pair else {
            continue;
        };
        match (&name[..], &value[..]) {
            (b"role", b"replica" | b"slave") => {
                return Err(BrokerError::new(Kind::Refused, REPLICA));
            }
            (b"mode", b"sentinel") => return Err(BrokerError::new(Kind::Refused, SENTINEL)),
            _ => {}
        }
    }
    Ok(())
}

fn no_redis() -> BrokerError {
    BrokerError::new(Kind::Protocol, "the server does not greet as Redis does")
}

/// A name that Redis takes for a client: no spaces and no control characters.
fn printable(name: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() { c } else { '-' };
    name.chars().take(64).map(shown).collect()
}

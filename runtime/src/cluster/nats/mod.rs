//! NATS, by a client of our own.
//!
//! [async-nats](https://docs.rs/async-nats) is a good client for applications, but not for this engine:
//!
//! - It makes a channel for each subscription, whose first block has room for 32 messages. With
//!   async-nats 0.51, 10,000 subscriptions took 48 MB, which is 4,958 bytes each: 1 GB for 200,000
//!   topics. Here the client keeps nothing of a subscription.
//! - A channel for each subscription loses the order between subjects, and so the order in which a node
//!   has published.
//! - After a reconnect it writes what was in its buffer, and then what the engine publishes again. A
//!   receiver could not tell by the numbers of a node what it has already had.
//!
//! The protocol is lines of text, and this client needs few of them.

mod address;
mod connection;
mod driver;
mod protocol;
mod refusal;
mod servers;

#[cfg(test)]
mod tests;

use std::fmt;

use self::address::Address;
pub(crate) use self::driver::Driver;
use super::UrlError;
#[cfg(feature = "nats-tls")]
use super::transport::tls::Tls;

/// A server of [NATS](https://nats.io), or several that form a cluster of NATS.
///
/// ```
/// use levante::cluster::Nats;
///
/// # fn main() -> Result<(), levante::cluster::UrlError> {
/// let nats = Nats::new("nats://shop:secret@10.0.0.1:4222,10.0.0.2:4222")?;
/// assert_eq!(format!("{nats:?}"), "Nats(nats://10.0.0.1:4222,10.0.0.2:4222)");
/// # Ok(())
/// # }
/// ```
///
/// # The address
///
/// | part | meaning |
/// |---|---|
/// | `nats://` | TLS only if the server requires it |
/// | `tls://` | always TLS: a server without it is refused. Needs the feature `nats-tls` |
/// | `user:password@` | a login by user and password |
/// | `token@` | a login by token |
/// | `host:port` | a name, an IPv4 address, or an IPv6 address in `[` `]`. The port is 4222 by default |
/// | `,` | more hosts, at most 64. A login before one of them is for all that have none |
///
/// In a user name, a password or a token, write `%40` for `@`, `%2C` for `,`, `%2F` for `/`, `%3A` for
/// `:`, and so on. nkeys and credentials files are not supported.
///
/// The hosts are tried in turn. Servers also name the other servers of their cluster, which are tried
/// when those of the address have failed.
///
/// # What the login must be allowed
///
/// A server with permissions must allow all subjects below the prefix, which is `levante` by default.
/// This configuration of a server is enough:
///
/// ```text
#[doc = include_str!("../../../docs/nats.conf")]
/// ```
///
/// `max_payload` of the server, 1 MB by default, limits a message together with some 100 bytes that
/// levante adds. A larger one reaches only the sockets of this process, and is counted as lost.
///
/// # In a cluster of NATS
///
/// A server confirms what it has passed on to its own connections and to the other servers. If the
/// connection between two servers breaks, what was on the way is lost, and neither server says so. So it
/// is not in the counters of levante. All nodes on one server do not have this gap.
#[derive(Clone)]
pub struct Nats {
    address: Address,
    #[cfg(feature = "nats-tls")]
    tls: Tls,
}

impl Nats {
    /// The servers of an address.
    ///
    /// # Errors
    ///
    /// The address does not parse, or its scheme is not `nats` or `tls`. The text of the error has no
    /// part of the login.
    ///
    /// ```
    /// use levante::cluster::Nats;
    ///
    /// let error = Nats::new("redis://localhost").unwrap_err();
    /// let expected = "the address of NATS: `redis://` is neither `nats://` nor `tls://`";
    /// assert_eq!(error.to_string(), expected);
    /// ```
    pub fn new(url: impl AsRef<str>) -> Result<Self, UrlError> {
        Ok(Self {
            address: Address::parse(url.as_ref())?,
            #[cfg(feature = "nats-tls")]
            tls: Tls::default(),
        })
    }

    /// With TLS, trusts only servers whose certificates these authorities have signed, in a PEM text. By
    /// default those of the system are trusted, or those that the environment variables
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    ///
    /// # Errors
    ///
    /// If the text has no certificate, or one that is no authority's.
    ///
    /// ```no_run
    /// use levante::cluster::Nats;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let nats = Nats::new("tls://nats.internal")?.trust(std::fs::read("ca.pem")?)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "nats-tls")]
    pub fn trust(mut self, authorities: impl AsRef<[u8]>) -> std::io::Result<Self> {
        self.tls.trust(authorities.as_ref())?;
        Ok(self)
    }

    /// With TLS, shows a certificate to a server that asks for one, as a server with `verify` in its
    /// `tls` does. Both are PEM texts; the first may be a chain.
    ///
    /// # Errors
    ///
    /// If there is no certificate or key in them, or the key does not fit.
    ///
    /// ```no_run
    /// use levante::cluster::Nats;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (chain, key) = (std::fs::read("node.pem")?, std::fs::read("node.key")?);
    /// let nats = Nats::new("tls://nats.internal")?.identity(chain, key)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "nats-tls")]
    pub fn identity(
        mut self,
        chain: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> std::io::Result<Self> {
        self.tls.identify(chain.as_ref(), key.as_ref())?;
        Ok(self)
    }

    pub(crate) fn into_driver(self) -> Driver {
        Driver::new(self)
    }
}

/// Without passwords and tokens.
impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nats({})", self.address)
    }
}

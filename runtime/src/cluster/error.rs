//! Why a server could not join a cluster.

use std::{error, fmt};

use super::broker::{BrokerError, Kind};

/// Why a server could not join a cluster.
///
/// Its text names the broker's address without the password, and says which setting to look at.
///
/// ```
/// use levante::{
///     Server,
///     cluster::{JoinError, Memory},
/// };
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::new();
/// let broker = Memory::new();
/// server.join(broker.clone()).await?;
/// assert_eq!(server.join(broker).await.unwrap_err(), JoinError::AlreadyJoined);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinError {
    /// The broker cannot be reached.
    #[non_exhaustive]
    Unreachable {
        /// The address of the broker, without its password.
        url: Box<str>,
        /// What has happened.
        error: Box<str>,
    },
    /// The broker has refused the connection, or something that each node needs.
    #[non_exhaustive]
    Refused {
        /// The address of the broker, without its password.
        url: Box<str>,
        /// What the broker has refused, and why.
        error: Box<str>,
    },
    /// The other side does not speak the protocol of the broker.
    #[non_exhaustive]
    Protocol {
        /// The address of the broker, without its password.
        url: Box<str>,
        /// What the other side has said.
        error: Box<str>,
    },
    /// The server has had connections already: a server joins before its first socket.
    HasConnections,
    /// The server has joined a cluster already.
    AlreadyJoined,
    /// The server is shut down.
    ShutDown,
    /// A setting of [`Join`](crate::cluster::Join) is out of its range.
    #[non_exhaustive]
    Setting {
        /// What the setting must be.
        error: Box<str>,
    },
    /// The thread for the connection to the broker could not be started.
    #[non_exhaustive]
    Thread {
        /// The error of the system.
        error: Box<str>,
    },
}

impl JoinError {
    pub(super) fn of_broker(url: &str, error: &BrokerError) -> Self {
        let (url, kind) = (url.into(), error.kind());
        let error = error.to_string().into();
        match kind {
            Kind::Refused => Self::Refused { url, error },
            Kind::Protocol => Self::Protocol { url, error },
            Kind::Unreachable | Kind::Broken | Kind::TimedOut => Self::Unreachable { url, error },
        }
    }

    pub(super) fn setting(error: impl Into<Box<str>>) -> Self {
        let error = error.into();
        Self::Setting { error }
    }

    pub(super) fn thread(error: impl fmt::Display) -> Self {
        let error = error.to_string().into();
        Self::Thread { error }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { url, error } => {
                write!(f, "the broker {url} cannot be reached: {error}")
            }
            Self::Refused { url, error } => write!(f, "the broker {url} refuses: {error}"),
            Self::Protocol { url, error } => {
                write!(
                    f,
                    "{url} does not speak the protocol of the broker: {error}"
                )
            }
            Self::HasConnections => {
                f.write_str("the server has connections already; join before the first socket")
            }
            Self::AlreadyJoined => f.write_str("the server has joined a cluster already"),
            Self::ShutDown => f.write_str("the server is shut down"),
            Self::Setting { error } => f.write_str(error),
            Self::Thread { error } => {
                write!(f, "the thread of the broker could not be started: {error}")
            }
        }
    }
}

impl error::Error for JoinError {}

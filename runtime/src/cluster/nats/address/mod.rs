//! The address of one or more servers: `nats://user:password@host:4222,other:4222`.

mod login;

#[cfg(test)]
mod tests;

use std::fmt;

pub(super) use self::login::Login;
use crate::cluster::{UrlError, address::Host};

pub(super) const DEFAULT_PORT: u16 = 4222;

/// The most servers that an address, or the `INFO` of a server, may name.
pub(super) const MAX_SERVERS: usize = 64;

/// The servers of an address, in its order. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) servers: Vec<Server>,
    /// `tls://`: a server without TLS is refused.
    pub(super) tls: bool,
}

/// A server, and the login for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) host: Host,
    pub(super) login: Login,
}

impl Address {
    /// Parses an address. A host without a login gets the first one that the address has.
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        let mut servers = Vec::new();
        let mut tls = false;
        let (mut scheme, rest) = scheme(url)?;
        // `nats://a:4222,b:4222`; some write the scheme before each host.
        for (number, mut part) in rest.split(',').map(str::trim).enumerate() {
            if number > 0 && part.contains("://") {
                (scheme, part) = self::scheme(part)?;
            }
            tls |= scheme == Scheme::Tls;
            servers.push(server(part)?);
        }
        if servers.len() > MAX_SERVERS {
            return Err(error(format!("more than {MAX_SERVERS} hosts")));
        }
        let first = servers.iter().find(|it| it.login != Login::None);
        if let Some(login) = first.map(|it| it.login.clone()) {
            let without = servers.iter_mut().filter(|it| it.login == Login::None);
            without.for_each(|it| it.login = login.clone());
        }
        Ok(Self { servers, tls })
    }
}

/// Without passwords and tokens.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "tls://" } else { "nats://" })?;
        for (number, server) in self.servers.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}{}", server.host)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Nats,
    Tls,
}

/// Splits the scheme off. No error quotes what may be a password.
fn scheme(url: &str) -> Result<(Scheme, &str), UrlError> {
    let Some((scheme, rest)) = url.trim().split_once("://") else {
        return Err(error("it begins with neither `nats://` nor `tls://`"));
    };
    if scheme.eq_ignore_ascii_case("nats") {
        return Ok((Scheme::Nats, rest));
    }
    if scheme.eq_ignore_ascii_case("tls") {
        return match cfg!(feature = "nats-tls") {
            true => Ok((Scheme::Tls, rest)),
            false => Err(error("`tls://` needs the feature `nats-tls` of levante")),
        };
    }
    let is_word = scheme.len() <= 20 && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    Err(match is_word {
        true => error(format!("`{scheme}://` is neither `nats://` nor `tls://`")),
        false => error("it begins with neither `nats://` nor `tls://`"),
    })
}

/// Parses `user:password@host:port`.
fn server(part: &str) -> Result<Server, UrlError> {
    // A password may have an `@` that is not encoded.
    let (login, host) = match part.rsplit_once('@') {
        Some((login, host)) => (Login::parse(login)?, host),
        None => (Login::None, part),
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.contains(['/', '?', '#']) {
        return Err(error(
            "it has a path or options, which an address of NATS does not have; in a password write \
             `%2F` for `/`, `%3F` for `?`, `%23` for `#`",
        ));
    }
    Ok(Server {
        host: Host::parse(host, DEFAULT_PORT).map_err(error)?,
        login,
    })
}

fn error(text: impl AsRef<str>) -> UrlError {
    UrlError::new(format!("the address of NATS: {}", text.as_ref()))
}

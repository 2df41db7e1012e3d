//! The address of a server: `redis://user:password@host:6379`.

use std::{fmt, path::Path};

use crate::cluster::{
    UrlError,
    address::{Host, decoded},
};

const DEFAULT_PORT: u16 = 6379;

#[derive(Clone)]
pub(super) struct Address {
    pub(super) place: Place,
    pub(super) login: Option<Login>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Host { host: Host, tls: bool },
    Unix(Box<Path>),
}

/// A user, which is empty for the default one, and a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Box<str>,
    pub(super) password: Box<str>,
}

impl Address {
    /// Parses a URL. No error quotes what may be a part of a password.
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(no_scheme)?;
        let scheme = Scheme::parse(scheme)?;
        // A password may have an `@` that is not encoded, but none of the three that end the host.
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if rest.contains('@') && !authority.contains('@') {
            return Err(error(
                "it has an `@` after a `/`, `?` or `#`: write `%2F`, `%3F` or `%23` in a user or a \
                 password",
            ));
        }
        let (login, authority) = match authority.rsplit_once('@') {
            Some((login, authority)) => (Login::parse(login)?, authority),
            None => (None, authority),
        };
        if rest.contains(['?', '#']) {
            return Err(error(
                "it has options after a `?` or `#`, and there are none",
            ));
        }
        let place = match scheme {
            Scheme::Unix => unix(authority, rest)?,
            Scheme::Redis { tls } => {
                // The number of a database: Pub/Sub is the same in all.
                let database = rest.strip_prefix('/').unwrap_or_default();
                if !database.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(error("its path is not the number of a database"));
                }
                let host = Host::parse(authority, DEFAULT_PORT).map_err(error)?;
                Place::Host { host, tls }
            }
        };
        Ok(Self { place, login })
    }
}

/// Without the user, which some take for the place of the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Host { host, tls: false } => write!(f, "redis://{host}"),
            Place::Host { host, tls: true } => write!(f, "rediss://{host}"),
            Place::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl Login {
    fn parse(text: &str) -> Result<Option<Self>, UrlError> {
        let part = |text: &str| {
            decoded(text).ok_or_else(|| {
                error("in its user or password, a `%` is not followed by two hex digits, or they are no UTF-8")
            })
        };
        match text.split_once(':') {
            Some(("", "")) => Ok(None),
            Some((user, password)) => Ok(Some(Self {
                user: part(user)?,
                password: part(password)?,
            })),
            None if text.is_empty() => Ok(None),
            None => Err(error(
                "it has an `@`, but no `:` before it: write `redis://user:password@host`, or \
                 `redis://:password@host` without a user",
            )),
        }
    }
}

enum Scheme {
    Redis { tls: bool },
    Unix,
}

impl Scheme {
    fn parse(text: &str) -> Result<Self, UrlError> {
        match text.to_ascii_lowercase().as_str() {
            "redis" | "valkey" => Ok(Self::Redis { tls: false }),
            "rediss" | "valkeys" => match cfg!(feature = "redis-tls") {
                true => Ok(Self::Redis { tls: true }),
                false => Err(error(
                    "`rediss://` needs the feature `redis-tls` of levante",
                )),
            },
            "unix" | "redis+unix" => match cfg!(unix) {
                true => Ok(Self::Unix),
                false => Err(error("this system has no Unix sockets")),
            },
            word if word.len() <= 20 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                let known = "`redis://`, `rediss://` or `unix://`";
                Err(error(format!("`{word}://` is none of {known}")))
            }
            _ => Err(no_scheme()),
        }
    }
}

/// The path of a Unix socket.
fn unix(authority: &str, path: &str) -> Result<Place, UrlError> {
    if !authority.is_empty() {
        return Err(error(
            "`unix://` has a path and no host: write `unix:///run/redis.sock`",
        ));
    }
    let path = decoded(path).ok_or_else(|| {
        error("in its path, a `%` is not followed by two hex digits, or they are no UTF-8")
    })?;
    if path.len() < 2 || path.contains('\0') {
        return Err(error("it has no path of a Unix socket"));
    }
    Ok(Place::Unix(Path::new(&*path).into()))
}

fn no_scheme() -> UrlError {
    error("it begins with none of `redis://`, `rediss://`, `unix://`")
}

fn error(text: impl AsRef<str>) -> UrlError {
    UrlError::new(format!("the URL of Redis: {}", text.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> Result<String, String> {
        let parsed = Address::parse(url).map_err(|error| error.to_string())?;
        let login = parsed.login.as_ref();
        let login = login.map(|it| format!(" {}:{}", it.user, it.password));
        Ok(format!("{parsed}{}", login.unwrap_or_default()))
    }

    #[track_caller]
    fn is_error(url: &str, part: &str) {
        let error = shown(url).unwrap_err();
        assert!(error.contains(part), "{url}: {error}");
        assert!(error.starts_with("the URL of Redis: "), "{error}");
        for secret in ["secret", "cret"] {
            assert!(!error.contains(secret), "{url}: {error}");
        }
    }

    #[test]
    fn an_address_has_a_place_and_a_login() {
        for (url, expected) in [
            ("redis://localhost", "redis://localhost:6379"),
            (" redis://127.0.0.1:7/3 ", "redis://127.0.0.1:7"),
            ("VALKEY://h/", "redis://h:6379"),
            ("redis://:p@[::1]:1/0", "redis://[::1]:1 :p"),
            ("redis://u:p%40%2f:%25@h", "redis://h:6379 u:p@/:%"),
            ("redis://u:p@ss@h", "redis://h:6379 u:p@ss"),
            ("redis://u:@h", "redis://h:6379 u:"),
            ("redis://:@h", "redis://h:6379"),
            ("redis://@h", "redis://h:6379"),
        ] {
            assert_eq!(shown(url).as_deref(), Ok(expected), "{url}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_unix_socket_has_a_path() {
        for (url, expected) in [
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
            ("redis+unix://u:p@/a%20b", "unix:///a b u:p"),
        ] {
            assert_eq!(shown(url).as_deref(), Ok(expected), "{url}");
        }
        is_error("unix://run/redis.sock", "a path and no host");
        is_error("unix://", "no path");
        is_error("unix:///", "no path");
        is_error("unix:///a%00b", "no path");
        is_error("unix:///a%", "two hex digits");
    }

    #[test]
    #[cfg(feature = "redis-tls")]
    fn tls_has_a_scheme_of_its_own() {
        assert_eq!(shown("rediss://h").as_deref(), Ok("rediss://h:6379"));
    }

    #[test]
    #[cfg(not(feature = "redis-tls"))]
    fn tls_needs_a_feature() {
        is_error("rediss://h", "the feature `redis-tls`");
    }

    #[test]
    fn an_error_says_what_is_wrong_and_quotes_no_password() {
        for (url, part) in [
            ("", "begins with none of"),
            ("localhost:6379", "begins with none of"),
            ("user:secret@host", "begins with none of"),
            ("user:secret://host", "begins with none of"),
            ("http://user:secret@host", "`http://` is none of"),
            ("redis://", "a host is missing"),
            ("redis://user:secret@", "a host is missing"),
            ("redis://user:secret@:1", "a host is missing"),
            ("redis://user:secret@a b", "a host is missing"),
            ("redis://user:secret@host:0", "a port is not"),
            ("redis://user:secret@host:65536", "a port is not"),
            ("redis://user:se%cret@host", "two hex digits"),
            ("redis://user:secret%f@host", "two hex digits"),
            ("redis://user:secret%ff@host", "two hex digits"),
            ("redis://secret@host", "no `:` before it"),
            ("redis://user:sec/secret@host", "%2F"),
            ("redis://user:sec?secret@host", "%2F"),
            ("redis://user:sec#secret@host", "%2F"),
            ("redis://user:secret@host/a", "not the number of a database"),
            (
                "redis://user:secret@host/1/2",
                "not the number of a database",
            ),
            ("redis://host?password=secret", "options"),
            ("redis://user:secret@host#secret", "options"),
        ] {
            is_error(url, part);
        }
    }
}

//! The servers of an address, and those that they name.

use tokio::sync::watch;

use super::{
    address::{Address, DEFAULT_PORT, Login, MAX_SERVERS, Server},
    protocol::Info,
};
use crate::cluster::{
    address::Host,
    broker::{BrokerError, Kind},
};

/// What a server takes that does not say it.
const DEFAULT_MAX_PAYLOAD: usize = 1 << 20;

/// The servers to try, one after the other. The first server of a session is the one after the last
/// server of the session before: it may be the one that hangs.
#[derive(Debug)]
pub(super) struct Servers {
    named: Vec<Server>,
    discovered: watch::Sender<Vec<Host>>,
    next: usize,
}

/// A server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) host: Host,
    pub(super) login: Login,
    /// The name in its certificate.
    pub(super) tls_name: Box<str>,
}

impl Servers {
    pub(super) fn new(address: &Address) -> Self {
        Self {
            named: address.servers.clone(),
            discovered: watch::Sender::default(),
            next: 0,
        }
    }

    /// The number of servers to try.
    pub(super) fn count(&self) -> usize {
        self.named.len() + self.others().len()
    }

    /// The next server.
    pub(super) fn advance(&mut self) -> Option<Candidate> {
        let others = self.others();
        let count = self.named.len() + others.len();
        let at = self.next.checked_rem(count)?;
        self.next = at + 1;
        let first = self.named.first()?;
        Some(match self.named.get(at) {
            Some(server) => Candidate {
                host: server.host.clone(),
                login: server.login.clone(),
                tls_name: server.host.name.clone(),
            },
            None => {
                let host = others.get(at - self.named.len())?.clone();
                // Servers name each other by their IP addresses, which certificates seldom have.
                let is_ip = host.name.parse::<std::net::IpAddr>().is_ok();
                let tls_name = if is_ip { &first.host.name } else { &host.name };
                Candidate {
                    tls_name: tls_name.clone(),
                    login: first.login.clone(),
                    host,
                }
            }
        })
    }

    /// Where the connection puts the servers that its server names.
    pub(super) fn discovered(&self) -> watch::Sender<Vec<Host>> {
        self.discovered.clone()
    }

    /// The servers that the address does not name.
    fn others(&self) -> Vec<Host> {
        let discovered = self.discovered.borrow();
        let is_new = |host: &&Host| self.named.iter().all(|it| it.host != **host);
        discovered.iter().filter(is_new).cloned().collect()
    }
}

/// Keeps the servers that a server names, for the next time.
pub(super) fn discover(servers: &watch::Sender<Vec<Host>>, info: &Info) {
    let Some(urls) = &info.connect_urls else {
        return;
    };
    let hosts: Vec<Host> = urls
        .iter()
        .take(MAX_SERVERS)
        .filter_map(|url| Host::parse(url, DEFAULT_PORT).ok())
        .collect();
    if !hosts.is_empty() {
        servers.send_replace(hosts);
    }
}

/// The largest payload that a server takes, in bytes.
pub(super) fn max_payload(info: &Info) -> usize {
    match usize::try_from(info.max_payload) {
        Ok(0) => DEFAULT_MAX_PAYLOAD,
        max => max.unwrap_or(usize::MAX),
    }
}

/// The server is about to close its connections, one after the other.
pub(super) fn lame_duck() -> BrokerError {
    BrokerError::new(
        Kind::Broken,
        "the server is going to shut down (lame duck mode)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(urls: &[&str]) -> Info {
        Info {
            connect_urls: Some(urls.iter().map(|url| (*url).to_owned()).collect()),
            ..Info::default()
        }
    }

    fn tried(servers: &mut Servers) -> Vec<String> {
        let count = servers.count();
        let next = |_| {
            servers
                .advance()
                .map(|it| format!("{} {}", it.host, it.tls_name))
        };
        (0..count).filter_map(next).collect()
    }

    #[test]
    fn the_servers_are_tried_in_turn() {
        let address = Address::parse("nats://ann:x@a,b:1").unwrap();
        let mut servers = Servers::new(&address);
        assert_eq!(tried(&mut servers), ["a:4222 a", "b:1 b"]);
        assert_eq!(servers.advance().unwrap().host, address.servers[0].host);
        assert_eq!(tried(&mut servers), ["b:1 b", "a:4222 a"]);
    }

    #[test]
    fn the_servers_that_a_server_names_are_tried_too() {
        let address = Address::parse("nats://ann:x@a").unwrap();
        let mut servers = Servers::new(&address);
        let names = [
            "10.0.0.1:4222",
            "a:4222",
            "c.example:5",
            "",
            "no port:x",
            "[::1]:7",
        ];
        discover(&servers.discovered(), &info(&names));
        let expected = [
            "a:4222 a",
            "10.0.0.1:4222 a",
            "c.example:5 c.example",
            "[::1]:7 a",
        ];
        assert_eq!(tried(&mut servers), expected);
        let login = servers.advance().map(|_| servers.advance().unwrap().login);
        assert_eq!(login.as_ref(), Some(&address.servers[0].login));
        // A server that names none does not know better.
        discover(&servers.discovered(), &Info::default());
        discover(&servers.discovered(), &info(&[]));
        assert_eq!(servers.count(), 4);
        let many: Vec<_> = (0..1000).map(|number| format!("host-{number}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        discover(&servers.discovered(), &info(&many));
        assert_eq!(servers.count(), 1 + MAX_SERVERS);
    }

    #[test]
    fn the_largest_payload_has_a_default() {
        for (said, expected) in [(0, 1 << 20), (8 << 20, 8 << 20)] {
            let info = Info {
                max_payload: said,
                ..Info::default()
            };
            assert_eq!(max_payload(&info), expected);
        }
    }
}

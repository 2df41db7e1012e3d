use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use bytestring::ByteString;

/// The facts of the handshake that a socket keeps. Each socket has one, so the facts that most
/// clients lack are boxed.
pub(super) struct Client {
    addr: Option<SocketAddrV4>,
    rest: Option<Box<Rest>>,
}

/// The facts that most clients lack.
struct Rest {
    addr: Option<SocketAddrV6>,
    protocol: Option<Box<str>>,
}

impl Client {
    pub(super) fn new(addr: Option<SocketAddr>, protocol: Option<ByteString>) -> Self {
        let (v4, v6) = match addr {
            None => (None, None),
            Some(SocketAddr::V4(addr)) => (Some(addr), None),
            Some(SocketAddr::V6(addr)) => (None, Some(addr)),
        };
        let rest = (v6.is_some() || protocol.is_some()).then(|| {
            Box::new(Rest {
                addr: v6,
                protocol: protocol.map(|protocol| (*protocol).into()),
            })
        });
        Self { addr: v4, rest }
    }

    pub(super) fn addr(&self) -> Option<SocketAddr> {
        let v6 = || self.rest.as_ref()?.addr.map(SocketAddr::V6);
        self.addr.map(SocketAddr::V4).or_else(v6)
    }

    pub(super) fn protocol(&self) -> Option<&str> {
        self.rest.as_ref()?.protocol.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_and_subprotocol_are_kept_whichever_there_are() {
        for addr in [None, Some("192.0.2.1:80"), Some("[2001:db8::1]:80")] {
            let addr = addr.map(|addr| addr.parse().unwrap());
            for protocol in [None, Some("chat.v2")] {
                let client = Client::new(addr, protocol.map(ByteString::from_static));
                assert_eq!((client.addr(), client.protocol()), (addr, protocol));
            }
        }
    }

    #[test]
    fn most_clients_take_sixteen_bytes() {
        assert_eq!(size_of::<Client>(), 16);
        let client = Client::new(Some("192.0.2.1:80".parse().unwrap()), None);
        assert!(client.rest.is_none());
    }
}

//! The subprotocol of a connection.

use bytestring::ByteString;

use crate::protocol::handshake::{HeaderLookup, choose_protocol, offered_protocols};

/// The subprotocol of modules with `#[on]` or `#[join]`.
#[cfg(feature = "json")]
pub(super) const TYPED: &str = crate::call::PROTOCOL;
#[cfg(not(feature = "json"))]
pub(super) const TYPED: &str = "levante.v1+json";

/// What the subprotocols of every version begin with.
const FAMILY: &str = "levante.";

/// The agreement on a subprotocol.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    /// None, as the client offered none or none that the server has.
    Nothing,
    /// This one.
    On(ByteString),
    /// The client speaks another version of [`TYPED`] only. The handshake takes it nevertheless, and
    /// the connection is closed: a browser does not tell a page why a handshake has failed, but it
    /// tells the code of a Close frame.
    OtherVersion(ByteString),
}

impl Agreement {
    /// The subprotocol that the response to the handshake names.
    pub(super) fn name(&self) -> Option<&ByteString> {
        match self {
            Self::Nothing => None,
            Self::On(name) | Self::OtherVersion(name) => Some(name),
        }
    }
}

/// Agrees on a subprotocol: on [`TYPED`], if the module is typed and the client offers it; on the one
/// that `attach` picked, if the client offers it; if `attach` picked none, on the first of the
/// server's that the client offers.
pub(super) fn agree(
    headers: &impl HeaderLookup,
    is_typed: bool,
    picked: Option<&ByteString>,
    servers: &[&'static str],
) -> Agreement {
    let offered = || offered_protocols(headers);
    if is_typed && offered().any(|name| name == TYPED) {
        return Agreement::On(ByteString::from_static(TYPED));
    }
    let agreed = match picked {
        Some(picked) => offered()
            .any(|name| *name == **picked)
            .then(|| picked.clone()),
        None => choose_protocol(servers, offered()).map(ByteString::from_static),
    };
    if let Some(agreed) = agreed {
        return Agreement::On(agreed);
    }
    match offered().find(|name| is_typed && name.starts_with(FAMILY)) {
        Some(name) => Agreement::OtherVersion(name.into()),
        None => Agreement::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Offer(&'static str);

    impl HeaderLookup for Offer {
        fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
            assert_eq!(name, "sec-websocket-protocol");
            (!self.0.is_empty())
                .then_some(self.0.as_bytes())
                .into_iter()
        }
    }

    fn agreed(is_typed: bool, offer: &'static str, picked: Option<&str>) -> String {
        let picked = picked.map(ByteString::from);
        let agreement = agree(&Offer(offer), is_typed, picked.as_ref(), &["a", "b"]);
        let kind = match agreement {
            Agreement::OtherVersion(_) => "!",
            _ => "",
        };
        format!("{}{kind}", agreement.name().map_or("-", |name| name))
    }

    #[test]
    fn a_typed_module_prefers_its_own() {
        for (offer, picked, plain, typed) in [
            ("", None, "-", "-"),
            ("c", None, "-", "-"),
            ("b, a", None, "a", "a"),
            ("b, a", Some("b"), "b", "b"),
            ("b, a", Some("c"), "-", "-"),
            ("levante.v1+json", None, "-", "levante.v1+json"),
            ("a, levante.v1+json", None, "a", "levante.v1+json"),
            ("a, levante.v1+json", Some("a"), "a", "levante.v1+json"),
            (
                "levante.v2+json, levante.v1+json",
                None,
                "-",
                "levante.v1+json",
            ),
            ("c, levante.v3, levante.v2+json", None, "-", "levante.v3!"),
            ("levante.v2+json, a", None, "a", "a"),
            ("levante.v2+json, a", Some("a"), "a", "a"),
            ("levante.v2+json, a", Some("b"), "-", "levante.v2+json!"),
            ("levante", None, "-", "-"),
            ("Levante.v1+json", None, "-", "-"),
        ] {
            assert_eq!(agreed(false, offer, picked), plain, "{offer} {picked:?}");
            assert_eq!(agreed(true, offer, picked), typed, "{offer} {picked:?}");
        }
    }
}

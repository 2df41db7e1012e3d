use std::str;

use super::{HeaderLookup, is_token_byte, list_items};

/// The subprotocols that a client offers, in its order of preference (section 4.2.2). Items that
/// are not tokens are left out, because they cannot be names of subprotocols.
pub(crate) fn offered_protocols(headers: &impl HeaderLookup) -> impl Iterator<Item = &str> {
    headers
        .values("sec-websocket-protocol")
        .flat_map(list_items)
        .filter(|name| is_token(name))
        .filter_map(|name| str::from_utf8(name).ok())
}

/// Chooses the subprotocol: the first of the server's that the client offers. The comparison of
/// names is case-sensitive.
pub(crate) fn choose_protocol<'s, 'o>(
    server: &[&'s str],
    offered: impl Iterator<Item = &'o str>,
) -> Option<&'s str> {
    offered
        .filter_map(|name| server.iter().position(|known| *known == name))
        .min()
        .and_then(|best| server.get(best).copied())
}

/// Whether this is a token (RFC 9110 section 5.6.2).
fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(is_token_byte)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::Request, *};

    fn offered(lines: &[&'static str]) -> Vec<String> {
        let request = Request(
            lines
                .iter()
                .map(|line| ("sec-websocket-protocol", *line))
                .collect(),
        );
        offered_protocols(&request).map(str::to_owned).collect()
    }

    #[test]
    fn offers_come_from_every_line_in_order() {
        assert_eq!(offered(&[]), [""; 0]);
        assert_eq!(offered(&["chat"]), ["chat"]);
        assert_eq!(
            offered(&["chat, superchat", "v2.json"]),
            ["chat", "superchat", "v2.json"]
        );
        assert_eq!(offered(&["a,b ,\tc"]), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_not_a_token_is_left_out() {
        assert_eq!(
            offered(&["", " , ,", "two words, a/b, \"quoted\", gr\u{fc}n, good"]),
            ["good"]
        );
    }

    #[test]
    fn the_server_prefers() {
        let choose = |server: &[&'static str], offered: &[&str]| {
            choose_protocol(server, offered.iter().copied())
        };
        assert_eq!(choose(&["a", "b"], &["b", "a"]), Some("a"));
        assert_eq!(choose(&["a", "b"], &["x", "b"]), Some("b"));
        assert_eq!(choose(&["a", "b"], &["A"]), None);
        assert_eq!(choose(&["a", "b"], &[]), None);
        assert_eq!(choose(&[], &["a"]), None);
    }
}

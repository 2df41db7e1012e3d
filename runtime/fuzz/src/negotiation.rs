//! The header that offers extensions, and the agreement that follows.

use arbitrary::Arbitrary;

use crate::protocol::handshake::{Agreement, HeaderLookup, Rejection, Wishes, negotiate, validate};

/// The wishes of the server, and the lines of the header.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    context_takeover: bool,
    window_bits: u8,
    lines: &'a [u8],
}

const NAME: &str = "permessage-deflate";

/// The headers of a request that is correct except perhaps for its extensions.
struct Headers<'a>(Vec<&'a [u8]>);

impl HeaderLookup for Headers<'_> {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        let lines: &[&[u8]] = match name {
            "upgrade" => &[b"websocket"],
            "connection" => &[b"Upgrade"],
            "sec-websocket-version" => &[b"13"],
            "sec-websocket-key" => &[b"dGhlIHNhbXBsZSBub25jZQ=="],
            "sec-websocket-extensions" => &self.0,
            _ => &[],
        };
        lines.iter().copied()
    }
}

/// A header that breaks the grammar is refused. Otherwise the first acceptable offer is accepted,
/// with an answer that fits it.
pub fn check(input: Input<'_>) {
    let wishes = Wishes {
        context_takeover: input.context_takeover,
        max_window_bits: 9 + input.window_bits % 7,
    };
    let lines = input.lines.split(|byte| *byte == b'\n');
    let headers = Headers(lines.map(<[u8]>::trim_ascii).collect());
    let is_valid = match validate("GET", true, &headers) {
        Ok(_) => true,
        Err(rejection) => {
            assert_eq!(rejection, Rejection::Extensions);
            false
        }
    };
    let agreed = negotiate(&headers, wishes);
    assert!(is_valid || agreed.is_none());
    if let Some(agreement) = agreed {
        check_answer(agreement, wishes);
    }
    // The model below does not know quoted strings.
    if !input.lines.contains(&b'"') {
        let offers = offers(&headers.0);
        assert_eq!(is_valid, offers.is_some());
        let offer = offers.and_then(|offers| offers.into_iter().find(is_acceptable));
        assert_eq!(agreed.is_some(), offer.is_some());
        if let Some((agreement, offer)) = agreed.zip(offer) {
            check_against(agreement, &offer);
        }
    }
}

/// A name and its parameters, as the header has them.
type Offer<'a> = Vec<(&'a str, Option<&'a str>)>;

/// Parses the offers by splitting only. `None` if a part breaks the grammar.
fn offers<'a>(lines: &[&'a [u8]]) -> Option<Vec<Offer<'a>>> {
    let items = lines
        .iter()
        .flat_map(|line| line.split(|byte| *byte == b','));
    let items = items.map(<[u8]>::trim_ascii);
    items.filter(|item| !item.is_empty()).map(offer).collect()
}

fn offer(item: &[u8]) -> Option<Offer<'_>> {
    let mut parts = item.split(|byte| *byte == b';');
    let name = (token(parts.next()?)?, None);
    let parameters = parts.map(|part| match part.iter().position(|byte| *byte == b'=') {
        Some(at) => Some((token(&part[..at])?, Some(token(&part[at + 1..])?))),
        None => Some((token(part)?, None)),
    });
    [Some(name)].into_iter().chain(parameters).collect()
}

fn token(bytes: &[u8]) -> Option<&str> {
    let token = str::from_utf8(bytes.trim_ascii()).ok()?;
    let separators = "()<>@,;:\\\"/[]?={} ";
    let is_token = |c: char| c.is_ascii_graphic() && !separators.contains(c);
    (!token.is_empty() && token.chars().all(is_token)).then_some(token)
}

fn is_acceptable(offer: &Offer<'_>) -> bool {
    let parameters = &offer[1..];
    let is_new = |at: usize| parameters[..at].iter().all(|it| it.0 != parameters[at].0);
    let knows = |(name, value): &(&str, Option<&str>)| match (*name, *value) {
        ("server_no_context_takeover" | "client_no_context_takeover", None)
        | ("client_max_window_bits", None) => true,
        ("server_max_window_bits" | "client_max_window_bits", Some(bits)) => {
            ["8", "9", "10", "11", "12", "13", "14", "15"].contains(&bits)
        }
        _ => false,
    };
    offer[0].0 == NAME && parameters.iter().all(knows) && (0..parameters.len()).all(is_new)
}

/// Checks the rules that hold for every answer (RFC 7692 section 7.1).
fn check_answer(agreement: Agreement, wishes: Wishes) {
    let written = agreement.to_string();
    let answer = offers(&[written.as_bytes()]).expect("an answer keeps to the grammar");
    assert_eq!(answer.len(), 1);
    assert!(is_acceptable(&answer[0]), "{written}");
    let has = |name| answer[0].iter().any(|it| it.0 == name);
    assert_eq!(
        agreement.we_take_context_over(),
        !has("server_no_context_takeover")
    );
    assert_eq!(
        agreement.peer_takes_context_over(),
        !has("client_no_context_takeover")
    );
    if !wishes.context_takeover {
        assert!(!agreement.we_take_context_over() && !agreement.peer_takes_context_over());
    }
    // A client that offers the agreement itself gets exactly this agreement.
    let again = Headers(vec![written.as_bytes()]);
    assert_eq!(negotiate(&again, wishes), Some(agreement), "{written}");
}

/// Checks that an answer grants every request of the client, and requests nothing that the client
/// did not offer.
fn check_against(agreement: Agreement, offer: &Offer<'_>) {
    let written = agreement.to_string();
    let answers = offers(&[written.as_bytes()]).expect("an answer keeps to the grammar");
    let of = |parameters: &Offer<'_>, name| {
        let found = parameters.iter().find(|it| it.0 == name);
        found.map(|it| {
            it.1.map(|bits| bits.parse::<u8>().expect("bits are a number"))
        })
    };
    let in_answer = |name| of(&answers[0], name);
    let in_offer = |name| of(offer, name);
    for name in ["server_no_context_takeover", "client_no_context_takeover"] {
        assert!(in_offer(name).is_none() || in_answer(name).is_some());
    }
    let name = "server_max_window_bits";
    assert_eq!(in_answer(name), in_offer(name));
    let asked = in_offer(name).flatten().unwrap_or(15);
    assert_eq!(agreement.our_window_bits(), asked);
    let name = "client_max_window_bits";
    match (in_offer(name), in_answer(name)) {
        (_, None) => {}
        (Some(offered), Some(Some(bits))) => assert!(bits <= offered.unwrap_or(15)),
        (offered, answered) => panic!("{answered:?} was answered to {offered:?}"),
    }
    assert!(agreement.peer_window_bits() <= in_offer(name).flatten().unwrap_or(15).max(9));
}

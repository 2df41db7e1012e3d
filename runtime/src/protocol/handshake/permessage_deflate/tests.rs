use super::{super::tests::Request, *};

const SHARED: Wishes = Wishes {
    context_takeover: false,
    max_window_bits: 15,
};

const DEDICATED: Wishes = Wishes {
    context_takeover: true,
    max_window_bits: 12,
};

/// The header value of the response to these offers, one offer per line.
fn answer(lines: &[&'static str], wishes: Wishes) -> Option<String> {
    let lines = lines.iter();
    let request = Request(
        lines
            .map(|line| ("sec-websocket-extensions", *line))
            .collect(),
    );
    negotiate(&request, wishes).map(|agreement| agreement.to_string())
}

fn agreement(offer: &'static str, wishes: Wishes) -> Agreement {
    let request = Request(vec![("sec-websocket-extensions", offer)]);
    negotiate(&request, wishes).unwrap()
}

#[test]
fn what_is_answered_to_each_parameter() {
    // The offer, and the parameters of the response with and without context takeover.
    let table = [
        (
            "",
            "",
            "; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            "; server_no_context_takeover",
            "; server_no_context_takeover",
            "; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            "; client_no_context_takeover",
            "; client_no_context_takeover",
            "; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            "; server_max_window_bits=8",
            "; server_max_window_bits=8",
            "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8",
        ),
        (
            "; server_max_window_bits=9",
            "; server_max_window_bits=9",
            "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
        ),
        (
            "; server_max_window_bits=\"15\"",
            "; server_max_window_bits=15",
            "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15",
        ),
        (
            "; client_max_window_bits",
            "; client_max_window_bits=12",
            "; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            "; client_max_window_bits=8",
            "; client_max_window_bits=8",
            "; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=8",
        ),
        (
            "; client_max_window_bits=13",
            "; client_max_window_bits=12",
            "; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=13",
        ),
        (
            "; client_max_window_bits=15",
            "; client_max_window_bits=12",
            "; server_no_context_takeover; client_no_context_takeover",
        ),
    ];
    for (offer, dedicated, shared) in table {
        let line: &'static str = format!("permessage-deflate{offer}").leak();
        for (wishes, expected) in [(DEDICATED, dedicated), (SHARED, shared)] {
            assert_eq!(
                answer(&[line], wishes),
                Some(format!("permessage-deflate{expected}")),
                "{line} {wishes:?}"
            );
        }
    }
}

#[test]
fn the_first_acceptable_offer_wins() {
    for lines in [
        &["x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=10"][..],
        &["permessage-deflate; unknown, permessage-deflate; server_max_window_bits=10"],
        &[
            "permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=10, permessage-deflate",
        ],
        &[
            "permessage-deflate; x=1",
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate",
        ],
    ] {
        let expected = "permessage-deflate; server_max_window_bits=10";
        assert_eq!(
            answer(lines, DEDICATED).as_deref(),
            Some(expected),
            "{lines:?}"
        );
    }
}

#[test]
fn offers_that_cannot_be_accepted_are_declined() {
    assert_eq!(answer(&[], DEDICATED), None);
    for line in [
        "",
        "permessage-bzip2",
        "PerMessage-Deflate",
        "permessage-deflate; unknown",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=\"true\"",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; server_max_window_bits=+10",
        "permessage-deflate; server_max_window_bits=-10",
        "permessage-deflate; server_max_window_bits=ten",
        "permessage-deflate; server_max_window_bits=265",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=08",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=10; unknown=1",
    ] {
        assert_eq!(answer(&[line], DEDICATED), None, "{line}");
    }
}

#[test]
fn a_message_fits_the_window_up_to_its_edge() {
    let restricted = agreement("permessage-deflate; server_max_window_bits=10", SHARED);
    for (window_bits, longest) in [(15, 1024), (11, 1024), (10, usize::MAX), (9, usize::MAX)] {
        assert_eq!(
            restricted.longest_for(window_bits),
            longest,
            "{window_bits}"
        );
    }
    let free = agreement("permessage-deflate", SHARED);
    assert_eq!(free.longest_for(15), usize::MAX);
    let smallest = agreement("permessage-deflate; server_max_window_bits=8", DEDICATED);
    assert_eq!(smallest.longest_for(9), 256);
}

#[test]
fn each_side_keeps_to_its_own_window_and_context() {
    let offer = "permessage-deflate; server_no_context_takeover; server_max_window_bits=11; \
                 client_max_window_bits=8";
    let agreed = agreement(offer, DEDICATED);
    assert!(!agreed.we_take_context_over());
    assert!(agreed.peer_takes_context_over());
    assert_eq!(agreed.our_window_bits(), 11);
    assert_eq!(agreed.peer_window_bits(), 9);
    let agreed = agreement("permessage-deflate; client_no_context_takeover", DEDICATED);
    assert!(agreed.we_take_context_over());
    assert!(!agreed.peer_takes_context_over());
    assert_eq!(agreed.our_window_bits(), 15);
    assert_eq!(agreed.peer_window_bits(), 15);
}

#[test]
fn an_agreement_takes_three_bytes_of_each_socket() {
    assert_eq!(size_of::<Option<Agreement>>(), 3);
}

use super::*;
use crate::protocol::client::ClientFrame;

const RULES: Rules = Rules {
    compression: false,
    in_message: false,
    room: usize::MAX,
};
const IN_MESSAGE: Rules = Rules {
    in_message: true,
    ..RULES
};
const COMPRESSION: Rules = Rules {
    compression: true,
    ..RULES
};

/// Parses a header that arrives byte by byte. Returns the header, or the error and the number of
/// bytes after which it was found.
fn parse(bytes: &[u8], rules: Rules) -> Result<Option<FrameHeader>, (usize, ProtocolError)> {
    for end in 0..bytes.len() {
        match FrameHeader::parse(&bytes[..end], rules) {
            Ok(None) => {}
            Ok(Some(header)) => return Ok(Some(header)),
            Err(error) => return Err((end, error)),
        }
    }
    FrameHeader::parse(bytes, rules).map_err(|error| (bytes.len(), error))
}

/// Rules under which a frame with this opcode is valid.
fn rules_for(opcode: Opcode) -> Rules {
    Rules {
        in_message: opcode == Opcode::Continuation,
        ..RULES
    }
}

#[test]
fn every_opcode_is_known_or_reserved() {
    for bits in 0..=u8::MAX {
        match Opcode::from_bits(bits) {
            Some(opcode) => {
                assert_eq!(opcode.bits(), bits);
                assert_eq!(opcode.is_control(), bits >= 8);
            }
            None => assert!(!matches!(bits, 0..=2 | 8..=10)),
        }
    }
}

#[test]
fn a_reserved_opcode_is_an_error_of_the_first_byte() {
    for opcode in (3..=7).chain(11..=15) {
        for rules in [RULES, IN_MESSAGE, COMPRESSION] {
            let bytes = ClientFrame::binary("").opcode(opcode).bytes();
            assert_eq!(
                parse(&bytes, rules),
                Err((1, ProtocolError::ReservedOpcode))
            );
        }
    }
}

#[test]
fn a_header_is_read_in_full() {
    let frame = ClientFrame::binary("").fin(false).key([1, 2, 3, 4]);
    let expected = FrameHeader {
        fin: false,
        compressed: false,
        role: Role::Start(Kind::Binary),
        payload_len: 300,
        mask: [1, 2, 3, 4],
        header_len: 8,
    };
    assert_eq!(parse(&frame.header(300), RULES), Ok(Some(expected)));
}

#[test]
fn every_form_of_length_at_its_edges() {
    let cases = [
        (0, 6),
        (1, 6),
        (125, 6),
        (126, 8),
        (127, 8),
        (65_535, 8),
        (65_536, 14),
        (usize::MAX >> 1, 14),
    ];
    for (length, header_len) in cases {
        let mut bytes = ClientFrame::binary("").header(length);
        assert_eq!(bytes.len(), header_len);
        assert_eq!(parse(&bytes[..header_len - 1], RULES), Ok(None), "{length}");

        bytes.push(0xff);
        let header = parse(&bytes, RULES).unwrap().unwrap();
        assert_eq!(
            (header.payload_len, header.header_len),
            (length, header_len)
        );
    }
}

#[test]
fn a_length_has_its_shortest_form() {
    let cases: [(&[u8], Result<_, _>); 9] = [
        (&[126, 0, 0], Err((4, ProtocolError::LengthNotMinimal))),
        (&[126, 0, 125], Err((4, ProtocolError::LengthNotMinimal))),
        (&[126, 0, 126], Ok(126)),
        (
            &[127, 0, 0, 0, 0, 0, 0, 0, 0],
            Err((10, ProtocolError::LengthNotMinimal)),
        ),
        (
            &[127, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
            Err((10, ProtocolError::LengthNotMinimal)),
        ),
        (&[127, 0, 0, 0, 0, 0, 1, 0, 0], Ok(65_536)),
        (
            &[127, 0x80, 0, 0, 0, 0, 0, 0, 0],
            Err((3, ProtocolError::LengthOutOfRange)),
        ),
        (&[127, 0xff], Err((3, ProtocolError::LengthOutOfRange))),
        (
            &[127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            Ok(usize::MAX >> 1),
        ),
    ];
    for (length, expected) in cases {
        let mut bytes = [&[0x82], length, &[0; 4]].concat();
        bytes[1] |= MASKED;
        let result = parse(&bytes, RULES).map(|header| header.map(|header| header.payload_len));
        assert_eq!(result, expected.map(Some), "{length:?}");
    }
}

#[test]
fn reserved_bits_are_errors_without_an_extension() {
    for opcode in [
        Opcode::Text,
        Opcode::Binary,
        Opcode::Continuation,
        Opcode::Ping,
    ] {
        for rsv in 0..8 {
            let bytes = ClientFrame::new(opcode, "").rsv(rsv).bytes();
            let result = parse(&bytes, rules_for(opcode));
            if rsv == 0 {
                assert!(!result.unwrap().unwrap().compressed);
            } else {
                assert_eq!(
                    result,
                    Err((1, ProtocolError::ReservedBits)),
                    "{opcode:?} {rsv}"
                );
            }
        }
    }
}

#[test]
fn rsv1_marks_the_first_frame_of_a_compressed_message_only() {
    for opcode in [
        Opcode::Text,
        Opcode::Binary,
        Opcode::Continuation,
        Opcode::Close,
        Opcode::Ping,
        Opcode::Pong,
    ] {
        for rsv in 0..8 {
            let rules = Rules {
                compression: true,
                ..rules_for(opcode)
            };
            let result = parse(&ClientFrame::new(opcode, "").rsv(rsv).bytes(), rules);
            let starts = matches!(opcode, Opcode::Text | Opcode::Binary);
            match rsv {
                0 => assert!(!result.unwrap().unwrap().compressed),
                4 if starts => assert!(result.unwrap().unwrap().compressed),
                _ => assert_eq!(
                    result,
                    Err((1, ProtocolError::ReservedBits)),
                    "{opcode:?} {rsv}"
                ),
            }
        }
    }
}

#[test]
fn a_frame_without_a_mask_is_an_error_of_the_second_byte() {
    for opcode in [
        Opcode::Text,
        Opcode::Binary,
        Opcode::Close,
        Opcode::Ping,
        Opcode::Pong,
    ] {
        for length in [0, 5, 125, 126, 127] {
            let bytes = [FIN | opcode.bits(), length];
            assert_eq!(parse(&bytes, RULES), Err((2, ProtocolError::Unmasked)));
        }
    }
}

#[test]
fn a_control_frame_is_whole_and_short() {
    for opcode in [Opcode::Close, Opcode::Ping, Opcode::Pong] {
        let frame = ClientFrame::new(opcode, "");
        for rules in [RULES, IN_MESSAGE, Rules { room: 0, ..RULES }] {
            let header = parse(&frame.header(125), rules).unwrap().unwrap();
            assert_eq!(header.payload_len, 125);
            for length in [126, 65_535, 65_536] {
                let result = parse(&frame.header(length), rules);
                assert_eq!(result, Err((2, ProtocolError::ControlTooLong)));
            }
            let result = parse(&frame.clone().fin(false).bytes(), rules);
            assert_eq!(result, Err((1, ProtocolError::FragmentedControl)));
        }
    }
}

#[test]
fn messages_do_not_overlap() {
    for fin in [false, true] {
        let continuation = ClientFrame::new(Opcode::Continuation, "").fin(fin).bytes();
        assert_eq!(
            parse(&continuation, RULES),
            Err((1, ProtocolError::NothingToContinue))
        );
        assert!(parse(&continuation, IN_MESSAGE).is_ok());
        for kind in [Kind::Text, Kind::Binary] {
            let start = ClientFrame::message(kind, "").fin(fin).bytes();
            assert_eq!(
                parse(&start, IN_MESSAGE),
                Err((1, ProtocolError::MessageNotComplete))
            );
            assert!(parse(&start, RULES).is_ok());
        }
    }
}

#[test]
fn a_message_must_fit_the_room_there_is() {
    for (room, header_len) in [
        (0, 2),
        (1, 2),
        (125, 4),
        (126, 4),
        (65_535, 10),
        (65_536, 10),
    ] {
        let rules = Rules { room, ..RULES };
        let header = |length| parse(&ClientFrame::binary("").header(length), rules);
        assert_eq!(header(room).unwrap().unwrap().payload_len, room);
        // The error comes before the masking key has arrived.
        assert_eq!(
            header(room + 1),
            Err((header_len, ProtocolError::MessageTooBig))
        );
    }
}

use super::*;
use crate::client::server_frame;

const PING: &[u8] = &[0x89, 2, b'h', b'i'];
const CLOSING: &[u8] = &[0x88, 2, 0x03, 0xe8];

fn stream(count: usize, kind: Kind, length: usize) -> Vec<u8> {
    server_frame(kind, &vec![b'a'; length]).repeat(count)
}

/// Text messages of these lengths, marked as compressed.
fn compressed(lengths: &[usize]) -> Vec<u8> {
    let frames = lengths.iter().map(|&length| {
        let mut frame = stream(1, Kind::Text, length);
        frame[0] |= COMPRESSED;
        frame
    });
    frames.collect::<Vec<_>>().concat()
}

#[test]
fn frames_of_every_header_length_are_counted_at_every_split() {
    for length in [0, 1, 125, 126, 300, 65_535, 65_536] {
        let bytes = stream(3, Kind::Binary, length);
        let splits: Vec<usize> = if bytes.len() < 1000 {
            (0..=bytes.len()).collect()
        } else {
            (0..=30).chain(bytes.len() - 30..=bytes.len()).collect()
        };
        for split in splits {
            let mut counter = FrameCounter::new(Kind::Binary, length);
            let (head, tail) = bytes.split_at(split);
            let first = counter.advance(head).unwrap();
            assert_eq!(
                first,
                (split / (bytes.len() / 3)) as u64,
                "{length} {split}"
            );
            assert_eq!(
                first + counter.advance(tail).unwrap(),
                3,
                "{length} {split}"
            );
        }
    }
}

#[test]
fn single_bytes_are_enough() {
    let mut counter = FrameCounter::new(Kind::Text, 200);
    let bytes = stream(4, Kind::Text, 200);
    let total: u64 = bytes
        .chunks(1)
        .map(|byte| counter.advance(byte).unwrap())
        .sum();
    assert_eq!(total, 4);
}

#[test]
fn pings_are_not_counted_wherever_they_are_split() {
    let message = stream(1, Kind::Text, 16);
    let bytes = [&message, PING, &message, PING].concat();
    for split in 0..=bytes.len() {
        let mut counter = FrameCounter::new(Kind::Text, 16);
        let (head, tail) = bytes.split_at(split);
        let total = counter.advance(head).unwrap() + counter.advance(tail).unwrap();
        assert_eq!(total, 2, "{split}");
    }
}

#[test]
fn a_frame_of_another_kind_or_length_is_an_error() {
    let count = |bytes: &[u8]| FrameCounter::new(Kind::Text, 16).advance(bytes);
    assert_eq!(count(&stream(1, Kind::Text, 16)), Ok(1));
    assert!(count(&stream(1, Kind::Binary, 16)).is_err());
    assert!(count(&stream(1, Kind::Text, 15)).is_err());
    assert!(count(&stream(1, Kind::Text, 130)).is_err());
    // A fragment, and a message that is marked as compressed.
    assert!(count(&[0x01, 16]).is_err());
    assert!(count(&[0xc1, 16]).is_err());
}

#[test]
fn a_close_frame_is_named() {
    let mut counter = FrameCounter::new(Kind::Text, 16);
    let error = counter.advance(CLOSING).unwrap_err().to_string();
    assert!(error.contains("Close"), "{error}");
}

#[test]
fn compressed_messages_are_counted_at_every_split() {
    let all_lengths = || 1..=usize::MAX;
    for (lengths, allowed) in [
        (&[5, 5, 5][..], 5..=5),
        (&[300, 300], 300..=300),
        // Headers of all lengths.
        (&[125, 126, 127], 125..=127),
        (&[1, 65_535, 65_536, 2], all_lengths()),
    ] {
        let bytes = [&compressed(lengths), PING, &compressed(&lengths[..1])].concat();
        let splits = (0..=bytes.len().min(600)).chain(bytes.len().saturating_sub(20)..bytes.len());
        for split in splits {
            let mut counter = FrameCounter::compressed(Kind::Text, allowed.clone());
            let (head, tail) = bytes.split_at(split);
            let total = counter.advance(head).unwrap() + counter.advance(tail).unwrap();
            assert_eq!(total, lengths.len() as u64 + 1, "{lengths:?} {split}");
        }
        let mut counter = FrameCounter::compressed(Kind::Text, allowed);
        let total: u64 = bytes
            .chunks(1)
            .map(|byte| counter.advance(byte).unwrap())
            .sum();
        assert_eq!(total, lengths.len() as u64 + 1, "{lengths:?}");
    }
}

#[test]
fn what_is_not_compressed_or_not_as_long_is_an_error() {
    for allowed in [126..=126, 125..=127] {
        let count = |bytes: &[u8]| {
            let mut counter = FrameCounter::compressed(Kind::Text, allowed.clone());
            counter.advance(bytes)
        };
        assert_eq!(count(&compressed(&[126])), Ok(1));
        // A plain message.
        assert!(count(&stream(1, Kind::Text, 126)).is_err());
        assert!(count(&compressed(&[124])).is_err());
        assert!(count(&compressed(&[128])).is_err());
        // A fragment, another kind, and a masked message.
        assert!(count(&[0x41, 126, 0, 126]).is_err());
        assert!(count(&[0xc2, 126, 0, 126]).is_err());
        assert!(count(&[0xc1, 0xfe, 0, 126]).is_err());
        assert_eq!(count(PING), Ok(0));
        assert!(count(CLOSING).is_err());
    }
    let mut any = FrameCounter::compressed(Kind::Text, 1..=usize::MAX);
    let error = any.advance(&compressed(&[0])).unwrap_err().to_string();
    assert!(error.contains("[c1, 00]"), "{error}");
}

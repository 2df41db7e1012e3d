use proptest::{collection::vec, prelude::*, sample::Index};

use super::{parts::parts, *};

proptest! {
    #[test]
    fn what_is_written_is_read(parts in parts(), version in any::<u8>(), before in vec(any::<u8>(), 0..9)) {
        let mut bytes = before.clone();
        prop_assert_eq!(parts.envelope().encode(version, &mut bytes), Ok(()));
        prop_assert_eq!(&bytes[..before.len()], &before[..]);
        let readable = Versions { min: version, max: version };
        let read = Envelope::decode(&bytes[before.len()..], readable);
        prop_assert_eq!(read, Ok(parts.envelope()));
    }

    #[test]
    fn a_part_is_an_error(parts in parts(), cut in any::<Index>()) {
        let bytes = encoded(&parts.envelope());
        let cut = cut.index(bytes.len());
        let error = if cut == 0 { Unreadable::NotOurs } else { Unreadable::Truncated };
        prop_assert_eq!(Envelope::decode(&bytes[..cut], Versions::OURS), Err(error));
    }

    #[test]
    fn a_flipped_bit_is_an_error(parts in parts(), bit in any::<Index>()) {
        let mut bytes = encoded(&parts.envelope());
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let error = Envelope::decode(&bytes, Versions::OURS).unwrap_err();
        let is_version = matches!(error, Unreadable::Version { .. });
        prop_assert!(!is_version, "damage is not another version");
    }

    #[test]
    fn bytes_after_the_end_are_an_error(parts in parts(), more in vec(any::<u8>(), 1..9)) {
        let mut bytes = encoded(&parts.envelope());
        bytes.extend(more);
        prop_assert_eq!(Envelope::decode(&bytes, Versions::OURS), Err(Unreadable::Corrupt));
    }

    /// The content of a node that is not one of ours, or of a later release with a mistake.
    #[test]
    fn any_content_is_refused_or_written_again(
        parts in parts(),
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        cut in any::<Index>(),
        cuts in any::<bool>(),
    ) {
        let mut bytes = encoded(&parts.envelope());
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if cuts {
            bytes.truncate(PREAMBLE + cut.index(bytes.len() - PREAMBLE));
        }
        bytes[..5].copy_from_slice(&[0x9c, b'l', b'v', b'c', 1]);
        let bytes = sealed(bytes);
        match Envelope::decode(&bytes, Versions::OURS) {
            Ok(read) => {
                let again = encoded(&read);
                prop_assert_eq!(without_extension(again.clone()), without_extension(bytes.clone()));
                prop_assert_eq!(Envelope::decode(&again, Versions::OURS), Ok(read));
            }
            Err(error) => prop_assert_eq!(error, Unreadable::Corrupt),
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..80)) {
        prop_assert!(Envelope::decode(&bytes, Versions::OURS).is_err());
    }
}

/// Masks or unmasks `data`, which starts `offset` bytes into the payload of its frame
/// (section 5.3).
///
/// It handles eight bytes at a time: for large payloads the compiler vectorizes the loop, and a
/// payload of 16 bytes takes two steps.
#[inline]
pub(crate) fn apply_mask(data: &mut [u8], mut key: [u8; 4], offset: usize) {
    key.rotate_left(offset % 4);
    let [a, b, c, d] = key;
    let wide = [a, b, c, d, a, b, c, d];
    let word = u64::from_ne_bytes(wide);

    let (chunks, tail) = data.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(wide) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule of the RFC: octet `i` is XORed with octet `i mod 4` of the key.
    fn by_the_rule(data: &[u8], key: [u8; 4], offset: usize) -> Vec<u8> {
        data.iter()
            .enumerate()
            .map(|(i, byte)| byte ^ key[(offset + i) % 4])
            .collect()
    }

    #[test]
    fn the_example_of_the_rfc() {
        let mut data = *b"\x7f\x9f\x4d\x51\x58";
        apply_mask(&mut data, [0x37, 0xfa, 0x21, 0x3d], 0);
        assert_eq!(&data, b"Hello");
    }

    #[test]
    fn every_small_length_and_offset_follows_the_rule() {
        let key = [1, 20, 77, 200];
        for length in 0..80 {
            for offset in 0..9 {
                let original: Vec<u8> = (0..length).collect();
                let mut data = original.clone();
                apply_mask(&mut data, key, offset);
                assert_eq!(
                    data,
                    by_the_rule(&original, key, offset),
                    "{length} at {offset}"
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn it_is_its_own_inverse_at_any_split(
            original: Vec<u8>,
            key: [u8; 4],
            split: prop::sample::Index,
            offset in 0usize..10_000,
        ) {
            let at = split.index(original.len() + 1);
            let mut data = original.clone();
            apply_mask(&mut data, key, offset);
            let (head, tail) = data.split_at_mut(at);
            apply_mask(head, key, offset);
            apply_mask(tail, key, offset + at);
            prop_assert_eq!(data, original);
        }
    }
}

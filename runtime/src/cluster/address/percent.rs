/// Decodes `%40` and the like. `None` if a `%` is not followed by two hex digits, or if the result is
/// not UTF-8.
pub(in crate::cluster) fn decoded(text: &str) -> Option<Box<str>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        decoded.push(match byte {
            b'%' => {
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().map(String::into_boxed_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_escapes_of_utf8_are_decoded() {
        let decoded = |text| decoded(text).map(String::from);
        assert_eq!(decoded("a%3Ab%3a%25").as_deref(), Some("a:b:%"));
        assert_eq!(decoded("%C3%A4ä").as_deref(), Some("ää"));
        for bad in ["%", "%4", "a%4g", "%%", "%+1", "%ff"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}

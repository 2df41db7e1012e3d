//! Commands for Redis, as it takes them: a list of values. Pure.

/// Appends a command.
pub(super) fn push(into: &mut Vec<u8>, parts: &[&[u8]]) {
    begin(into, parts.len());
    parts.iter().for_each(|part| value(into, part));
}

/// Appends a command of one word and many names.
pub(super) fn push_names(into: &mut Vec<u8>, word: &str, names: &[Box<str>]) {
    begin(into, 1 + names.len());
    value(into, word.as_bytes());
    names.iter().for_each(|name| value(into, name.as_bytes()));
}

fn begin(into: &mut Vec<u8>, parts: usize) {
    into.push(b'*');
    number(into, parts);
}

fn value(into: &mut Vec<u8>, value: &[u8]) {
    into.push(b'$');
    number(into, value.len());
    into.extend_from_slice(value);
    into.extend_from_slice(b"\r\n");
}

/// Appends a number and the end of its line. Done for each message, so without `core::fmt`.
fn number(into: &mut Vec<u8>, mut number: usize) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    into.extend_from_slice(&digits[first..]);
    into.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_list_of_values() {
        let mut text = Vec::new();
        push(&mut text, &[b"PUBLISH", b"a b", b"\r\n"]);
        assert_eq!(text, b"*3\r\n$7\r\nPUBLISH\r\n$3\r\na b\r\n$2\r\n\r\n\r\n");
        text.clear();
        let names: Vec<Box<str>> = (0..11).map(|_| "".into()).collect();
        push_names(&mut text, "SUBSCRIBE", &names);
        assert!(text.starts_with(b"*12\r\n$9\r\nSUBSCRIBE\r\n$0\r\n\r\n$0"));
        text.clear();
        number(&mut text, usize::MAX);
        assert_eq!(text, format!("{}\r\n", usize::MAX).as_bytes());
    }
}

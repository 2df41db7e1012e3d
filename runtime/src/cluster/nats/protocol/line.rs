use bytes::Bytes;

use super::{Event, Info, MAX_PAYLOAD, ParseError};

/// A line of the server, without its CR LF.
#[derive(Debug)]
pub(super) enum Line {
    Event(Event),
    /// The payload follows.
    Message(Announced),
}

/// The words of `MSG` and `HMSG`.
#[derive(Debug)]
pub(super) struct Announced {
    pub(super) subject: Bytes,
    /// The length of the headers at the start of the payload, in bytes.
    pub(super) headers: usize,
    /// The length of headers and payload, in bytes.
    pub(super) total: usize,
}

/// Reads a line. The words are in upper or lower case, as the protocol says.
pub(super) fn read(line: &Bytes) -> Result<Line, ParseError> {
    let end = line.iter().position(|byte| is_space(*byte));
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let event = if is("MSG") {
        return message(line, rest, false).map(Line::Message);
    } else if is("HMSG") {
        return message(line, rest, true).map(Line::Message);
    } else if is("PING") {
        Event::Ping
    } else if is("PONG") {
        Event::Pong
    } else if is("+OK") {
        Event::Ok
    } else if is("-ERR") {
        Event::Error(error_text(rest))
    } else if is("INFO") {
        Event::Info(Box::new(Info::read(rest).ok_or(ParseError::Info)?))
    } else {
        return Err(ParseError::UnknownLine);
    };
    Ok(Line::Event(event))
}

/// Reads `subject sid [reply-to] [length of headers] length`.
fn message(line: &Bytes, words: &[u8], has_headers: bool) -> Result<Announced, ParseError> {
    let mut words = words
        .split(|byte| is_space(*byte))
        .filter(|word| !word.is_empty());
    let mut next = || words.next().ok_or(ParseError::Message);
    let (subject, _sid) = (next()?, next()?);
    let mut numbers = [
        next()?,
        next().unwrap_or_default(),
        next().unwrap_or_default(),
    ];
    if words.next().is_some() {
        return Err(ParseError::Message);
    }
    // The reply-to comes before the numbers, and is left out if there is none.
    let count = numbers.iter().filter(|word| !word.is_empty()).count();
    let expected = 1 + usize::from(has_headers);
    match count.checked_sub(expected) {
        Some(0) => {}
        Some(1) => numbers.rotate_left(1),
        _ => return Err(ParseError::Message),
    }
    let (headers, total) = match has_headers {
        true => (number(numbers[0])?, number(numbers[1])?),
        false => (0, number(numbers[0])?),
    };
    if total > MAX_PAYLOAD {
        return Err(ParseError::LongPayload);
    }
    if headers > total {
        return Err(ParseError::Message);
    }
    Ok(Announced {
        subject: line.slice_ref(subject),
        headers,
        total,
    })
}

/// A decimal number. One that is too large for the type counts as the largest.
fn number(digits: &[u8]) -> Result<usize, ParseError> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(ParseError::Message);
    }
    Ok(digits.iter().fold(0_usize, |number, digit| {
        number
            .saturating_mul(10)
            .saturating_add(usize::from(digit - b'0'))
    }))
}

/// The text of `-ERR 'text'`.
fn error_text(text: &[u8]) -> Box<str> {
    let text = text.trim_ascii();
    let inner = text.strip_prefix(b"'").and_then(|it| it.strip_suffix(b"'"));
    String::from_utf8_lossy(inner.unwrap_or(text)).into()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

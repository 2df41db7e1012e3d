//! Limits the text and the number of log lines that a peer can cause.
//!
//! If a peer can cause a line above DEBUG repeatedly, the line is written with [`limited`]. Text
//! that a peer can influence is printed with [`Quoted`] or [`QuotedBytes`], at every level.

#[cfg(test)]
pub(crate) mod captured;

use std::{
    fmt::{self, Display, Write as _},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// The most characters that are printed of a text. An escape counts with all its characters.
const MAX_CHARS: usize = 200;

/// The most lines per second from one place in the source.
const LINES_PER_SECOND: u64 = 10;

/// Prints a text in quotes and on one line. A long text is cut: `"how\nlong"… (100000 bytes)`.
///
/// Characters are escaped that move a terminal's cursor, end a line, are invisible or change the
/// direction of writing. So a peer can neither forge nor hide a line or a field.
pub(crate) struct Quoted<T>(pub(crate) T);

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut quote = Quote::open(f)?;
        write!(quote, "{}", self.0)?;
        quote.close()
    }
}

/// Prints bytes, such as the value of a header, like [`Quoted`]. Bytes that are not UTF-8 are
/// printed as `\xff`.
pub(crate) struct QuotedBytes<'a>(pub(crate) &'a [u8]);

impl Display for QuotedBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut quote = Quote::open(f)?;
        for chunk in self.0.utf8_chunks() {
            quote.write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                quote.bytes += 1;
                quote.escape(byte.escape_ascii().map(char::from))?;
            }
        }
        quote.close()
    }
}

/// A text while it is printed in quotes.
struct Quote<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    /// The number of characters that may still be printed.
    room: usize,
    is_cut: bool,
    /// The length of the text in bytes, including the part that is left out.
    bytes: usize,
}

impl<'a, 'f> Quote<'a, 'f> {
    fn open(f: &'a mut fmt::Formatter<'f>) -> Result<Self, fmt::Error> {
        f.write_char('"')?;
        Ok(Self {
            f,
            room: MAX_CHARS,
            is_cut: false,
            bytes: 0,
        })
    }

    /// Prints the escape of one character: all of it, or nothing if it does not fit.
    fn escape(&mut self, escaped: impl Iterator<Item = char> + Clone) -> fmt::Result {
        let len = escaped.clone().count();
        self.is_cut |= len > self.room;
        if !self.is_cut {
            self.room -= len;
            for char in escaped {
                self.f.write_char(char)?;
            }
        }
        Ok(())
    }

    fn close(self) -> fmt::Result {
        self.f.write_char('"')?;
        if self.is_cut {
            write!(self.f, "… ({} bytes)", self.bytes)?;
        }
        Ok(())
    }
}

impl fmt::Write for Quote<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes += text.len();
        for char in text.chars() {
            if self.is_cut {
                break;
            }
            match char {
                // `'` is harmless between double quotes, and frequent in error messages.
                '\'' => self.escape(['\''].into_iter())?,
                // Letters and a symbol that look like spaces or are invisible.
                '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => {
                    self.escape(char.escape_unicode())?;
                }
                _ => self.escape(char.escape_debug())?,
            }
        }
        Ok(())
    }
}

/// Writes an event like [`tracing::event!`], but at most [`LINES_PER_SECOND`] per second from this
/// place in the source. The next line that is written has the number of suppressed lines in the
/// field `left_out`.
///
/// `limited!(WARN, path = %Quoted(request.path()), "a handshake was refused")`
macro_rules! limited {
    (target: $target:expr, $level:ident, $($event:tt)+) => {{
        static LIMIT: $crate::log::Limit = $crate::log::Limit::new();
        // If the level is disabled, the line does not count as left out.
        if ::tracing::enabled!(target: $target, ::tracing::Level::$level)
            && let Some(left_out) = LIMIT.admit()
        {
            let left_out = (left_out > 0).then_some(left_out);
            ::tracing::event!(
                target: $target,
                ::tracing::Level::$level,
                left_out,
                $($event)+
            );
        }
    }};
    ($level:ident, $($event:tt)+) => {
        $crate::log::limited!(target: ::std::module_path!(), $level, $($event)+)
    };
}
pub(crate) use limited;

/// Counts the lines from one place in the source. Made by [`limited`].
pub(crate) struct Limit {
    /// Upper half: a second. Lower half: the number of lines in that second.
    lines: AtomicU64,
    left_out: AtomicU64,
}

impl Limit {
    pub(crate) const fn new() -> Self {
        Self {
            lines: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
        }
    }

    /// Returns `Some` if a line may be written now, with the number of lines left out before it.
    pub(crate) fn admit(&self) -> Option<u64> {
        static START: OnceLock<Instant> = OnceLock::new();
        let age = START.get_or_init(Instant::now).elapsed();
        self.admit_at(age.as_secs() as u32)
    }

    fn admit_at(&self, second: u32) -> Option<u64> {
        let second = u64::from(second);
        let count = |lines: u64| match lines >> 32 < second {
            true => Some((second << 32) + 1),
            // Also taken if another thread has already recorded a later second.
            false => (lines & u64::from(u32::MAX) < LINES_PER_SECOND).then_some(lines + 1),
        };
        let admitted = self.lines.fetch_update(Relaxed, Relaxed, count).is_ok();
        if admitted {
            return Some(self.left_out.swap(0, Relaxed));
        }
        self.left_out.fetch_add(1, Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::{captured::Captured, *};

    fn quoted(text: &str) -> String {
        Quoted(text).to_string()
    }

    #[test]
    fn a_text_can_neither_end_its_line_nor_its_quotes() {
        assert_eq!(
            quoted("it's a `word`, größer"),
            r#""it's a `word`, größer""#
        );
        assert_eq!(
            quoted("x\r\n2026-01-01 ERROR forged=\"yes\" \\"),
            r#""x\r\n2026-01-01 ERROR forged=\"yes\" \\""#
        );
        assert_eq!(
            quoted("\x1b[31mred\x07\u{9b}\x7f"),
            r#""\u{1b}[31mred\u{7}\u{9b}\u{7f}""#
        );
        // Line separators, direction marks, invisible characters, and fillers that look like
        // spaces.
        for char in "\u{85}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{200b}\u{200d}\u{200f}\u{feff}\
                     \u{ad}\u{a0}\u{3000}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}\u{300}\u{fe0f}\u{e0041}\0\t"
            .chars()
        {
            let printed = quoted(&char.to_string());
            assert!(printed.starts_with("\"\\"), "{printed:?}");
            assert!(printed.is_ascii(), "{printed:?}");
        }
    }

    #[test]
    fn a_text_is_cut_behind_its_edge() {
        for len in [0, 199, 200] {
            let text = "a".repeat(len);
            assert_eq!(quoted(&text), format!("\"{text}\""));
            assert_eq!(QuotedBytes(text.as_bytes()).to_string(), quoted(&text));
        }
        let cut = format!("\"{}\"… (201 bytes)", "a".repeat(200));
        assert_eq!(quoted(&"a".repeat(201)), cut);
        assert_eq!(QuotedBytes(&[b'a'; 201]).to_string(), cut);
        // An escape is printed completely or not at all. After the cut nothing is printed.
        let text = format!("{}\n{}", "a".repeat(199), "b".repeat(100_000));
        let cut = format!("\"{}\"… (100200 bytes)", "a".repeat(199));
        assert_eq!(quoted(&text), cut);
        assert_eq!(QuotedBytes(text.as_bytes()).to_string(), cut);
        assert_eq!(
            QuotedBytes(&[0xff; 51]).to_string(),
            format!("\"{}\"… (51 bytes)", r"\xff".repeat(50))
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_they_are() {
        assert_eq!(
            QuotedBytes(b"a\xff\xe2\x82z\r\n").to_string(),
            r#""a\xff\xe2\x82z\r\n""#
        );
        assert_eq!(QuotedBytes("größe".as_bytes()).to_string(), "\"größe\"");
    }

    #[test]
    fn so_many_lines_are_written_in_a_second() {
        let limit = Limit::new();
        for second in [0, 7, u32::MAX] {
            let left_out = if second == 0 { 0 } else { 3 };
            assert_eq!(limit.admit_at(second), Some(left_out));
            for _ in 1..LINES_PER_SECOND {
                assert_eq!(limit.admit_at(second), Some(0));
            }
            for _ in 0..3 {
                assert_eq!(limit.admit_at(second), None);
            }
        }
        // A thread that is one second late does not reset the count.
        assert_eq!(limit.admit_at(1), None);
    }

    #[test]
    fn a_line_says_how_many_were_left_out_before_it() {
        let captured = Captured::from(Level::WARN);
        let write = |number: u64| limited!(WARN, number, "again");
        // The second may end during the loop.
        let mut lines = Vec::new();
        for number in 0.. {
            write(number);
            if number > 2 * LINES_PER_SECOND {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            lines.append(&mut captured.take());
            if lines.last().is_some_and(|line| line.contains("left_out")) {
                break;
            }
        }
        assert!(lines.len() as u64 > LINES_PER_SECOND, "{lines:?}");
        assert_eq!(lines[0], "WARN again; number=0");
        let last = lines[lines.len() - 1].clone();
        let number = |field| {
            let (_, number) = last.split_once(field)?;
            number.split(' ').next()?.parse::<usize>().ok()
        };
        let (left_out, number) = (number("left_out=").unwrap(), number("number=").unwrap());
        assert_eq!(left_out + lines.len(), number + 1, "{last}");
    }
}

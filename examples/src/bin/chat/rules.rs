//! The rules for names and messages. All lengths are in characters, not bytes, so that a limit is the
//! same in every language.

use icu_properties::props::{
    BidiControl, BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory,
    GeneralCategoryGroup,
};

/// The longest name of a person.
const LONGEST_NAME: usize = 32;

/// The longest name of a room.
const LONGEST_ROOM: usize = 64;

/// The longest message.
const LONGEST_TEXT: usize = 2000;

/// The name of a person, without the white space around it.
///
/// # Errors
///
/// A sentence for the person who chose it.
pub(crate) fn name(given: &str) -> Result<String, String> {
    one_line("name", given, LONGEST_NAME)
}

/// The name of a room, without the white space around it.
///
/// # Errors
///
/// A sentence for the person who chose it.
pub(crate) fn room(given: &str) -> Result<String, String> {
    one_line("room", given, LONGEST_ROOM)
}

/// The default room.
pub(crate) fn lobby() -> String {
    "lobby".to_owned()
}

/// The rules for names of people and of rooms.
fn one_line(what: &str, given: &str, longest: usize) -> Result<String, String> {
    let line = given.trim();
    if !(1..=longest).contains(&line.chars().count()) {
        return Err(format!("A {what} has 1 to {longest} characters."));
    }
    if line.contains(|c: char| c.is_control() || ends_line(c) || BidiControl::for_char(c)) {
        return Err(format!("A {what} has no control characters."));
    }
    if !has_something_to_see(line) {
        return Err(format!("A {what} has something to see in it."));
    }
    Ok(line.to_owned())
}

/// Checks a message, which may have many lines.
///
/// # Errors
///
/// A sentence for the person who wrote it.
pub(crate) fn text(said: &str) -> Result<(), String> {
    if !has_something_to_see(said) {
        return Err("A message has something in it.".to_owned());
    }
    let length = said.chars().count();
    if length > LONGEST_TEXT {
        return Err(format!(
            "A message has at most {LONGEST_TEXT} characters; this one has {length}."
        ));
    }
    if said.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return Err("A message has no control characters but line breaks and tabs.".to_owned());
    }
    Ok(())
}

/// Whether a character ends a line or a paragraph without being a control character.
fn ends_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Invisible characters are allowed beside visible ones: they join emoji, and divide Persian words.
fn has_something_to_see(text: &str) -> bool {
    text.contains(is_visible)
}

/// Whether a character can be seen without a neighbour. A combining mark needs a letter to stand on.
fn is_visible(c: char) -> bool {
    let invisible = GeneralCategoryGroup::Separator
        .union(GeneralCategoryGroup::Control)
        .union(GeneralCategoryGroup::Format)
        .union(GeneralCategoryGroup::Mark);
    !invisible.contains(GeneralCategory::for_char(c))
        // Hangul fillers, variation selectors, tags and more.
        && !DefaultIgnorableCodePoint::for_char(c)
        && !is_blank_symbol(c)
}

/// Whether a character is a symbol without ink: the Braille pattern without dots, and the musical note
/// without a head.
fn is_blank_symbol(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{1d159}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_invisible_characters_are_refused() {
        for given in [
            "\u{200b}",
            "\u{200d}\u{200c}",
            "\u{2060}\u{feff}",
            "\u{ad}\u{34f}",
            "\u{fe0f}",
            "\u{e0041}\u{e007f}\u{e0100}",
            "\u{3164}",
            "\u{ffa0}\u{115f}\u{1160}",
            "\u{2800}\u{2800}",
            "\u{200b} \u{200b}",
            "\u{180e}\u{17b4}\u{17b5}",
            "\u{fff9}\u{fffb}",
            "\u{1d173}\u{1bca0}\u{1d159}",
            "\u{301}",
            "\u{301}\u{20dd}\u{1ab0}",
            "\u{93e}\u{94d}",
            "\u{200b}\u{301}\u{fe0f}",
        ] {
            let problem = "has something to see in it.";
            assert_eq!(name(given), Err(format!("A name {problem}")), "{given:?}");
            assert_eq!(room(given), Err(format!("A room {problem}")), "{given:?}");
            let problem = "A message has something in it.";
            assert_eq!(text(given), Err(problem.to_owned()), "{given:?}");
        }
    }

    #[test]
    fn names_do_not_turn_or_end_the_line_that_they_are_in() {
        for c in ('\u{202a}'..='\u{202e}')
            .chain('\u{2066}'..='\u{2069}')
            .chain(['\u{200e}', '\u{200f}', '\u{61c}'])
            .chain(['\u{2028}', '\u{2029}', '\0', '\n', '\u{7f}', '\u{9f}'])
        {
            // White space around a name is cut off, and some of these characters are white space.
            for given in [
                format!("x{c}x"),
                format!("\u{200b}{c}x"),
                format!("x{c}\u{200b}"),
            ] {
                let problem = "has no control characters.";
                assert_eq!(name(&given), Err(format!("A name {problem}")), "{given:?}");
                assert_eq!(room(&given), Err(format!("A room {problem}")), "{given:?}");
            }
        }
    }

    #[test]
    fn invisible_characters_beside_visible_ones_are_kept() {
        for given in [
            "👩\u{200d}💻",
            "❤\u{fe0f}",
            "می\u{200c}خواهم",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "עדה",
            "e\u{301}",
            "हिन्दी",
            "1\u{fe0f}\u{20e3}",
            "🇸🇪",
            "👍🏽",
            "…",
            "\u{e000}",
            "\u{2801}",
            "\u{fffc}",
            "가",
        ] {
            assert_eq!(name(given).as_deref(), Ok(given));
            assert_eq!(room(given).as_deref(), Ok(given));
            assert_eq!(text(given), Ok(()));
        }
        assert_eq!(name(" Ada\u{3000}").as_deref(), Ok("Ada"));
    }
}

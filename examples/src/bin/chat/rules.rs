//! What people may be called and what they may say. All lengths are in characters, not bytes, so
//! that a limit is the same in every language.

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

/// Where people go who have nowhere else to go.
pub(crate) fn lobby() -> String {
    "lobby".to_owned()
}

/// What names have in common.
fn one_line(what: &str, given: &str, longest: usize) -> Result<String, String> {
    let line = given.trim();
    if !(1..=longest).contains(&line.chars().count()) {
        return Err(format!("A {what} has 1 to {longest} characters."));
    }
    if line.contains(char::is_control) {
        return Err(format!("A {what} has no control characters."));
    }
    Ok(line.to_owned())
}

/// Checks a message, which may have many lines.
///
/// # Errors
///
/// A sentence for the person who wrote it.
pub(crate) fn text(said: &str) -> Result<(), String> {
    if said.trim().is_empty() {
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

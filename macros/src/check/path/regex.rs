//! The structure of a regex. A regex engine would cost every user build time, and would have to be
//! the router's own: actix-web has two, which accept different classes.

use std::{iter::Peekable, str::CharIndices};

/// Refuses a regex that no engine of Rust accepts: parentheses or brackets that are not in pairs, a
/// repetition of nothing, or a look-around or reference, which these engines do not have. Returns
/// the names of its groups.
///
/// The message continues a sentence about the regex.
pub(super) fn check(regex: &str) -> Result<Vec<&str>, String> {
    match regex.chars().next() {
        None => return Err("is empty; leave the `:` out".into()),
        Some('^') => {
            return Err(
                "never matches, because a path does not begin there; leave the `^` out".into(),
            );
        }
        Some(_) => {}
    }
    let mut scan = Scan {
        regex,
        rest: regex.char_indices().peekable(),
        names: Vec::new(),
    };
    scan.all()?;
    Ok(scan.names)
}

struct Scan<'r> {
    regex: &'r str,
    rest: Peekable<CharIndices<'r>>,
    names: Vec<&'r str>,
}

impl Scan<'_> {
    fn all(&mut self) -> Result<(), String> {
        let mut open = 0_usize;
        let mut can_repeat = false;
        while let Some((position, c)) = self.rest.next() {
            let is_expression = match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => {
                    open += 1;
                    if !self.group(position)? {
                        // In a regex with comments, parentheses need not be in pairs.
                        return Ok(());
                    }
                    false
                }
                ')' => {
                    open = open.checked_sub(1).ok_or("has a `)` without its `(`")?;
                    true
                }
                '|' => false,
                '*' | '+' | '?' if !can_repeat => {
                    return Err(format!("has a `{c}` with nothing to repeat before it"));
                }
                _ => true,
            };
            can_repeat = is_expression;
        }
        if open == 0 {
            Ok(())
        } else {
            Err("has a `(` without its `)`".into())
        }
    }

    /// Behind a `\`.
    fn escape(&mut self) -> Result<bool, String> {
        match self.rest.next() {
            None => Err("ends with a single `\\`".into()),
            Some((_, digit)) if digit.is_ascii_digit() => Err(format!(
                "has `\\{digit}`, but regexes of Rust cannot refer back to a group"
            )),
            Some(_) => Ok(true),
        }
    }

    /// Behind a `[`, up to its `]`. Classes may be nested.
    fn class(&mut self) -> Result<bool, String> {
        let mut open = 1;
        self.class_start();
        while open > 0 {
            match self.rest.next() {
                None => return Err("has a `[` without its `]`".into()),
                Some((_, '\\')) => {
                    self.escape()?;
                }
                Some((_, '[')) => {
                    open += 1;
                    self.class_start();
                }
                Some((_, ']')) => open -= 1,
                Some(_) => {}
            }
        }
        Ok(true)
    }

    /// A `]` that comes first stands for itself.
    fn class_start(&mut self) {
        self.rest.next_if(|&(_, c)| c == '^');
        let mut is_first = true;
        while self.rest.next_if(|&(_, c)| c == '-').is_some() {
            is_first = false;
        }
        if is_first {
            self.rest.next_if(|&(_, c)| c == ']');
        }
    }

    /// Behind a `(` at this position. Returns whether the rest can be checked.
    fn group(&mut self, position: usize) -> Result<bool, String> {
        let regex = self.regex;
        let Some(options) = regex[position + 1..].strip_prefix('?') else {
            return Ok(true);
        };
        for around in ["=", "!", "<=", "<!"] {
            if options.starts_with(around) {
                return Err(format!(
                    "has `(?{around}`, but regexes of Rust cannot look around"
                ));
            }
        }
        let name = options.strip_prefix("P<").or(options.strip_prefix('<'));
        if let Some((name, _)) = name.and_then(|name| name.split_once('>')) {
            self.names.push(name);
        }
        let end = options.find([':', ')', '>']).unwrap_or(options.len());
        let has_comments = name.is_none() && options[..end].contains('x');
        // Up to the `:`, `)` or `>`; a `)` closes the group.
        let start = position + 2;
        let is_over = |at: usize| at >= start + end + usize::from(!options[end..].starts_with(')'));
        while self.rest.next_if(|&(at, _)| !is_over(at)).is_some() {}
        Ok(!has_comments)
    }
}

//! The command line of an example that has only `--help`, and the error of one that cannot be used.

use std::{ffi::OsString, io};

use lexopt::{
    Arg::{Long, Short},
    Error, Parser,
};

/// Whether the command line, without the name of the program, asks for help.
///
/// # Errors
///
/// One line that names any other argument.
pub(crate) fn ask_for_help(arguments: impl IntoIterator<Item = OsString>) -> io::Result<bool> {
    match Parser::from_args(arguments).next() {
        Ok(None) => Ok(false),
        Ok(Some(Short('h') | Long("help"))) => Ok(true),
        Ok(Some(other)) => Err(unusable(&other.unexpected())),
        Err(error) => Err(unusable(&error)),
    }
}

/// The error of an example whose command line cannot be used.
pub fn unusable(problem: &Error) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("{problem}; --help tells how to use it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(line: &str) -> io::Result<bool> {
        ask_for_help(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn there_is_only_help() {
        assert!(!ask("").unwrap());
        assert!(ask("--help").unwrap());
        assert!(ask("-h").unwrap());
        for line in ["--port", "body", "-v"] {
            let problem = ask(line).unwrap_err().to_string();
            assert!(
                problem.contains(line) && problem.contains("--help"),
                "{problem}"
            );
        }
    }
}

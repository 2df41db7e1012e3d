//! Finds the version of a compared server.

use std::{fs, io, path::Path, process::Command};

/// The version of a package that `root` depends on, from a lock file of Cargo.
pub(super) fn in_lock_file(path: &Path, root: &str, package: &str) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    find_in_lock_file(&text, root, package).ok_or_else(|| missing(package, path))
}

fn find_in_lock_file(text: &str, root: &str, package: &str) -> Option<String> {
    let section = |package: &str| {
        let name = format!("\nname = \"{package}\"\n");
        text.split("[[package]]").find(|it| it.contains(&name))
    };
    // If there are several versions, a dependency names its version.
    let one_of_several = format!(" \"{package} ");
    let chosen = section(root)?
        .lines()
        .find_map(|line| line.strip_prefix(&one_of_several)?.strip_suffix("\","));
    match chosen {
        Some(version) => Some(version.to_owned()),
        None => section(package)?
            .lines()
            .find_map(|line| quoted(line, "version = ")),
    }
}

/// The version of a package that npm has installed.
pub(super) fn installed_by_npm(node_modules: &Path, package: &str) -> io::Result<String> {
    let path = node_modules.join(package).join("package.json");
    find_in_package(&fs::read_to_string(&path)?).ok_or_else(|| missing(package, &path))
}

/// The only key of this name that is not nested.
fn find_in_package(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| quoted(line.strip_prefix("  ")?, "\"version\": "))
}

/// The version that a program prints.
pub(super) fn of_program(path: &Path) -> io::Result<String> {
    let output = Command::new(path).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().trim_start_matches('v').to_owned())
}

/// The string after a key.
fn quoted(line: &str, key: &str) -> Option<String> {
    let rest = line.strip_prefix(key)?.strip_prefix('"')?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn missing(package: &str, path: &Path) -> io::Error {
    io::Error::other(format!("{} has no version of {package}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_have_the_versions_that_a_package_depends_on() {
        let text = "[[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n\n\
                    [[package]]\nname = \"tungstenite\"\nversion = \"0.29.0\"\n\n\
                    [[package]]\nname = \"tungstenite\"\nversion = \"0.30.0\"\n\n\
                    [[package]]\nname = \"peers\"\nversion = \"0.1.0\"\n\
                    dependencies = [\n \"axum\",\n \"tungstenite 0.30.0\",\n]\n";
        let found = |package| find_in_lock_file(text, "peers", package);
        assert_eq!(found("axum").as_deref(), Some("0.8.9"));
        assert_eq!(found("tungstenite").as_deref(), Some("0.30.0"));
        assert_eq!(found("actix"), None);
    }

    #[test]
    fn packages_have_versions_of_their_own() {
        let text = "{\n  \"name\": \"ws\",\n  \"engines\": {\n    \"version\": \"1\"\n  },\n  \
                    \"version\": \"8.23.0\"\n}\n";
        assert_eq!(find_in_package(text).as_deref(), Some("8.23.0"));
        assert_eq!(find_in_package("{}"), None);
    }
}

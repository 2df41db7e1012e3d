//! The lock: a contract in a file, with which a test compares the contract of the module.

use std::{env, fs, io, path::Path};

use super::{Contract, lock};

impl Contract {
    /// Compares the contract with the one in a file: the lock, which clients were built for. It is for
    /// tests, and the file belongs to the source.
    ///
    /// | the contract | `cargo test` | `UPDATE=1 cargo test` | `UPDATE=breaking cargo test` |
    /// |---|---|---|---|
    /// | is the one in the file | passes | passes | passes |
    /// | has no file | fails | writes the file | writes the file |
    /// | breaks no client | fails, with a list | writes the file | writes the file |
    /// | [breaks](Self::breaks) clients | fails, with a list | fails, with a list | writes the file |
    /// | cannot be compared with the file's content | fails | fails | writes the file |
    ///
    /// A relative path starts at the folder of the package, where cargo runs its tests.
    ///
    /// ```no_run
    /// # mod chat {
    /// #     pub fn contract() -> levante::Contract {
    /// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
    /// #     }
    /// # }
    /// #[test]
    /// fn clients_understand_the_chat() {
    ///     chat::contract().assert_locked("chat.contract.json");
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If the table above says "fails", or the file can be neither read nor written.
    #[track_caller]
    pub fn assert_locked(&self, file: impl AsRef<Path>) {
        let update = env::var("UPDATE").unwrap_or_default();
        if let Err(why) = self.settle(file.as_ref(), Update::of(&update)) {
            panic!("{why}");
        }
    }

    /// Writes the file if it differs and the update allows it.
    pub(super) fn settle(&self, file: &Path, update: Update<'_>) -> Result<(), String> {
        let name = file.display();
        let text = match fs::read(file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("the lock {name} cannot be read: {error}")),
        };
        let Some(text) = text else {
            return match update {
                Update::Compatible | Update::Breaking => self.write(file),
                _ => Err(format!(
                    "there is no lock {name} yet: `UPDATE=1 cargo test` writes it{}",
                    update.note()
                )),
            };
        };
        // As a file would have it: reading may round a number with a fraction.
        let new = Self::from_json(&self.to_json()).unwrap_or_else(|_| self.clone());
        let old = String::from_utf8(text)
            .map_err(|error| error.to_string())
            .and_then(|json| Self::from_json(&json).map_err(|error| error.to_string()));
        let old = match old {
            Ok(old) if old == new => return Ok(()),
            _ if update == Update::Breaking => return self.write(file),
            Ok(old) => old,
            Err(why) => {
                return Err(format!(
                    "the lock {name} cannot be compared: {why}\nrestore it, or replace it with \
                     `UPDATE=breaking cargo test`{}",
                    update.note()
                ));
            }
        };
        let breaks = new.breaks(&old);
        if !breaks.is_empty() {
            let list: String = breaks.iter().map(|it| format!("\n  - {it}")).collect();
            return Err(format!(
                "clients that were built for the contract in {name} break:{list}\nserve the old \
                 contract beside the new one, at another path, or accept this with \
                 `UPDATE=breaking cargo test`{}",
                update.note()
            ));
        }
        match update {
            Update::Compatible => self.write(file),
            _ => {
                let changes = lock::changes(&old.parts, &new.parts);
                let list: String = changes.iter().map(|it| format!("\n  - {it}")).collect();
                Err(format!(
                    "the contract is not the one in {name} any more, and breaks no client:{list}\n\
                     `UPDATE=1 cargo test` accepts it{}",
                    update.note()
                ))
            }
        }
    }

    fn write(&self, file: &Path) -> Result<(), String> {
        fs::write(file, self.to_json())
            .map_err(|error| format!("the lock {} cannot be written: {error}", file.display()))
    }
}

/// What the environment asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Update<'e> {
    /// Nothing.
    Never,
    /// `UPDATE=1`.
    Compatible,
    /// `UPDATE=breaking`.
    Breaking,
    /// A value that has no meaning here.
    Other(&'e str),
}

impl<'e> Update<'e> {
    fn of(value: &'e str) -> Self {
        match value {
            "" | "0" => Self::Never,
            "1" => Self::Compatible,
            "breaking" => Self::Breaking,
            other => Self::Other(other),
        }
    }

    /// Says why a value has done nothing.
    fn note(self) -> String {
        match self {
            Self::Other(value) => {
                format!("\n(`UPDATE` is {value:?}, and is either `1` or `breaking`)")
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Update;

    #[test]
    fn only_two_values_ask_for_an_update() {
        assert_eq!(Update::of(""), Update::Never);
        assert_eq!(Update::of("0"), Update::Never);
        assert_eq!(Update::of("1"), Update::Compatible);
        assert_eq!(Update::of("breaking"), Update::Breaking);
        assert_eq!(Update::of("yes"), Update::Other("yes"));
    }
}

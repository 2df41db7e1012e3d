use syn::Ident;

use super::{Overview, word};
use crate::{errors::Errors, language::client};

/// The names of the functions so far, and the methods that they are in the generated client.
#[derive(Default)]
pub(super) struct Names(Vec<(String, String)>);

impl Names {
    /// Checks that the generated client can have this function beside its others.
    pub(super) fn check(&mut self, name: &Ident, overview: &Overview, errors: &mut Errors) {
        let word = word(name);
        let method = client::method(&word);
        let in_typescript = match method == word {
            true => format!("`{word}`"),
            false => format!("`{word}`, which is `{method}` in TypeScript,"),
        };
        if let Some(why) = client::reserved(&method) {
            errors.push(
                name,
                format!("{in_typescript} cannot be called by clients: {why}"),
            );
        } else if let Some((_, topic)) = overview.joining.iter().find(|(it, _)| *it == method) {
            errors.push(
                name,
                format!("{in_typescript} cannot be called by clients: `{method}` joins the topic `{topic}`"),
            );
        } else if let Some((other, _)) = self.0.iter().find(|(it, m)| *m == method && *it != word) {
            errors.push(
                name,
                format!("{in_typescript} cannot be called by clients: `{other}` has that name in TypeScript"),
            );
        }
        self.0.push((word, method));
    }
}

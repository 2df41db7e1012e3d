//! The reference of the attribute, written from the rows of the language. `levante` includes it in
//! the docs of `levante::websocket`.
//!
//! `UPDATE=1 cargo test -p levante-macros` writes the files anew.

use std::{fs, path::Path};

use super::{
    Kind, Mark, Role, Setting, attach,
    settings::{Unset, settings},
};
use crate::golden::assert_committed;

const NOTE: &str = "<!-- Written by the tests of levante-macros from `macros/src/language`. -->\n";

#[test]
fn every_handler_is_in_the_reference() {
    let mut page = NOTE.to_owned();
    for role in Role::all() {
        let docs = match role {
            Role::Attach => attach::DOCS.to_owned(),
            Role::Handler(kind) => handler(kind),
        };
        page += &format!("\n## `{}`\n\n{}\n\n{docs}\n", role.name(), role.accepted());
    }
    assert_committed("../runtime/docs/handlers.md", &page);
}

fn handler(kind: &Kind) -> String {
    let mut text = format!("{}\n\n", kind.docs);
    for parameter in kind.parameters {
        text += &format!("- `{}`: {}\n", parameter.name, parameter.docs);
    }
    if !kind.parameters.is_empty() {
        text.push('\n');
    }
    text + "Default: " + kind.without
}

#[test]
fn every_attribute_is_in_the_reference() {
    let mut page = NOTE.to_owned();
    for mark in Mark::all() {
        let (name, example, docs) = (mark.name(), mark.example(), mark.docs());
        page += &format!("\n## `#[{name}]`\n\n`{example}`\n\n{docs}\n");
    }
    assert_committed("../runtime/docs/attributes.md", &page);
}

#[test]
fn every_setting_is_in_the_reference() {
    let mut page = NOTE.to_owned();
    page += "\n# All settings\n\n";
    page += "Each setting is an argument `name = value`, in any order. The value is a constant \
             expression; one that is out of range does not compile. The method of [`Service`] \
             with the same name sets it when the server starts, and panics if the value is out of \
             range.\n\n";
    page += "| setting | type | default | what it sets | error for another value |\n";
    page += "|---|---|---|---|---|\n";
    for setting in settings() {
        let Setting { name, ty, docs, .. } = setting;
        let default = match setting.default {
            Unset::Value(value) => format!("`{value}`"),
            Unset::NoLimit { .. } => "no limit".to_owned(),
        };
        let refusal = setting.refusal.unwrap_or_default();
        page +=
            &format!("| [`{name}`](Service::{name}) | `{ty}` | {default} | {docs} | {refusal} |\n");
    }
    page += "\nAll settings, with their defaults:\n\n```\n";
    page += &defaults();
    page += "```\n";
    assert_committed("../runtime/docs/settings.md", &page);
}

/// An example with all settings. As a test of `levante` it compares the defaults with those of the
/// runtime.
fn defaults() -> String {
    let mut code = "use std::time::Duration;\n\nuse levante::prelude::*;\n\n".to_owned();
    code += "#[websocket(\n    \"/defaults\",\n";
    for setting in settings() {
        let argument = setting.example();
        code += &match setting.default {
            Unset::Value(_) => format!("    {argument},\n"),
            Unset::NoLimit { .. } => format!("    // {argument}, by default no limit\n"),
        };
    }
    code += ")]\nmod defaults {\n    fn open(ws: &Ws) {\n        ws.send(\"hello\");\n    }\n}\n";
    code += "# #[websocket(\"/defaults\")]\n# mod nothing_set {\n#     fn open(_: &Ws) {}\n# }\n";
    code += "# fn main() {\n";
    code += "#     let services = [defaults::service(), nothing_set::service()];\n";
    code += "#     let [spelled, default] = services.map(|service| format!(\"{service:?}\"));\n";
    code += "#     assert_eq!(spelled, default);\n# }\n";
    code
}

#[test]
fn settings_and_their_errors_are_those_of_the_runtime() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/config");
    let files = fs::read_dir(folder).unwrap();
    let code: String = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for setting in settings() {
        let function = format!(
            "pub const fn {}(mut self, value: {})",
            setting.name, setting.ty
        );
        assert!(code.contains(&function), "{function}");
        if let Some(refusal) = setting.refusal {
            assert!(
                joined(&code).contains(&format!("\"{refusal}\"")),
                "{refusal}"
            );
        }
    }
    let functions = code.matches("pub const fn ").count();
    assert_eq!(functions, settings().count(), "each function has a row");
}

/// Code without the line breaks that string literals skip.
fn joined(code: &str) -> String {
    let mut parts = code.split("\\\n");
    let first = parts.next().unwrap_or_default();
    parts.fold(first.to_owned(), |text, part| text + part.trim_start())
}

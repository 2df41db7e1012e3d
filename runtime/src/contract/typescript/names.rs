//! Names in the client.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::Parts;

/// The values that a client uses, which its own class must not hide.
const VALUES: [&str; 13] = [
    "CallError",
    "Closed",
    "Date",
    "Error",
    "FINAL",
    "JSON",
    "LevanteLink",
    "Math",
    "Map",
    "Object",
    "PROBE",
    "PROTOCOL",
    "Promise",
];

/// The types that a client uses, and the words that are no names of types.
const TYPES: [&str; 74] = [
    "CallError",
    "Closed",
    "ConnectionDetails",
    "ConnectionLoss",
    "ConnectionOptions",
    "ConnectionSocket",
    "ConnectionState",
    "Extract",
    "JoinedTopic",
    "LevanteCall",
    "LevanteKinds",
    "LevanteLink",
    "LevanteMember",
    "LevanteTopic",
    "LevanteUrl",
    "Map",
    "Promise",
    "Result",
    "Set",
    "any",
    "as",
    "async",
    "await",
    "bigint",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "never",
    "new",
    "null",
    "number",
    "object",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "string",
    "super",
    "switch",
    "symbol",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "unknown",
    "void",
    "while",
];

/// More words that are no names of types.
const WORDS: [&str; 5] = ["var", "with", "yield", "infer", "is"];

/// Methods that objects, promises and all clients have. A method of the client with such a name would
/// be called by other code. `#[websocket]` refuses functions with these names: a test of
/// levante-macros compares the lists.
const METHODS: [&str; 14] = [
    "catch",
    "close",
    "constructor",
    "finally",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "prototype",
    "reconnect",
    "then",
    "toJSON",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// The names of a client: each is used once.
#[derive(Debug)]
pub(super) struct Names {
    /// The class of the client.
    pub(super) class: String,
    /// The methods of the calls, by the names of the calls.
    pub(super) calls: BTreeMap<String, String>,
    /// The methods that join topics, by the names of the topics.
    pub(super) joins: BTreeMap<String, String>,
    /// The types, by the names of the schemas.
    types: BTreeMap<String, String>,
}

impl Names {
    /// A name that is taken gets a `_` at its end; the name of the class, `Client`.
    pub(super) fn of(parts: &Parts) -> Self {
        let handlers = parts.topics.keys().map(|name| format!("{name}Handlers"));
        let types = TYPES.iter().chain(&WORDS).map(|it| (*it).to_owned());
        let mut types_taken: BTreeSet<String> = types.chain(handlers).collect();
        let mut class = pascal(&parts.name);
        while VALUES.contains(&&*class)
            || types_taken.contains(&class)
            || types_taken.contains(&format!("{class}Options"))
        {
            class.push_str("Client");
        }
        types_taken.extend([class.clone(), format!("{class}Options")]);

        let mut taken: BTreeSet<String> = METHODS.map(str::to_owned).into();
        let calls = parts.calls.keys();
        let calls = calls.map(|name| (name.clone(), unused(&mut taken, camel(name))));
        let calls: BTreeMap<_, _> = calls.collect();
        let joins = parts.topics.keys();
        let joins = joins.map(|name| (name.clone(), unused(&mut taken, format!("join{name}"))));
        let joins: BTreeMap<_, _> = joins.collect();

        let types = parts.schemas.keys();
        let types = types.map(|name| (name.clone(), unused(&mut types_taken, name.clone())));
        let types = types.collect();
        Self {
            class,
            calls,
            joins,
            types,
        }
    }

    /// The type of a schema.
    pub(super) fn of_type<'n>(&'n self, schema: &'n str) -> &'n str {
        self.types.get(schema).map_or("unknown", String::as_str)
    }
}

/// Takes a name that is not taken.
fn unused(taken: &mut BTreeSet<String>, mut name: String) -> String {
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// `chat_room` as `ChatRoom`.
fn pascal(name: &str) -> String {
    let words = name.split('_').filter_map(|word| {
        let mut letters = word.chars();
        let first = letters.next()?;
        Some(first.to_uppercase().chain(letters).collect::<String>())
    });
    let name: String = words.collect();
    match name.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}

/// `chat_room` as `chatRoom`.
fn camel(name: &str) -> String {
    let name = pascal(name);
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => "_".to_owned(),
    }
}

/// Whether a name needs no quotes.
pub(super) fn is_identifier(name: &str) -> bool {
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_' || letter == '$';
    name.starts_with(is_first) && name.chars().all(|it| is_first(it) || it.is_ascii_digit())
}

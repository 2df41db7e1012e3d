//! Clients as whole files, which are compared with those beside this one: `UPDATE=1` renews them.
//! TypeScript compiles them in the tests of the examples.

mod chat;
mod zoo;

use std::{env, fs, path::Path};

use crate::contract::{Contract, generated::Builder};

fn assert_file(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/contract/typescript/tests")
        .join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, made).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        made == file,
        "{name} is not what is made; `UPDATE=1` renews it:\n{made}"
    );
}

#[test]
fn a_module_may_be_empty() {
    let contract = Builder::new("nothing", "/nothing", "").finish();
    assert_file("empty.ts", &contract.typescript());
}

#[test]
fn the_order_of_the_parts_changes_nothing() {
    let of = |names: [&str; 2]| {
        let contract = Builder::new("m", "/m", "");
        let [first, second] = names;
        let contract = contract.call(first, "", |_| ()).call(second, "", |_| ());
        contract.finish().typescript()
    };
    assert_eq!(of(["a", "b"]), of(["b", "a"]));
}

/// A contract with these names of calls.
fn with_calls(module: &str, names: &[&str]) -> String {
    let contract = Builder::new(module, "/", "");
    let contract = names
        .iter()
        .fold(contract, |contract, name| contract.call(name, "", |_| ()));
    contract.finish().typescript()
}

/// The methods of a client, without those that all have.
fn methods(client: &str) -> Vec<&str> {
    let class = client.split("export class").nth(1).unwrap();
    let lines = class
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(": void {"));
    lines
        .filter_map(|line| Some(line.split_once('(')?.0))
        .collect()
}

#[test]
fn names_are_those_of_typescript_and_are_unique() {
    let client = with_calls(
        "m",
        &["add_one", "addOne", "_private", "größe", "delete", "a1_b"],
    );
    assert_eq!(
        methods(&client),
        [
            "private",
            "a1B",
            "addOne",
            "addOne_",
            "delete",
            "\"größe\"",
            "reconnect",
            "close"
        ]
    );
    let client = with_calls(
        "m",
        &[
            "close",
            "reconnect",
            "constructor",
            "then",
            "to_string",
            "__proto__",
        ],
    );
    assert_eq!(
        methods(&client),
        [
            "proto",
            "close_",
            "constructor_",
            "reconnect_",
            "then_",
            "toString_",
            "reconnect",
            "close"
        ]
    );
}

#[test]
fn the_class_hides_nothing_that_the_client_needs() {
    for (module, class) in [
        ("chat_room", "ChatRoom"),
        ("map", "MapClient"),
        ("closed", "ClosedClient"),
        ("result", "ResultClient"),
        ("connection", "ConnectionClient"),
        ("_1", "_1"),
    ] {
        let client = with_calls(module, &[]);
        assert!(
            client.contains(&format!("export class {class} {{")),
            "{client}"
        );
    }
}

#[test]
fn what_a_contract_says_cannot_leave_its_place() {
    let json = r##"{
        "levante": 1, "name": "m", "path": "/a\nb", "docs": "*/ evil(); /*", "protocol": "\"; evil(); \"",
        "calls": {}, "topics": {"T": {"address": "`\\$x/{a-b}", "docs": "", "message": true,
            "data": {"type": "object", "properties": {"a-b": true}, "required": ["a-b"]},
            "join": {"docs": "*/"}}},
        "sends": {"$ref": "#/components/schemas/Missing"}, "closes": {"a b": {"code": 4000, "docs": ""}},
        "schemas": {"Round": {"$ref": "#/components/schemas/Round"}}
    }"##;
    let client = Contract::from_json(json).unwrap().typescript();
    for line in [
        r#"// Made by levante from the module `m`, which is served at "/a\nb". Do not edit it."#,
        r#"const PROTOCOL = "\"; evil(); \"";"#,
        "/** *\\/ evil(); /* */",
        r#"  "a b": 4000,"#,
        "    message?: (event: unknown) => void;",
        r#"    return this.#link.join(LevanteLink.topic`\`\\\$x/${["a-b", topic["a-b"]]}`, handlers, undefined);"#,
    ] {
        assert!(
            client.lines().any(|other| other == line),
            "{line} is not in {client}"
        );
    }
}

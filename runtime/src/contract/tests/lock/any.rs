//! Contracts of any content: nothing panics, and each comparison ends.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::Contract;

/// Values with the words of JSON Schema, so that much of them has a meaning.
fn schema() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["A", "B", "C", "type", "x"]);
    let number = prop::sample::select(vec![
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(3),
    ]);
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!({})),
        Just(json!(null)),
        Just(json!([])),
        name.clone()
            .prop_map(|name| json!({"$ref": format!("#/components/schemas/{name}")})),
        prop::sample::select(vec![
            "null", "boolean", "integer", "number", "string", "array", "object", "x"
        ])
        .prop_map(|kind| json!({"type": kind})),
        prop::sample::select(vec!["uint8", "int64", "uint128", "uuid", "double"])
            .prop_map(|format| json!({"type": ["integer", "string"], "format": format})),
        number.clone().prop_map(|value| json!({"const": value})),
        number.prop_map(|value| json!({"minimum": value, "maxLength": value, "minItems": value})),
        name.prop_map(|name| json!({"enum": [name, 1, null, {"a": name}]})),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..4);
        let named = prop::collection::btree_map("[a-c]", inner.clone(), 0..3);
        let keyword =
            prop::sample::select(vec!["allOf", "oneOf", "anyOf", "items", "type", "required"]);
        prop_oneof![
            (keyword, many.clone()).prop_map(|(key, many)| json!({key: many})),
            inner
                .clone()
                .prop_map(|it| json!({"type": "array", "items": it})),
            (
                named,
                inner.clone(),
                prop::collection::vec("[a-c]", 0..3),
                many
            )
                .prop_map(|(properties, others, required, all)| json!({
                    "type": "object", "properties": properties, "required": required,
                    "additionalProperties": others, "anyOf": all,
                })),
            (inner.clone(), inner).prop_map(|(one, other)| json!({
                "type": "object", "required": ["type"],
                "properties": {"type": {"const": "a"}, "c": one}, "not": other,
            })),
        ]
    })
}

fn contract() -> impl Strategy<Value = Contract> {
    let schemas = prop::collection::btree_map("[A-C]", schema(), 0..4);
    (schemas, prop::collection::vec(schema(), 6)).prop_map(|(schemas, it)| {
        let json = json!({
            "levante": 1, "name": "m", "path": "/m", "docs": "", "protocol": "levante.v1+json",
            "calls": {"say": {
                "docs": "", "ok": it[0], "error": it[1],
                "data": {"type": "object", "properties": {"it": it[2]}, "required": ["it"]},
            }},
            "topics": {"Room": {
                "address": "room/{id}", "docs": "", "message": it[3],
                "data": {"type": "object", "properties": {"id": it[4]}, "required": []},
                "join": {"docs": "", "ok": it[0]},
            }},
            "sends": it[5],
            "closes": {"Kicked": {"code": 4001, "docs": ""}},
            "schemas": schemas,
        });
        Contract::from_json(&json.to_string()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_contract_breaks_itself(it in contract()) {
        prop_assert_eq!(it.breaks(&it), []);
        let again = Contract::from_json(&it.to_json()).unwrap();
        prop_assert_eq!(again.breaks(&it), []);
        prop_assert_eq!(again, it);
    }

    #[test]
    fn any_two_contracts_are_compared(old in contract(), new in contract()) {
        for it in new.breaks(&old) {
            let place = format!("`{}` ", it.place());
            prop_assert!(it.to_string().starts_with(&place));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}", value in schema()) {
        for json in [text, value.to_string()] {
            prop_assert!(Contract::from_json(&json).is_err());
        }
    }
}

fn chain(levels: usize, level: impl Fn(&Value) -> Value) -> Contract {
    let names = |index: usize| json!({"$ref": format!("#/components/schemas/S{index}")});
    let schemas: serde_json::Map<_, _> = (0..levels)
        .map(|index| (format!("S{index}"), level(&names(index + 1))))
        .collect();
    let json = json!({
        "levante": 1, "name": "m", "path": "/m", "docs": "", "protocol": "levante.v1+json",
        "calls": {}, "topics": {}, "sends": names(0), "closes": {}, "schemas": schemas,
    });
    Contract::from_json(&json.to_string()).unwrap()
}

#[test]
fn what_would_take_for_ever_is_given_up() {
    let given_up = ["`sends` is too intricate to compare"];
    type Level = fn(&Value) -> Value;
    let levels: [Level; 5] = [
        |next| json!({"allOf": [next, next]}),
        |next| json!({"anyOf": [next, next]}),
        |next| json!({"type": "object", "properties": {"a": next}}),
        |next| json!({"anyOf": [{"type": "array", "items": next}, {"type": "array", "items": {"anyOf": [next, next]}}]}),
        |next| json!({"allOf": [next]}),
    ];
    for level in levels {
        let old = chain(300, level);
        let mut new = old.clone();
        new.parts
            .schemas
            .insert("S299".into(), json!({"type": "string"}));
        let breaks = new.breaks(&old);
        let breaks: Vec<_> = breaks.iter().map(ToString::to_string).collect();
        assert_eq!(breaks, given_up);
        assert_eq!(new.breaks(&new), []);
    }
}

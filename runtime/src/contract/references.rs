use std::collections::{BTreeMap, BTreeSet};

use schemars::{
    Schema,
    transform::{Transform, transform_subschemas},
};
use serde_json::Value;

/// Where `$ref`s point to, as in a document of AsyncAPI.
pub(crate) const REFERENCE: &str = "#/components/schemas/";

/// Calls a function with each schema in a schema, and with itself.
pub(super) fn each_schema(schema: &mut Value, visit: &mut dyn FnMut(&mut Schema)) {
    struct Each<'v>(&'v mut dyn FnMut(&mut Schema));
    impl Transform for Each<'_> {
        fn transform(&mut self, schema: &mut Schema) {
            (self.0)(schema);
            transform_subschemas(self, schema);
        }
    }
    if let Ok(schema) = <&mut Schema>::try_from(schema) {
        Each(visit).transform(schema);
    }
}

/// The names of the definitions to which a schema refers.
pub(super) fn references(schema: &mut Value) -> Vec<String> {
    let mut found = Vec::new();
    each_schema(schema, &mut |schema| found.extend(referenced(schema)));
    found
}

/// The name that schemars gave the definition to which a schema refers.
pub(super) fn referenced(schema: &Schema) -> Option<String> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix(REFERENCE)?;
    Some(decoded(name))
}

/// Undoes how schemars writes a name into a `$ref`.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    let name = String::from_utf8_lossy(&bytes);
    name.replace("~1", "/").replace("~0", "~")
}

/// Some definitions, and all that refer to them, also by others.
pub(super) fn dependents<'s>(
    schemas: &'s BTreeMap<String, Value>,
    some: impl Iterator<Item = &'s str>,
) -> BTreeSet<&'s str> {
    let mut users: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, schema) in schemas {
        for used in references(&mut schema.clone()) {
            users.entry(used).or_default().push(name);
        }
    }
    let mut open: Vec<&str> = some.collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(users.get(name).into_iter().flatten());
        }
    }
    found
}

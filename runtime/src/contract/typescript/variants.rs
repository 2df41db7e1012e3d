//! The variants of an event.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::references::REFERENCE;

/// The variants of a type, which one field tells apart.
#[derive(Debug, PartialEq)]
pub(super) struct Variants<'s> {
    /// The name of the field.
    pub(super) tag: &'s str,
    /// The schemas of the variants, by the value of the field.
    pub(super) all: Vec<(&'s str, &'s Value)>,
}

impl<'s> Variants<'s> {
    /// `None` if no field tells the variants apart.
    pub(super) fn of(schema: &'s Value, schemas: &'s BTreeMap<String, Value>) -> Option<Self> {
        let variants = resolved(schema, schemas)?.get("oneOf")?.as_array()?;
        let tags = tags(variants.first()?);
        let tag = tags.into_iter().find(|tag| {
            let mut names: Vec<_> = variants.iter().map(|variant| name(variant, tag)).collect();
            names.sort_unstable();
            names.dedup();
            names.len() == variants.len() && names.iter().all(Option::is_some)
        })?;
        let all = variants
            .iter()
            .filter_map(|variant| Some((name(variant, tag)?, variant)));
        Some(Self {
            tag,
            all: all.collect(),
        })
    }
}

/// What references end in. Those that go round in a circle end nowhere.
fn resolved<'s>(mut schema: &'s Value, schemas: &'s BTreeMap<String, Value>) -> Option<&'s Value> {
    for _ in 0..=schemas.len() {
        let only = match schema
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        {
            Some([only]) if schema.get("oneOf").is_none() => only,
            _ => schema,
        };
        match only.get("$ref").and_then(Value::as_str) {
            Some(reference) => schema = schemas.get(reference.strip_prefix(REFERENCE)?)?,
            None => return Some(only),
        }
    }
    None
}

/// The fields that can tell a variant from others. `type` is the usual one.
fn tags(variant: &Value) -> Vec<&str> {
    let properties = variant.get("properties").and_then(Value::as_object);
    let tags = properties
        .into_iter()
        .flat_map(|properties| properties.keys());
    let mut tags: Vec<&str> = tags.map(String::as_str).collect();
    tags.sort_unstable_by_key(|tag| (*tag != "type", *tag));
    tags
}

/// The only value that this field has in a variant.
fn name<'s>(variant: &'s Value, tag: &str) -> Option<&'s str> {
    let required = variant.get("required")?.as_array()?;
    required.iter().find(|name| *name == tag)?;
    let field = variant.get("properties")?.get(tag)?;
    match field.get("const") {
        Some(value) => value.as_str(),
        None => match field.get("enum")?.as_array()?.as_slice() {
            [only] => only.as_str(),
            _ => None,
        },
    }
}

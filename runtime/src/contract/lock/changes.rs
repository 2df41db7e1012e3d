//! What differs in two contracts, for the people who accept it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::contract::Parts;

/// What differs, one line for each part. Every difference is in a line.
pub(in crate::contract) fn changes(old: &Parts, new: &Parts) -> Vec<String> {
    let (old, new) = (parts(old), parts(new));
    let places: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let change = |place: &String| match (old.get(place), new.get(place)) {
        (None, _) => Some(format!("`{place}` is new")),
        (_, None) => Some(format!("`{place}` is gone")),
        (Some(was), Some(is)) if was == is => None,
        (Some(was), Some(is)) if undocumented(was) == undocumented(is) => {
            Some(format!("`{place}` has other docs"))
        }
        _ => Some(format!("`{place}` has changed")),
    };
    places.into_iter().filter_map(change).collect()
}

/// The parts by their places.
fn parts(parts: &Parts) -> BTreeMap<String, Value> {
    let Parts {
        levante,
        name,
        path,
        docs,
        protocol,
        calls,
        topics,
        sends,
        closes,
        schemas,
    } = parts;
    let mut all = BTreeMap::from([
        ("levante".to_owned(), json(levante)),
        ("name".to_owned(), json(name)),
        ("path".to_owned(), json(path)),
        (
            "module".to_owned(),
            Value::Object(Map::from_iter([("docs".to_owned(), json(docs))])),
        ),
        ("protocol".to_owned(), json(protocol)),
    ]);
    all.extend(sends.iter().map(|it| ("sends".to_owned(), it.clone())));
    all.extend(under("calls", calls));
    all.extend(under("topics", topics));
    all.extend(under("closes", closes));
    all.extend(under("schemas", schemas));
    all
}

fn under<T: Serialize>(
    kind: &str,
    parts: &BTreeMap<String, T>,
) -> impl Iterator<Item = (String, Value)> {
    parts
        .iter()
        .map(move |(name, part)| (format!("{kind}.{name}"), json(part)))
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

/// A part without its docs, and without those in its schemas. A field may have the same name: the
/// schema of a field is no text.
fn undocumented(part: &Value) -> Value {
    match part {
        Value::Object(fields) => {
            let is_docs = |name: &str, value: &Value| {
                matches!(name, "docs" | "description" | "title") && value.is_string()
            };
            let fields = fields.iter().filter(|(name, value)| !is_docs(name, value));
            Value::Object(
                fields
                    .map(|(name, value)| (name.clone(), undocumented(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(undocumented).collect(),
        other => other.clone(),
    }
}

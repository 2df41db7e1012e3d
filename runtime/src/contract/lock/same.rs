use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::references::dependents;

/// The names that stand for the same schema in both contracts, also in all that it refers to.
pub(super) fn same<'c>(
    old: &'c BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
) -> BTreeSet<&'c str> {
    let differing = old
        .iter()
        .filter(|(name, schema)| new.get(*name) != Some(schema))
        .map(|(name, _)| name.as_str());
    let changed = dependents(old, differing);
    let names = old.keys().map(String::as_str);
    names.filter(|name| !changed.contains(name)).collect()
}

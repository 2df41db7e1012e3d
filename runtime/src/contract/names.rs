use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use schemars::JsonSchema;
use serde_json::{Value, json};

/// What `#[wire]` puts into the schema of a type, so that its name does not depend on the order in
/// which schemars meets the types: `#[schemars(extend("x-levante-type" = origin::<Self>(…)))]`.
///
/// `module` is the path of the type's module.
pub fn origin<T: JsonSchema + ?Sized>(module: &str) -> Value {
    json!([module, T::schema_name(), T::schema_id()])
}

/// Where a type is, and what it is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The path of its module, such as `app::chat`.
    module: String,
    /// Its name, such as `Person`, or `Page_Person`.
    name: String,
    /// Its identity for schemars, with the types in a generic type.
    id: String,
}

impl Origin {
    /// Where it is in a schema.
    pub(super) const KEY: &'static str = "x-levante-type";

    /// The origin of a definition that schemars calls `given`.
    pub(super) fn of(given: &str, schema: &Value) -> Option<Self> {
        let (module, name, id) = serde_json::from_value(schema.get(Self::KEY)?.clone()).ok()?;
        let origin = Self { module, name, id };
        // A flattened field leaves its origin in the schema of a type without one.
        let number = given.strip_prefix(&origin.name)?;
        number
            .bytes()
            .all(|it| it.is_ascii_digit())
            .then_some(origin)
    }
}

/// The final name of each definition, by the name that schemars gave it. schemars numbers types that
/// have one name in the order in which it meets them, which any new function may change. So, among
/// such types, the one that is nearest to the module of the contract has the name alone. The others
/// have their module before it.
pub(super) fn names<'d>(
    home: &str,
    given: impl Iterator<Item = &'d String>,
    origins: impl Iterator<Item = (&'d String, &'d Origin)>,
) -> BTreeMap<String, String> {
    let mut namesakes: BTreeMap<&str, BTreeMap<&str, (&str, &Origin)>> = BTreeMap::new();
    for (given, origin) in origins {
        let those = namesakes.entry(&origin.name).or_default();
        those.insert(&origin.id, (given, origin));
    }
    let mut nearest = Vec::new();
    let mut others = Vec::new();
    for those in namesakes.into_values() {
        let mut those: Vec<_> = those.into_values().collect();
        those.sort_by_key(|(_, origin)| distance(home, &origin.module));
        let mut those = those.into_iter();
        nearest.extend(those.next().map(|(given, it)| (given, it.name.clone())));
        others.extend(those.map(|(given, it)| (given, prefix(home, &it.module) + &it.name)));
    }
    let marked = nearest.into_iter().chain(others);
    let unmarked: BTreeSet<_> = given.map(|it| (it.as_str(), it.clone())).collect();
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for (given, wanted) in marked.chain(unmarked) {
        if names.contains_key(given) {
            continue;
        }
        let unique = unused(&taken, &identifier(&wanted));
        taken.insert(unique.clone());
        names.insert(given.to_owned(), unique);
    }
    names
}

/// Sorts modules by how near they are to another one: first the module itself, then the modules in
/// it, then those around it.
fn distance<'m>(home: &str, module: &'m str) -> (Reverse<usize>, usize, &'m str) {
    let length = module.split("::").count();
    (Reverse(shared(home, module)), length, module)
}

/// How many parts at their beginning two paths share.
fn shared(home: &str, module: &str) -> usize {
    let both = home.split("::").zip(module.split("::"));
    both.take_while(|(one, other)| one == other).count()
}

/// `app::other::room` as `OtherRoom`, in a contract of `app::chat`.
fn prefix(home: &str, module: &str) -> String {
    let parts: Vec<_> = module.split("::").collect();
    // A module around that of the contract shares all its parts.
    let first = shared(home, module).min(parts.len() - 1);
    parts[first..].iter().copied().map(pascal).collect()
}

/// `chat_room` as `ChatRoom`.
fn pascal(part: &str) -> String {
    let words = part.split('_').filter_map(|word| {
        let mut letters = word.chars();
        Some(
            letters
                .next()?
                .to_uppercase()
                .chain(letters)
                .collect::<String>(),
        )
    });
    words.collect()
}

/// A name that is an identifier in all languages: letters, digits and `_` of ASCII.
fn identifier(name: &str) -> String {
    let mut identifier = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => identifier.push(letter),
            letter if letter.is_alphanumeric() => {
                identifier.push_str(&format!("u{:x}", u32::from(letter)));
            }
            _ => identifier.push('_'),
        }
    }
    if !identifier.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        identifier.insert(0, '_');
    }
    identifier
}

/// A name that is not taken: with a number, if it has to be.
pub(super) fn unused(taken: &BTreeSet<String>, name: &str) -> String {
    let mut unused = name.to_owned();
    let mut number = 2_usize;
    while taken.contains(&unused) {
        unused = format!("{name}{number}");
        number += 1;
    }
    unused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_before_a_name_is_as_it_is_seen_from_the_contract() {
        for (module, expected) in [
            ("app::prices", "Prices"),
            ("app::prices::eur_usd", "PricesEurUsd"),
            ("app::chat::room", "Room"),
            ("app::chat", "Chat"),
            ("app", "App"),
            ("other", "Other"),
            ("other::chat", "OtherChat"),
            ("", ""),
        ] {
            assert_eq!(prefix("app::chat", module), expected);
        }
    }

    #[test]
    fn a_module_is_nearest_to_itself() {
        let mut modules = [
            "other",
            "app::prices",
            "app::chat::room",
            "app",
            "app::chat",
        ];
        modules.sort_by_key(|it| distance("app::chat", it));
        let sorted = [
            "app::chat",
            "app::chat::room",
            "app",
            "app::prices",
            "other",
        ];
        assert_eq!(modules, sorted);
    }

    #[test]
    fn an_origin_of_another_definition_is_none() {
        let schema = json!({"x-levante-type": ["app", "Person", "app::Person"]});
        let is_its = |given| Origin::of(given, &schema).is_some();
        assert!(is_its("Person") && is_its("Person2"));
        assert!(!is_its("Personal") && !is_its("Holder"));
    }
}

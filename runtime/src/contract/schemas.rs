use std::collections::{BTreeMap, BTreeSet};

use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract as Direction, SchemaSettings},
};
use serde_json::{Map, Value};

use super::{
    Parts,
    names::{Origin, names, unused},
    references::{REFERENCE, dependents, each_schema, referenced, references},
};

/// Collects the schemas of all types, as they are read and as they are written.
#[derive(Debug)]
pub(super) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |direction| {
            let draft = SchemaSettings::draft07().with(|settings| {
                settings.contract = direction;
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            });
            draft.into_generator()
        };
        Self {
            read: settings(Direction::Deserialize),
            written: settings(Direction::Serialize),
        }
    }

    /// The schema of what is read as a `T`.
    pub(super) fn read<T: JsonSchema + ?Sized>(&mut self) -> Value {
        self.both::<T>().0
    }

    /// The schema of what a `T` is written as.
    pub(super) fn written<T: JsonSchema + ?Sized>(&mut self) -> Value {
        self.both::<T>().1
    }

    /// Both generators get all types in the same order. So they agree about the numbers of types
    /// that have the same name.
    fn both<T: JsonSchema + ?Sized>(&mut self) -> (Value, Value) {
        let [read, written] = [&mut self.read, &mut self.written].map(|generator| {
            let mut schema = generator.subschema_for::<T>();
            // schemars transforms definitions only.
            for transform in generator.transforms_mut() {
                transform.transform(&mut schema);
            }
            schema.to_value()
        });
        (read, written)
    }

    /// Adds the schemas that the parts refer to, by their final names. `home` is the path of the
    /// module whose contract it is.
    pub(super) fn finish(&mut self, parts: &mut Parts, home: &str) {
        let mut read = Definitions::reached(&mut self.read, reads(parts));
        let mut written = Definitions::reached(&mut self.written, writes(parts));
        let given = read.schemas.keys().chain(written.schemas.keys());
        let origins = read.origins.iter().chain(&written.origins);
        let names = names(home, given, origins);
        let split = split(&read.schemas, &written.schemas);

        let mut taken: BTreeSet<String> = names.values().cloned().collect();
        let mut inputs = names.clone();
        for name in split {
            let input = unused(&taken, &format!("{}Input", names[&name]));
            taken.insert(input.clone());
            inputs.insert(name, input);
        }
        for (definitions, names) in [(&mut read, &inputs), (&mut written, &names)] {
            for (name, mut schema) in std::mem::take(&mut definitions.schemas) {
                finished(&mut schema, names);
                parts.schemas.insert(names[&name].clone(), schema);
            }
        }
        reads(parts).for_each(|schema| finished(schema, &inputs));
        writes(parts).for_each(|schema| finished(schema, &names));
    }
}

/// The schemas in the parts that describe what is read.
fn reads(parts: &mut Parts) -> impl Iterator<Item = &mut Value> {
    let calls = parts.calls.values_mut().map(|call| &mut call.data);
    let topics = parts.topics.values_mut().map(|topic| &mut topic.data);
    calls
        .chain(topics)
        .flatten()
        .flat_map(|data| data.properties.values_mut())
}

/// The schemas in the parts that describe what is written.
fn writes(parts: &mut Parts) -> impl Iterator<Item = &mut Value> {
    let calls = parts.calls.values_mut().map(|call| &mut call.answer);
    let (messages, joins): (Vec<_>, Vec<_>) = parts
        .topics
        .values_mut()
        .map(|topic| (&mut topic.message, &mut topic.join))
        .unzip();
    let joins = joins.into_iter().flatten().map(|join| &mut join.answer);
    let answers = calls
        .chain(joins)
        .flat_map(|answer| [&mut answer.ok, &mut answer.error]);
    answers.chain([&mut parts.sends]).flatten().chain(messages)
}

/// The definitions of one direction, by the names that schemars gave them.
struct Definitions {
    schemas: BTreeMap<String, Value>,
    origins: BTreeMap<String, Origin>,
}

impl Definitions {
    /// Those to which schemas refer, also by others.
    fn reached<'r>(
        generator: &mut SchemaGenerator,
        roots: impl Iterator<Item = &'r mut Value>,
    ) -> Self {
        let mut all: Map<String, Value> = generator.take_definitions(true);
        let mut reached = Self {
            schemas: BTreeMap::new(),
            origins: BTreeMap::new(),
        };
        let mut open: BTreeSet<String> = roots.flat_map(references).collect();
        while let Some(name) = open.pop_first() {
            let Some(mut schema) = all.remove(&name) else {
                continue;
            };
            open.extend(references(&mut schema));
            if let Some(origin) = Origin::of(&name, &schema) {
                reached.origins.insert(name.clone(), origin);
            }
            normalize(&mut schema);
            reached.schemas.insert(name, schema);
        }
        reached
    }
}

/// Makes schemas equal that say the same: `required` is a set.
fn normalize(schema: &mut Value) {
    each_schema(schema, &mut |schema| {
        schema.remove(Origin::KEY);
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.sort_unstable_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
    });
    // Otherwise the order would depend on a feature of serde_json.
    schema.sort_all_objects();
}

/// Gives a schema its final form.
fn finished(schema: &mut Value, names: &BTreeMap<String, String>) {
    normalize(schema);
    each_schema(schema, &mut |schema| {
        if let Some(name) = referenced(schema).and_then(|name| names.get(&name)) {
            schema.insert("$ref".to_owned(), format!("{REFERENCE}{name}").into());
        }
    });
}

/// The names of definitions that are read and written, and are not the same in both directions, or
/// refer to one that is not.
fn split(read: &BTreeMap<String, Value>, written: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let differing = read
        .iter()
        .filter(|(name, schema)| written.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.as_str());
    dependents(read, differing)
        .into_iter()
        .filter(|name| written.contains_key(*name))
        .map(str::to_owned)
        .collect()
}

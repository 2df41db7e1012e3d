//! JSON Schema as types of TypeScript.

use serde_json::{Map, Value, json};

use super::{
    names::Names,
    text::{comment, docs, key},
};
use crate::contract::{Fields, references::REFERENCE};

/// The longest line that an object type may be written on.
const LONGEST_LINE: usize = 90;

/// The longest array that is written as a tuple.
const LONGEST_TUPLE: u64 = 16;

/// A schema as a type. `indent` is that of the line on which the type begins.
pub(super) fn of(schema: &Value, names: &Names, indent: &str) -> String {
    Types { names }.of(schema, indent).text
}

/// The parameters of a method as the type of one object.
pub(super) fn of_fields(fields: &Fields, names: &Names) -> String {
    let Fields {
        properties,
        required,
        ..
    } = fields;
    let schema = json!({"type": "object", "properties": properties, "required": required});
    of(&schema, names, "  ")
}

/// A schema as the right side of `type X =`, with each documented variant on lines of its own.
pub(super) fn definition(schema: &Value, names: &Names) -> String {
    let types = Types { names };
    let variants = schema.get("oneOf").and_then(Value::as_array);
    let is_only_variants = schema.as_object().is_some_and(|schema| {
        let mut keys = schema.keys();
        keys.all(|key| matches!(&**key, "oneOf" | "description" | "title"))
    });
    match variants {
        Some(variants) if is_only_variants && variants.len() > 1 => {
            let lines = variants.iter().map(|variant| {
                let variant_type = types.of(variant, "    ").text;
                format!("\n{}  | {variant_type}", comment("  ", &docs(variant)))
            });
            lines.collect()
        }
        _ => format!(" {}", types.of(schema, "").text),
    }
}

/// A type, and whether it needs brackets beside `[]`, and beside `&`.
struct Type {
    text: String,
    binds: Binds,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binds {
    Or,
    And,
    One,
}

impl Type {
    fn one(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            text,
            binds: Binds::One,
        }
    }

    /// Any of the types.
    fn any(types: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Self> = Vec::new();
        for one in types {
            if one.text == "unknown" {
                return one;
            }
            if one.text != "never" && all.iter().all(|other| other.text != one.text) {
                all.push(one);
            }
        }
        Self::joined(all, " | ", Binds::Or, "never")
    }

    /// All of the types at once.
    fn all(types: impl IntoIterator<Item = Self>) -> Self {
        let types = types.into_iter().filter(|one| one.text != "unknown");
        Self::joined(types.collect(), " & ", Binds::And, "unknown")
    }

    fn joined(mut all: Vec<Self>, operator: &str, binds: Binds, none: &str) -> Self {
        match all.len() {
            0 => Self::one(none),
            1 => all.remove(0),
            _ => {
                let texts: Vec<_> = all.iter().map(|one| one.within(binds)).collect();
                Self {
                    text: texts.join(operator),
                    binds,
                }
            }
        }
    }

    /// The type as a part of one that binds so.
    fn within(&self, binds: Binds) -> String {
        if self.binds < binds {
            format!("({})", self.text)
        } else {
            self.text.clone()
        }
    }
}

struct Types<'n> {
    names: &'n Names,
}

impl Types<'_> {
    fn of(&self, schema: &Value, indent: &str) -> Type {
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(false) => return Type::one("never"),
            _ => return Type::one("unknown"),
        };
        if let Some(value) = schema.get("const") {
            return Type::one(value.to_string());
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return Type::any(values.iter().map(|value| Type::one(value.to_string())));
        }
        let mut parts = Vec::new();
        if let Some(Value::String(reference)) = schema.get("$ref") {
            let name = reference.strip_prefix(REFERENCE).unwrap_or(reference);
            parts.push(Type::one(self.names.of_type(name)));
        }
        parts.push(match schema.get("type") {
            Some(Value::String(kind)) => self.kind(kind, schema, indent),
            Some(Value::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(Value::as_str);
                Type::any(kinds.map(|kind| self.kind(kind, schema, indent)))
            }
            _ if schema.contains_key("properties") => self.kind("object", schema, indent),
            _ => Type::one("unknown"),
        });
        for key in ["oneOf", "anyOf"] {
            if let Some(Value::Array(all)) = schema.get(key) {
                parts.push(Type::any(all.iter().map(|one| self.of(one, indent))));
            }
        }
        if let Some(Value::Array(all)) = schema.get("allOf") {
            parts.extend(all.iter().map(|one| self.of(one, indent)));
        }
        // An object type without properties says nothing beside those that have some.
        if parts.len() > 1 {
            parts.retain(|part| part.text != ANY_OBJECT);
        }
        Type::all(parts)
    }

    fn kind(&self, kind: &str, schema: &Map<String, Value>, indent: &str) -> Type {
        match kind {
            "string" | "number" | "boolean" | "null" => Type::one(kind),
            "integer" => Type::one("number"),
            "array" => self.array(schema, indent),
            "object" => self.object(schema, indent),
            _ => Type::one("unknown"),
        }
    }

    fn array(&self, schema: &Map<String, Value>, indent: &str) -> Type {
        let length = |key| schema.get(key).and_then(Value::as_u64);
        let of = |item: &Value| self.of(item, indent);
        let (items, more) = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(items)), more) => (items, more),
            (_, Some(Value::Array(items))) => (items, schema.get("additionalItems")),
            (_, Some(item)) => {
                let item = of(item);
                return match (length("minItems"), length("maxItems")) {
                    (Some(least), Some(most)) if least == most && most <= LONGEST_TUPLE => {
                        let items: Vec<_> = (0..most).map(|_| &*item.text).collect();
                        Type::one(format!("[{}]", items.join(", ")))
                    }
                    _ => Type::one(format!("{}[]", item.within(Binds::One))),
                };
            }
            _ => return Type::one("unknown[]"),
        };
        let mut texts: Vec<_> = items.iter().map(|item| of(item).text).collect();
        let is_whole = length("maxItems").is_some_and(|most| most <= items.len() as u64);
        if !is_whole && more != Some(&Value::Bool(false)) {
            let more = more.map_or(Type::one("unknown"), of);
            texts.push(format!("...{}[]", more.within(Binds::One)));
        }
        Type::one(format!("[{}]", texts.join(", ")))
    }

    fn object(&self, schema: &Map<String, Value>, indent: &str) -> Type {
        let inner = format!("{indent}  ");
        let required: Vec<_> = match schema.get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let mut properties: Vec<(&String, &Value)> = match schema.get("properties") {
            Some(Value::Object(properties)) => properties.iter().collect(),
            _ => Vec::new(),
        };
        // First the field that tells variants apart.
        properties.sort_by_key(|(name, property)| (property.get("const").is_none(), *name));

        let mut members = Vec::new();
        let mut types = Vec::new();
        for (name, property) in properties {
            let property_type = self.of(property, &inner);
            let mark = if required.contains(&&**name) { "" } else { "?" };
            let member = format!("{}{mark}: {}", key(name), property_type.text);
            members.push((comment(&inner, &docs(property)), member));
            types.push(property_type);
            if !mark.is_empty() {
                types.push(Type::one("undefined"));
            }
        }
        if let Some(values) = self.values(schema, &inner) {
            // All properties have to be of the type of the others, also those that have names.
            let text = Type::any([values].into_iter().chain(types)).text;
            members.push((String::new(), format!("[key: string]: {text}")));
        }
        if members.is_empty() {
            return Type::one(ANY_OBJECT);
        }
        let line = members
            .iter()
            .map(|(_, member)| &**member)
            .collect::<Vec<_>>();
        let line = format!("{{ {} }}", line.join("; "));
        let fits = indent.len() + line.len() <= LONGEST_LINE && !line.contains('\n');
        if fits && members.iter().all(|(docs, _)| docs.is_empty()) {
            return Type::one(line);
        }
        let members = members
            .iter()
            .map(|(docs, member)| format!("{docs}{inner}{member};\n"));
        Type::one(format!("{{\n{}{indent}}}", members.collect::<String>()))
    }

    /// The type of the values that have no names in the schema.
    fn values(&self, schema: &Map<String, Value>, indent: &str) -> Option<Type> {
        let mut types = Vec::new();
        if let Some(Value::Object(patterns)) = schema.get("patternProperties") {
            types.extend(patterns.values().map(|values| self.of(values, indent)));
        }
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(false)) => {}
            Some(values) => types.push(self.of(values, indent)),
        }
        (!types.is_empty()).then(|| Type::any(types))
    }
}

/// An object with properties that the contract does not know.
const ANY_OBJECT: &str = "{ [key: string]: unknown }";

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::contract::references::REFERENCE;

/// More alternatives than that are not compared one by one.
const MOST_FORMS: usize = 512;
/// A schema of more parts is not read. Parts count once for each path that leads to them.
const MOST_PARTS: usize = 4_000;
/// References that refer to references.
const MOST_OPEN: usize = 64;

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// Whether each value of the other kind is one of this.
    pub(super) fn includes(self, other: Self) -> bool {
        self == other || (self, other) == (Self::Number, Self::Integer)
    }
}

/// An interval of integers; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Limits {
    pub(super) least: Option<i128>,
    pub(super) most: Option<i128>,
}

impl Limits {
    pub(super) fn includes(self, other: Self) -> bool {
        let from = self
            .least
            .is_none_or(|least| other.least.is_some_and(|it| it >= least));
        let to = self
            .most
            .is_none_or(|most| other.most.is_some_and(|it| it <= most));
        from && to
    }

    fn and(self, other: Self) -> Self {
        let both = |one: Option<i128>, other: Option<i128>, choose: fn(i128, i128) -> i128| {
            one.zip(other).map(|(a, b)| choose(a, b)).or(one).or(other)
        };
        Self {
            least: both(self.least, other.least, i128::max),
            most: both(self.most, other.most, i128::min),
        }
    }

    /// What schemars calls the types of Rust.
    fn of_format(format: &str) -> Option<Self> {
        let (least, most) = match format {
            "int8" => (i8::MIN.into(), i8::MAX.into()),
            "int16" => (i16::MIN.into(), i16::MAX.into()),
            "int32" => (i32::MIN.into(), i32::MAX.into()),
            "int" | "int64" => (i64::MIN.into(), i64::MAX.into()),
            "int128" => (i128::MIN, i128::MAX),
            "uint8" => (0, u8::MAX.into()),
            "uint16" => (0, u16::MAX.into()),
            "uint32" => (0, u32::MAX.into()),
            "uint" | "uint64" => (0, u64::MAX.into()),
            // Its upper half is beyond the numbers here.
            "uint128" => (0, i128::MAX),
            _ => return None,
        };
        Some(Self {
            least: Some(least),
            most: Some(most),
        })
    }
}

/// One alternative of a schema: everything in it holds at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Form<'s> {
    /// The schema to which it belongs by a `$ref`.
    pub(super) name: Option<&'s str>,
    /// `None` allows all kinds.
    pub(super) kind: Option<Kind>,
    /// The only value.
    pub(super) value: Option<&'s Value>,
    /// Integers, and numbers with integral limits.
    pub(super) range: Limits,
    /// How long a string is, how many elements an array has, how many entries an object has.
    pub(super) length: Limits,
    /// What is not understood here, and so has to be equal: formats, patterns and the like.
    pub(super) exact: BTreeMap<&'s str, &'s Value>,
    pub(super) items: Option<&'s Value>,
    pub(super) tuple: Option<&'s [Value]>,
    pub(super) properties: BTreeMap<&'s str, &'s Value>,
    pub(super) required: BTreeSet<&'s str>,
    /// The schema of fields without a name of their own. `None` if only named fields are meant.
    pub(super) others: Option<&'s Value>,
}

/// The schema has more alternatives than can be compared.
#[derive(Debug)]
pub(super) struct TooMany;

/// The alternatives of a schema.
pub(super) fn forms<'s>(
    schema: &'s Value,
    schemas: &'s BTreeMap<String, Value>,
) -> Result<Vec<Form<'s>>, TooMany> {
    let mut reader = Reader {
        schemas,
        open: Vec::new(),
        parts: 0,
    };
    reader.forms(schema)
}

struct Reader<'s> {
    schemas: &'s BTreeMap<String, Value>,
    /// The references that are being followed.
    open: Vec<&'s str>,
    /// How many schemas have been read.
    parts: usize,
}

impl<'s> Reader<'s> {
    fn forms(&mut self, schema: &'s Value) -> Result<Vec<Form<'s>>, TooMany> {
        self.parts += 1;
        if self.parts > MOST_PARTS || self.open.len() > MOST_OPEN {
            return Err(TooMany);
        }
        let Value::Object(keys) = schema else {
            return Ok(match schema {
                Value::Bool(false) => Vec::new(),
                // A schema of another kind cannot be valid, and says nothing.
                _ => vec![Form::default()],
            });
        };
        let mut forms = own(keys);
        if let Some(name) = keys.get("$ref").and_then(Value::as_str) {
            forms = product(&forms, &self.referenced(name)?)?;
        }
        for part in listed(keys, "allOf") {
            forms = product(&forms, &self.forms(part)?)?;
        }
        for key in ["oneOf", "anyOf"] {
            if keys.get(key).is_some_and(Value::is_array) {
                let mut union = Vec::new();
                for part in listed(keys, key) {
                    union.extend(self.forms(part)?);
                    if union.len() > MOST_FORMS {
                        return Err(TooMany);
                    }
                }
                forms = product(&forms, &union)?;
            }
        }
        Ok(forms)
    }

    /// A reference that leads only to itself has no values.
    fn referenced(&mut self, name: &'s str) -> Result<Vec<Form<'s>>, TooMany> {
        if self.open.contains(&name) {
            return Ok(Vec::new());
        }
        let short = name.strip_prefix(REFERENCE);
        let Some(schema) = short.and_then(|name| self.schemas.get(name)) else {
            return Ok(vec![Form {
                name: Some(name),
                ..Form::default()
            }]);
        };
        self.open.push(name);
        let forms = self.forms(schema);
        self.open.pop();
        let mut forms = forms?;
        for form in &mut forms {
            form.name = short;
        }
        Ok(forms)
    }
}

fn listed<'s>(keys: &'s Map<String, Value>, key: &str) -> &'s [Value] {
    keys.get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The alternatives by the keywords of the schema itself: one for each type and value.
fn own(keys: &Map<String, Value>) -> Vec<Form<'_>> {
    let form = constraints(keys);
    let kinds: Vec<Option<Kind>> = match keys.get("type") {
        Some(Value::String(name)) => vec![Kind::named(name)],
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            names.map(Kind::named).collect()
        }
        _ => vec![None],
    };
    let values: Option<Vec<&Value>> = match (keys.get("const"), keys.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    };
    let of_kind = kinds.into_iter().map(|kind| Form {
        kind,
        ..form.clone()
    });
    let Some(values) = values else {
        return of_kind.collect();
    };
    let of_value = |value| Form {
        kind: Some(Kind::of(value)),
        value: Some(value),
        ..Form::default()
    };
    let valued: Vec<_> = values.into_iter().map(of_value).collect();
    let mut forms = Vec::new();
    for form in of_kind {
        forms.extend(valued.iter().filter_map(|value| both(&form, value)));
    }
    forms
}

fn constraints(keys: &Map<String, Value>) -> Form<'_> {
    let mut form = Form::default();
    for (key, value) in keys {
        let number = value
            .as_i64()
            .map(i128::from)
            .or_else(|| value.as_u64().map(i128::from));
        let least = |number| Limits {
            least: number,
            most: None,
        };
        let most = |number| Limits {
            least: None,
            most: number,
        };
        match (key.as_str(), number) {
            // Handled elsewhere, or not about values.
            (
                "type" | "const" | "enum" | "$ref" | "allOf" | "oneOf" | "anyOf" | "title"
                | "description" | "default" | "examples" | "deprecated" | "readOnly" | "writeOnly"
                | "$comment" | "$schema" | "$id",
                _,
            ) => {}
            (key, _) if key.starts_with("x-") => {}
            ("format", _) => match value.as_str() {
                // Each number of JSON can be read as either of them.
                Some("float" | "double") => {}
                Some(format) if set_range(format, &mut form) => {}
                _ => {
                    form.exact.insert(key, value);
                }
            },
            ("minimum", Some(_)) => form.range = form.range.and(least(number)),
            ("maximum", Some(_)) => form.range = form.range.and(most(number)),
            ("minLength" | "minItems" | "minProperties", Some(_)) => {
                form.length = form.length.and(least(number));
            }
            ("maxLength" | "maxItems" | "maxProperties", Some(_)) => {
                form.length = form.length.and(most(number));
            }
            ("items", _) => match value {
                Value::Array(tuple) => form.tuple = Some(tuple),
                items => form.items = Some(items),
            },
            ("properties", _) => {
                form.properties = named(value);
            }
            ("required", _) => {
                let names = value.as_array().into_iter().flatten();
                form.required = names.filter_map(Value::as_str).collect();
            }
            ("additionalProperties", _) => form.others = Some(value),
            ("additionalItems", _) if value.is_boolean() => {}
            _ => {
                form.exact.insert(key, value);
            }
        }
    }
    form
}

fn named(value: &Value) -> BTreeMap<&str, &Value> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

fn set_range(format: &str, form: &mut Form<'_>) -> bool {
    let Some(range) = Limits::of_format(format) else {
        return false;
    };
    form.range = form.range.and(range);
    true
}

fn product<'s>(some: &[Form<'s>], others: &[Form<'s>]) -> Result<Vec<Form<'s>>, TooMany> {
    let mut forms = Vec::new();
    for one in some {
        forms.extend(others.iter().filter_map(|other| both(one, other)));
        if forms.len() > MOST_FORMS {
            return Err(TooMany);
        }
    }
    Ok(forms)
}

impl<'s> Form<'s> {
    /// Which variant of an enum it may be. With a tag two enums are compared variant by variant.
    pub(super) fn tag(&self, is_one_of_many: bool) -> Option<Tag<'s>> {
        if let Some(value) = self.value {
            return Some(Tag::Value(value));
        }
        if self.kind != Some(Kind::Object) {
            return None;
        }
        let tagged = self.properties.iter().find_map(|(name, schema)| {
            let value = schema.get("const")?.as_str()?;
            self.required
                .contains(name)
                .then_some(Tag::Field(name, value))
        });
        let only = || match (self.properties.first_key_value(), self.others) {
            (Some((name, _)), Some(Value::Bool(false)))
                if self.properties.len() == 1 && self.required.contains(name) =>
            {
                Some(Tag::Only(name))
            }
            _ => None,
        };
        tagged.or_else(|| is_one_of_many.then(only).flatten())
    }

    /// The range of all values.
    pub(super) fn range(&self) -> Limits {
        let value = self.value.and_then(|value| {
            let unsigned = value.as_u64().map(i128::from);
            value.as_i64().map(i128::from).or(unsigned)
        });
        value.map_or(self.range, |value| Limits {
            least: Some(value),
            most: Some(value),
        })
    }
}

/// What tells a variant of an enum from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tag<'s> {
    /// It is this value: a unit variant.
    Value(&'s Value),
    /// It has this text in this field.
    Field(&'s str, &'s str),
    /// It is an object with this field only.
    Only(&'s str),
}

/// What both allow; `None` if that is no value at all.
fn both<'s>(one: &Form<'s>, other: &Form<'s>) -> Option<Form<'s>> {
    let kind = match (one.kind, other.kind) {
        (Some(one), Some(other)) if one.includes(other) => Some(other),
        (Some(one), Some(other)) if other.includes(one) => Some(one),
        (Some(_), Some(_)) => return None,
        (one, other) => one.or(other),
    };
    if let (Some(one), Some(other)) = (one.value, other.value)
        && one != other
    {
        return None;
    }
    let mut form = one.clone();
    form.kind = kind;
    form.name = one.name.or(other.name);
    form.value = one.value.or(other.value);
    form.range = one.range.and(other.range);
    form.length = one.length.and(other.length);
    form.items = one.items.or(other.items);
    form.tuple = one.tuple.or(other.tuple);
    form.others = one.others.or(other.others);
    form.required.extend(&other.required);
    for (name, schema) in &other.properties {
        form.properties.entry(name).or_insert(schema);
    }
    for (key, value) in &other.exact {
        form.exact.entry(key).or_insert(value);
    }
    Some(form)
}

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::{
    Break,
    form::{Form, Tag, forms},
    same::same,
    shape::{Shape, shape},
    words::{shown, shown_all},
};
use crate::contract::references::{REFERENCE, references};

/// A comparison of more pairs of schemas is given up.
const MOST_STEPS: usize = 10_000;
/// How deep schemas are compared that contain each other.
const DEEPEST: usize = 100;

/// Which way a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// From clients: what old ones write must be read.
    Read,
    /// To clients: what is written, old ones must be able to read.
    Write,
}

/// Which variants a client can be given that it does not know.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unknown {
    /// Those with a tag. Clients hand such objects over as unknown.
    Tagged,
    /// Those of a refusal, also without content.
    Refused,
    /// Those of an event, also without content. A client may wait for an event.
    Event,
}

/// Where something is in a contract.
#[derive(Clone, Debug)]
pub(super) struct Place(String);

impl Place {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(super) fn then(&self, name: &str) -> Self {
        Self(format!("{}.{name}", self.0))
    }

    /// An element of an array.
    fn element(&self, index: Option<usize>) -> Self {
        let index = index.map(|index| index.to_string()).unwrap_or_default();
        Self(format!("{}[{index}]", self.0))
    }
}

/// Compares schemas of two contracts.
pub(super) struct Compare<'c> {
    old: &'c BTreeMap<String, Value>,
    new: &'c BTreeMap<String, Value>,
    same: BTreeSet<&'c str>,
}

impl<'c> Compare<'c> {
    pub(super) fn new(old: &'c BTreeMap<String, Value>, new: &'c BTreeMap<String, Value>) -> Self {
        Self {
            old,
            new,
            same: same(old, new),
        }
    }

    pub(super) fn schemas(
        &self,
        way: Way,
        place: Place,
        was: &Value,
        is: &Value,
        breaks: &mut Vec<Break>,
    ) {
        self.run(way, Unknown::Tagged, place, was, is, breaks);
    }

    /// Compares the types of all events or messages.
    pub(super) fn events(&self, at: &str, was: &Value, is: &Value, breaks: &mut Vec<Break>) {
        self.run(Way::Write, Unknown::Event, Place::new(at), was, is, breaks);
    }

    pub(super) fn refusals(&self, at: &str, was: &Value, is: &Value, breaks: &mut Vec<Break>) {
        self.run(
            Way::Write,
            Unknown::Refused,
            Place::new(at),
            was,
            is,
            breaks,
        );
    }

    fn run(
        &self,
        way: Way,
        unknown: Unknown,
        place: Place,
        was: &Value,
        is: &Value,
        breaks: &mut Vec<Break>,
    ) {
        let mut run = Run {
            old: self.old,
            new: self.new,
            same: &self.same,
            seen: Vec::new(),
            seen_set: HashSet::new(),
            steps: 0,
            depth: 0,
            is_given_up: false,
            breaks: Vec::new(),
        };
        run.schemas(way, unknown, &place, was, is);
        if run.is_given_up {
            run.breaks
                .push(Break::new(place.0, "is too intricate to compare"));
        }
        breaks.append(&mut run.breaks);
    }
}

/// Two schemas, by their addresses: types may contain themselves.
type Pair = (*const Value, *const Value, Way);

/// One comparison.
pub(super) struct Run<'c> {
    old: &'c BTreeMap<String, Value>,
    new: &'c BTreeMap<String, Value>,
    same: &'c BTreeSet<&'c str>,
    /// The pairs that are being compared, or break nothing.
    seen: Vec<Pair>,
    seen_set: HashSet<Pair>,
    steps: usize,
    depth: usize,
    is_given_up: bool,
    breaks: Vec<Break>,
}

impl<'c> Run<'c> {
    /// Compares schemas within others.
    pub(super) fn nested(&mut self, way: Way, place: &Place, was: &'c Value, is: &'c Value) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.is_given_up = true;
        }
        self.schemas(way, Unknown::Tagged, place, was, is);
        self.depth -= 1;
    }

    pub(super) fn say(&mut self, place: &Place, what: impl std::fmt::Display) {
        self.breaks.push(Break::new(&place.0, what));
    }

    fn schemas(
        &mut self,
        way: Way,
        unknown: Unknown,
        place: &Place,
        was: &'c Value,
        is: &'c Value,
    ) {
        self.steps += 1;
        self.is_given_up |= self.steps > MOST_STEPS;
        let pair = (target(was, self.old), target(is, self.new), way);
        if self.is_given_up || self.is_same(was, is) || !self.seen_set.insert(pair) {
            return;
        }
        self.seen.push(pair);
        let (Ok(old), Ok(new)) = (forms(was, self.old), forms(is, self.new)) else {
            self.is_given_up = true;
            return;
        };
        let (wide, narrow) = match way {
            Way::Read => (&new, &old),
            Way::Write => (&old, &new),
        };
        let unmatched: Vec<_> = narrow
            .iter()
            .filter(|form| !self.covers(way, place, wide, form, narrow.len() > 1))
            .filter(|form| way == Way::Read || !is_known(unknown, wide, form, narrow.len() > 1))
            .collect();
        let has_tags = |forms: &[Form<'_>]| forms.iter().any(|form| form.tag(true).is_some());
        let are_choices = has_tags(wide) && has_tags(narrow);
        if !unmatched.is_empty() && unmatched.len() == narrow.len() && !are_choices {
            self.changed(place, &old, &new);
            return;
        }
        if let Some((was, is)) = shape(&old).zip(shape(&new))
            && was != is
            && !unmatched.is_empty()
        {
            let [was, is] = [was, is].map(Shape::shown);
            self.say(place, format_args!("was {was}, and is {is}"));
            return;
        }
        for form in unmatched {
            let what = match way {
                Way::Read => format!("does not take {} any more", shown(form)),
                Way::Write => format!("may be {} now", shown(form)),
            };
            self.say(place, what);
        }
        if unknown == Unknown::Event {
            self.missing_events(place, &old, &new);
        }
    }

    /// Whether the schemas are the same, also in all that they refer to.
    fn is_same(&self, was: &Value, is: &Value) -> bool {
        was == is
            && references(&mut was.clone())
                .iter()
                .all(|name| self.same.contains(name.as_str()))
    }

    /// Reports the events that are not sent any more.
    fn missing_events(&mut self, place: &Place, old: &[Form<'_>], new: &[Form<'_>]) {
        for form in old {
            let Some(tag) = form.tag(old.len() > 1) else {
                continue;
            };
            if !new.iter().any(|it| it.tag(new.len() > 1) == Some(tag)) {
                self.say(&place.then(&name(tag)), "is not sent any more");
            }
        }
    }

    /// Compares an alternative with the one that takes it. `false` if there is none.
    fn covers(
        &mut self,
        way: Way,
        place: &Place,
        wide: &[Form<'c>],
        narrow: &Form<'c>,
        is_one_of_many: bool,
    ) -> bool {
        let is_many = wide.len() > 1;
        let tag = narrow.tag(is_one_of_many);
        let tagged: Vec<_> = wide
            .iter()
            .filter(|form| tag.is_some() && form.tag(is_many) == tag)
            .collect();
        let candidates = match tagged.is_empty() {
            false => tagged,
            true => wide
                .iter()
                .filter(|form| form.tag(is_many).is_none() && takes(form, narrow))
                .collect(),
        };
        let place = match tag {
            Some(Tag::Field(_, name)) => &place.then(name),
            _ => place,
        };
        let mut fewest: Option<Vec<Break>> = None;
        for form in candidates {
            let seen = self.seen.len();
            let before = std::mem::take(&mut self.breaks);
            self.form(way, place, form, narrow);
            let found = std::mem::replace(&mut self.breaks, before);
            if found.is_empty() {
                return true;
            }
            for pair in self.seen.drain(seen..) {
                self.seen_set.remove(&pair);
            }
            if fewest
                .as_ref()
                .is_none_or(|fewest| found.len() < fewest.len())
            {
                fewest = Some(found);
            }
        }
        match fewest {
            Some(found) => {
                self.breaks.extend(found);
                true
            }
            None => false,
        }
    }

    /// Compares two alternatives: each value of the narrow one must be one of the wide one.
    fn form(&mut self, way: Way, place: &Place, wide: &Form<'c>, narrow: &Form<'c>) {
        let is_like = narrow.value.is_some() && wide.value == narrow.value;
        // Duplicates in a set are read as one.
        let is_exact = wide.exact.iter().all(|(key, value)| {
            let is_set = *key == "uniqueItems" && way == Way::Read;
            is_set || narrow.exact.get(key) == Some(value)
        });
        let takes_all = takes(wide, narrow)
            && wide.value.is_none_or(|value| narrow.value == Some(value))
            && is_exact
            && wide.range.includes(narrow.range())
            && wide.length.includes(narrow.length)
            && (wide.tuple.is_none() || narrow.tuple.is_some());
        if !is_like && !takes_all {
            let (was, is) = oriented(way, wide, narrow);
            self.changed(place, std::slice::from_ref(was), std::slice::from_ref(is));
            return;
        }
        self.array(way, place, wide, narrow);
        self.object(way, place, wide, narrow);
    }

    fn array(&mut self, way: Way, place: &Place, wide: &Form<'c>, narrow: &Form<'c>) {
        let elements: Vec<(Option<usize>, &Value, &Value)> =
            match ((wide.items, wide.tuple), (narrow.items, narrow.tuple)) {
                ((_, Some(wide)), (_, Some(narrow))) => {
                    let pairs = wide.iter().zip(narrow).enumerate();
                    pairs
                        .map(|(index, (wide, narrow))| (Some(index), wide, narrow))
                        .collect()
                }
                ((Some(wide), _), (_, Some(narrow))) => {
                    let elements = narrow.iter().enumerate();
                    elements
                        .map(|(index, narrow)| (Some(index), wide, narrow))
                        .collect()
                }
                ((Some(wide), _), (Some(narrow), _)) => vec![(None, wide, narrow)],
                ((Some(wide), _), (None, None)) => vec![(None, wide, &Value::Bool(true))],
                _ => Vec::new(),
            };
        for (index, wide, narrow) in elements {
            let (was, is) = oriented(way, wide, narrow);
            self.nested(way, &place.element(index), was, is);
        }
    }

    fn changed(&mut self, place: &Place, was: &[Form<'_>], is: &[Form<'_>]) {
        let [was, is] = [shown_all(was), shown_all(is)];
        if was == is {
            self.say(
                place,
                format_args!("is {is} as before, but with other limits"),
            );
        } else {
            self.say(place, format_args!("was {was} and is {is}"));
        }
    }
}

/// The address of a schema, or of that to which it refers.
fn target(schema: &Value, schemas: &BTreeMap<String, Value>) -> *const Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let name = reference.and_then(|it| it.strip_prefix(REFERENCE));
    std::ptr::from_ref(name.and_then(|name| schemas.get(name)).unwrap_or(schema))
}

/// The older and the newer one.
pub(super) fn oriented<T>(way: Way, wide: T, narrow: T) -> (T, T) {
    match way {
        Way::Read => (narrow, wide),
        Way::Write => (wide, narrow),
    }
}

/// Whether the kinds fit.
fn takes(wide: &Form<'_>, narrow: &Form<'_>) -> bool {
    match (wide.kind, narrow.kind) {
        (None, _) => true,
        (Some(wide), Some(narrow)) => wide.includes(narrow),
        (Some(_), None) => false,
    }
}

/// Whether clients know what to do with a variant that they do not know.
fn is_known(unknown: Unknown, old: &[Form<'_>], form: &Form<'_>, is_one_of_many: bool) -> bool {
    let tags = || old.iter().filter_map(|form| form.tag(old.len() > 1));
    match form.tag(is_one_of_many) {
        Some(Tag::Field(field, _)) => {
            tags().any(|it| matches!(it, Tag::Field(it, _) if it == field))
        }
        Some(Tag::Value(_)) if unknown != Unknown::Tagged => true,
        _ => false,
    }
}

fn name(tag: Tag<'_>) -> String {
    match tag {
        Tag::Value(value) => value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
        Tag::Field(_, name) | Tag::Only(name) => name.to_owned(),
    }
}

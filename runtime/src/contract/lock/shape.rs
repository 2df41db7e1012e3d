use serde_json::Value;

use super::form::{Form, Kind, Tag};

/// How all variants of an enum are written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape<'s> {
    Strings,
    /// Objects, with the name of the variant in this field.
    Objects(&'s str),
}

impl Shape<'_> {
    pub(super) fn shown(self) -> String {
        match self {
            Self::Strings => "a string".to_owned(),
            Self::Objects(field) => format!("an object with `{field}`"),
        }
    }
}

/// `None` if it is no enum, or one whose variants are written in different ways. `null` is no
/// variant: the value may be missing.
pub(super) fn shape<'s>(forms: &[Form<'s>]) -> Option<Shape<'s>> {
    let variants = forms.iter().filter(|form| form.kind != Some(Kind::Null));
    let mut shapes = variants.map(|form| match form.tag(false)? {
        Tag::Value(Value::String(_)) => Some(Shape::Strings),
        Tag::Field(field, _) => Some(Shape::Objects(field)),
        _ => None,
    });
    let first = shapes.next()??;
    shapes.all(|shape| shape == Some(first)).then_some(first)
}

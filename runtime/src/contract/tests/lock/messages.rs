//! Fields of objects, and variants of enums in all their forms.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{NONE, read, refused, sent, written};

#[derive(JsonSchema)]
struct One {
    a: u8,
}

#[derive(JsonSchema)]
struct Two {
    a: u8,
    b: u8,
}

#[derive(JsonSchema)]
struct TwoOrOne {
    a: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<u8>,
}

#[derive(JsonSchema)]
struct TwoByDefault {
    a: u8,
    #[serde(default)]
    b: u8,
}

#[test]
fn fields_that_are_read_may_come_if_they_are_optional_and_may_go() {
    assert_eq!(read::<One, TwoOrOne>(), NONE);
    assert_eq!(read::<One, TwoByDefault>(), NONE);
    assert_eq!(read::<Two, TwoByDefault>(), NONE);
    assert_eq!(read::<Two, One>(), NONE);
    assert_eq!(read::<One, Two>(), ["`say.it.b` is required now"]);
    assert_eq!(read::<TwoByDefault, Two>(), ["`say.it.b` is required now"]);
}

#[test]
fn fields_that_are_written_may_come_and_may_not_go() {
    assert_eq!(written::<One, Two>(), NONE);
    assert_eq!(written::<One, TwoOrOne>(), NONE);
    assert_eq!(written::<TwoOrOne, Two>(), NONE);
    assert_eq!(written::<TwoOrOne, One>(), NONE);
    assert_eq!(written::<Two, TwoByDefault>(), NONE);
    assert_eq!(written::<Two, One>(), ["`say.ok.b` is not sent any more"]);
    assert_eq!(
        written::<Two, TwoOrOne>(),
        [
            "`say.ok.b` may be `null` now",
            "`say.ok.b` may be missing now"
        ]
    );
}

#[test]
fn a_type_that_denies_unknown_fields_may_not_lose_one() {
    #[derive(JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        a: u8,
    }
    assert_eq!(read::<One, Strict>(), NONE);
    assert_eq!(written::<Strict, Two>(), NONE);
    assert_eq!(read::<Two, Strict>(), ["`say.it.b` is not taken any more"]);
    assert_eq!(
        read::<BTreeMap<String, u8>, Strict>(),
        [
            "`say.it.*` is not taken any more",
            "`say.it.a` is required now"
        ]
    );
}

#[test]
fn a_flattened_map_takes_fields_of_its_type_only() {
    #[derive(JsonSchema)]
    struct Open {
        a: u8,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    }
    #[derive(JsonSchema)]
    struct OpenWithText {
        a: u8,
        text: String,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    }
    assert_eq!(read::<Two, Open>(), NONE);
    assert_eq!(read::<Open, One>(), NONE);
    assert_eq!(
        read::<OpenWithText, Open>(),
        ["`say.it.text` was a string and is an integer (`u8`)"]
    );
    assert_eq!(
        written::<Open, OpenWithText>(),
        ["`say.ok.text` was an integer (`u8`) and is a string"]
    );
}

#[test]
fn flattened_fields_are_fields() {
    #[derive(JsonSchema)]
    struct Flat {
        #[serde(flatten)]
        one: One,
        b: u8,
    }
    assert_eq!(written::<Two, Flat>(), NONE);
    assert_eq!(written::<Flat, Two>(), NONE);
    assert_eq!(written::<Flat, One>(), ["`say.ok.b` is not sent any more"]);
}

#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    Hello { name: String, age: u8 },
    Bye,
}

#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum MoreEvents {
    Hello { name: String, age: u8, at: u64 },
    Bye,
    Warned(One),
}

#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FewerFields {
    Hello { name: String },
    Bye,
}

#[test]
fn tagged_variants_may_come_everywhere() {
    assert_eq!(sent::<Event, MoreEvents>(), NONE);
    assert_eq!(refused::<Event, MoreEvents>(), NONE);
    assert_eq!(written::<Vec<Event>, Vec<MoreEvents>>(), NONE);
    assert_eq!(read::<Event, FewerFields>(), NONE);
}

#[test]
fn fields_of_variants_are_fields() {
    assert_eq!(
        sent::<Event, FewerFields>(),
        ["`sends.hello.age` is not sent any more"]
    );
    assert_eq!(
        read::<FewerFields, Event>(),
        ["`say.it.hello.age` is required now"]
    );
}

#[test]
fn a_variant_that_is_read_may_not_go() {
    assert_eq!(
        read::<MoreEvents, Event>(),
        ["`say.it` does not take `warned` any more"]
    );
}

#[test]
fn a_variant_that_is_written_may_go_but_an_event_may_not() {
    assert_eq!(
        written::<MoreEvents, FewerFields>(),
        [
            "`say.ok.hello.age` is not sent any more",
            "`say.ok.hello.at` is not sent any more",
        ]
    );
    assert_eq!(
        refused::<MoreEvents, Event>(),
        ["`say.error.hello.at` is not sent any more"]
    );
    assert_eq!(
        sent::<MoreEvents, FewerFields>(),
        [
            "`sends.hello.age` is not sent any more",
            "`sends.hello.at` is not sent any more",
            "`sends.warned` is not sent any more",
        ]
    );
}

#[test]
fn a_variant_of_another_name_is_another_variant() {
    #[derive(JsonSchema)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Renamed {
        Greeted { name: String, age: u8 },
        Bye,
    }
    assert_eq!(
        sent::<Event, Renamed>(),
        ["`sends.hello` is not sent any more"]
    );
    assert_eq!(
        read::<Event, Renamed>(),
        ["`say.it` does not take `hello` any more"]
    );
}

#[test]
fn another_tag_makes_other_variants() {
    #[derive(JsonSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Retagged {
        Hello { name: String, age: u8 },
        Bye,
    }
    assert_eq!(
        sent::<Event, Retagged>(),
        ["`sends` was an object with `type`, and is an object with `kind`"]
    );
    assert_eq!(
        read::<Event, Retagged>(),
        ["`say.it` was an object with `type`, and is an object with `kind`"]
    );
}

#[test]
fn adjacently_tagged_variants_are_tagged() {
    #[derive(JsonSchema)]
    #[serde(tag = "t", content = "c")]
    enum Old {
        A(u8),
    }
    #[derive(JsonSchema)]
    #[serde(tag = "t", content = "c")]
    enum New {
        A(u16),
        B { x: u8 },
    }
    assert_eq!(read::<Old, New>(), NONE);
    assert_eq!(
        sent::<Old, New>(),
        ["`sends.A.c` was an integer (`u8`) and is an integer (`u16`)"]
    );
    assert_eq!(
        read::<New, Old>(),
        [
            "`say.it.A.c` was an integer (`u16`) and is an integer (`u8`)",
            "`say.it` does not take `B` any more",
        ]
    );
}

#[derive(JsonSchema)]
enum External {
    A(u8),
    B { x: u8 },
}

#[derive(JsonSchema)]
enum MoreExternal {
    A(u8),
    B { x: u8 },
    C,
    D(bool),
}

#[test]
fn variants_without_a_tag_may_not_come_where_they_are_written() {
    assert_eq!(read::<External, MoreExternal>(), NONE);
    assert_eq!(
        written::<External, MoreExternal>(),
        ["`say.ok` may be `C` now", "`say.ok` may be `D` now"]
    );
    assert_eq!(
        read::<MoreExternal, External>(),
        [
            "`say.it` does not take `C` any more",
            "`say.it` does not take `D` any more",
        ]
    );
}

#[derive(JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    One(One),
}

#[derive(JsonSchema)]
#[serde(untagged)]
enum MoreUntagged {
    Number(u8),
    Two(Two),
    Text(String),
    One(One),
}

#[test]
fn untagged_variants_fit_if_one_of_the_others_takes_them() {
    assert_eq!(read::<Untagged, MoreUntagged>(), NONE);
    assert_eq!(written::<MoreUntagged, Untagged>(), NONE);
    assert_eq!(
        written::<Untagged, MoreUntagged>(),
        ["`say.ok` may be a string now"]
    );
    assert_eq!(
        read::<MoreUntagged, Untagged>(),
        ["`say.it` does not take a string any more"]
    );
    assert_eq!(
        written::<Untagged, Two>(),
        NONE,
        "a `Two` is read as a `One`"
    );
    assert_eq!(read::<One, Untagged>(), NONE);
}

#[test]
fn unit_variants_of_refusals_and_events_may_come() {
    #[derive(JsonSchema)]
    enum Why {
        TooLong,
        NotHere,
    }
    #[derive(JsonSchema)]
    enum MoreWhy {
        TooLong,
        NotHere,
        Banned,
    }
    assert_eq!(refused::<Why, MoreWhy>(), NONE);
    assert_eq!(refused::<MoreWhy, Why>(), NONE);
    assert_eq!(sent::<Why, MoreWhy>(), NONE);
    assert_eq!(
        sent::<MoreWhy, Why>(),
        ["`sends.Banned` is not sent any more"]
    );
    assert_eq!(written::<Why, MoreWhy>(), ["`say.ok` may be `Banned` now"]);
}

#[test]
fn a_struct_is_not_an_enum() {
    assert_eq!(
        read::<One, Event>(),
        ["`say.it` was an object (`One`) and is `hello` or `bye`"]
    );
}

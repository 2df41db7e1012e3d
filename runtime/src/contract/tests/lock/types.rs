//! Types of fields, both ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemars::JsonSchema;

use super::{NONE, read, written};

#[test]
fn integers_may_become_wider_where_they_are_read_and_narrower_where_they_are_written() {
    assert_eq!(read::<u8, u64>(), NONE);
    assert_eq!(written::<u64, u8>(), NONE);
    assert_eq!(written::<i64, u32>(), NONE);
    assert_eq!(read::<u64, f64>(), NONE);
    assert_eq!(
        read::<u64, u8>(),
        ["`say.it` was an integer (`u64`) and is an integer (`u8`)"]
    );
    assert_eq!(
        written::<u8, u64>(),
        ["`say.ok` was an integer (`u8`) and is an integer (`u64`)"]
    );
    assert_eq!(
        read::<i32, u32>(),
        ["`say.it` was an integer (`i32`) and is an integer (`u32`)"]
    );
    assert_eq!(
        read::<f64, i64>(),
        ["`say.it` was a number and is an integer (`i64`)"]
    );
}

#[test]
fn numbers_with_a_fraction_are_of_any_precision() {
    assert_eq!(read::<f64, f32>(), NONE);
    assert_eq!(written::<f32, f64>(), NONE);
}

#[test]
fn null_may_be_added_where_it_is_read_and_go_where_it_is_written() {
    assert_eq!(read::<u8, Option<u8>>(), NONE);
    assert_eq!(written::<Option<u8>, u8>(), NONE);
    assert_eq!(
        read::<Option<u8>, u8>(),
        ["`say.it` does not take `null` any more"]
    );
    assert_eq!(written::<u8, Option<u8>>(), ["`say.ok` may be `null` now"]);
}

#[test]
fn null_of_a_named_type_is_like_null_of_another() {
    #[derive(JsonSchema)]
    struct Named {
        name: String,
    }
    assert_eq!(read::<Named, Option<Named>>(), NONE);
    assert_eq!(
        read::<Option<Named>, Named>(),
        ["`say.it` does not take `null` any more"]
    );
    assert_eq!(
        written::<Named, Option<Named>>(),
        ["`say.ok` may be `null` now"]
    );
}

#[test]
fn another_type_is_another_type_both_ways() {
    let words = "was a string and is a boolean";
    assert_eq!(read::<String, bool>(), [format!("`say.it` {words}")]);
    assert_eq!(written::<String, bool>(), [format!("`say.ok` {words}")]);
}

#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mood {
    Happy,
    Sad,
}

#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Moods {
    Happy,
    Sad,
    Angry,
}

#[test]
fn values_of_an_enum_may_be_added_where_they_are_read_and_go_where_they_are_written() {
    assert_eq!(read::<Mood, Moods>(), NONE);
    assert_eq!(written::<Moods, Mood>(), NONE);
    assert_eq!(
        read::<Moods, Mood>(),
        ["`say.it` does not take `angry` any more"]
    );
    assert_eq!(written::<Mood, Moods>(), ["`say.ok` may be `angry` now"]);
}

#[test]
fn an_enum_of_strings_becomes_one_of_objects_with_its_first_field() {
    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case", tag = "type")]
    enum Objects {
        Happy,
        Sad { why: String },
    }
    assert_eq!(
        written::<Mood, Objects>(),
        ["`say.ok` was a string, and is an object with `type`"]
    );
    assert_eq!(
        super::refused::<Mood, Objects>(),
        ["`say.error` was a string, and is an object with `type`"]
    );
    assert_eq!(
        super::sent::<Mood, Objects>(),
        ["`sends` was a string, and is an object with `type`"]
    );
    assert_eq!(
        read::<Option<Objects>, Option<Mood>>(),
        ["`say.it` was an object with `type`, and is a string"]
    );
}

#[test]
fn an_enum_may_become_a_string_where_it_is_read() {
    assert_eq!(read::<Mood, String>(), NONE);
    assert_eq!(written::<String, Mood>(), NONE);
    assert_eq!(
        read::<String, Mood>(),
        ["`say.it` was a string and is `happy` or `sad`"]
    );
    assert_eq!(
        written::<Mood, String>(),
        ["`say.ok` was `happy` or `sad` and is a string"]
    );
}

#[test]
fn arrays_change_with_their_elements_and_lengths() {
    assert_eq!(read::<Vec<u8>, Vec<u16>>(), NONE);
    assert_eq!(read::<[u8; 3], Vec<u8>>(), NONE);
    assert_eq!(
        read::<Vec<u16>, Vec<u8>>(),
        ["`say.it[]` was an integer (`u16`) and is an integer (`u8`)"]
    );
    assert_eq!(
        read::<[u8; 3], [u8; 4]>(),
        ["`say.it` was an array of length 3 and is an array of length 4"]
    );
    assert_eq!(
        written::<Vec<u8>, u8>(),
        ["`say.ok` was an array and is an integer (`u8`)"]
    );
}

#[test]
fn sets_are_arrays_in_which_clients_need_not_expect_an_element_twice() {
    assert_eq!(read::<Vec<u8>, BTreeSet<u8>>(), NONE);
    assert_eq!(
        written::<BTreeSet<u8>, Vec<u8>>(),
        ["`say.ok` is an array as before, but with other limits"]
    );
}

#[test]
fn tuples_change_with_their_elements_and_length() {
    assert_eq!(
        written::<(u8, String), (u8, bool)>(),
        ["`say.ok[1]` was a string and is a boolean"]
    );
    assert_eq!(
        written::<(u8, u8), (u8, u8, u8)>(),
        ["`say.ok` was a tuple of 2 and is a tuple of 3"]
    );
    assert_eq!(read::<(u8, u8), Vec<u8>>(), NONE);
    assert_eq!(
        read::<Vec<u8>, (u8, u8)>(),
        ["`say.it` was an array and is a tuple of 2"]
    );
}

#[test]
fn maps_change_with_their_values() {
    type Map<T> = BTreeMap<String, T>;
    assert_eq!(read::<Map<u8>, HashMap<String, u16>>(), NONE);
    assert_eq!(
        written::<Map<u8>, Map<String>>(),
        ["`say.ok.*` was an integer (`u8`) and is a string"]
    );
    assert_eq!(
        written::<Map<u8>, Vec<u8>>(),
        ["`say.ok` was an object and is an array"]
    );
}

#[test]
fn what_is_one_character_may_become_a_text_where_it_is_read() {
    assert_eq!(read::<char, String>(), NONE);
    assert_eq!(
        written::<char, String>(),
        ["`say.ok` was a string of length 1 and is a string"]
    );
}

struct Uuid;

impl JsonSchema for Uuid {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Uuid".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "uuid"})
    }
}

#[test]
fn a_format_may_go_where_it_is_read_and_come_where_it_is_written() {
    assert_eq!(read::<Uuid, String>(), NONE);
    assert_eq!(written::<String, Uuid>(), NONE);
    assert_eq!(
        read::<String, Uuid>(),
        ["`say.it` was a string and is a string (`uuid`)"]
    );
    assert_eq!(
        written::<Uuid, String>(),
        ["`say.ok` was a string (`uuid`) and is a string"]
    );
}

#[derive(JsonSchema)]
struct Limited {
    #[schemars(range(min = 1, max = 10))]
    number: u8,
    #[schemars(length(max = 20), regex(pattern = "^a"))]
    text: String,
}

#[derive(JsonSchema)]
#[schemars(rename = "Limited")]
struct Unlimited {
    number: u8,
    text: String,
}

#[test]
fn limits_may_go_where_they_are_read_and_come_where_they_are_written() {
    assert_eq!(read::<Limited, Unlimited>(), NONE);
    assert_eq!(written::<Unlimited, Limited>(), NONE);
    assert_eq!(
        read::<Unlimited, Limited>(),
        [
            "`say.it.number` was an integer (`u8`) and is an integer from 1 to 10",
            "`say.it.text` was a string and is a string like `^a`",
        ]
    );
}

#[test]
fn anything_may_come_where_it_is_read_and_go_where_it_is_written() {
    assert_eq!(read::<u8, serde_json::Value>(), NONE);
    assert_eq!(written::<serde_json::Value, u8>(), NONE);
    assert_eq!(
        written::<u8, serde_json::Value>(),
        ["`say.ok` was an integer (`u8`) and is anything"]
    );
}

mod old {
    #[derive(schemars::JsonSchema)]
    pub(super) struct Tree {
        name: String,
        children: Vec<Tree>,
    }
}

mod new {
    #[derive(schemars::JsonSchema)]
    pub(super) struct Tree {
        name: Option<String>,
        children: Vec<Tree>,
    }
}

#[test]
fn types_that_contain_themselves_are_compared_once() {
    assert_eq!(read::<old::Tree, new::Tree>(), NONE);
    assert_eq!(
        written::<old::Tree, new::Tree>(),
        ["`say.ok.name` may be `null` now"]
    );
    assert_eq!(
        read::<new::Tree, old::Tree>(),
        [
            "`say.it.name` does not take `null` any more",
            "`say.it.name` is required now",
        ]
    );
}

#[test]
fn the_name_of_a_type_is_not_in_what_is_sent() {
    #[derive(JsonSchema)]
    struct Leaf {
        name: String,
        children: Vec<Leaf>,
    }
    assert_eq!(written::<old::Tree, Leaf>(), NONE);
    assert_eq!(read::<Leaf, old::Tree>(), NONE);
}

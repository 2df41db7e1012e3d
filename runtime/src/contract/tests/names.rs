//! The names of the schemas of types with `#[wire]`, which depend on no order.

use serde_json::Value;

use crate::contract::generated::{Builder, Describing};

mod app {
    pub(super) mod chat {
        use crate::wire;

        #[wire(crate = crate)]
        pub(in super::super) struct Person {
            name: String,
        }

        #[wire(crate = crate)]
        pub(in super::super) struct Page<T> {
            items: Vec<T>,
        }

        #[wire(crate = crate)]
        pub(in super::super) struct Limited<T, const N: usize>(Vec<T>);

        pub(in super::super) mod room {
            use crate::wire;

            #[wire(crate = crate)]
            pub(in super::super::super) struct Person {
                age: u8,
            }
        }

        pub(in super::super) const HERE: &str = module_path!();
    }

    pub(super) mod prices {
        use crate::wire;

        #[wire(crate = crate)]
        pub(in super::super) struct Person {
            #[serde(default)]
            id: u32,
        }
    }
}

use app::{
    chat::{self, Limited, Page, Person},
    prices,
};

fn said(describe: fn(&mut Describing<'_>)) -> Value {
    let contract = Builder::new("chat", "/chat", "").within(chat::HERE);
    serde_json::to_value(contract.call("say", "", describe).finish()).unwrap()
}

fn names(contract: &Value) -> Vec<&str> {
    let schemas = contract["schemas"].as_object().unwrap();
    schemas.keys().map(String::as_str).collect()
}

#[test]
fn types_of_one_name_are_told_apart_by_their_modules_in_any_order() {
    let one = said(|d| d.ok::<(Person, prices::Person, chat::room::Person)>());
    let other = said(|d| d.ok::<(chat::room::Person, prices::Person, Person)>());
    for contract in [&one, &other] {
        assert_eq!(names(contract), ["Person", "PricesPerson", "RoomPerson"]);
        for (name, field) in [
            ("Person", "name"),
            ("PricesPerson", "id"),
            ("RoomPerson", "age"),
        ] {
            assert!(contract["schemas"][name]["properties"][field].is_object());
        }
    }
    assert!(!one.to_string().contains("x-levante-type"));
}

#[test]
fn a_second_type_of_a_name_does_not_rename_the_first() {
    let before = said(|d| d.ok::<Person>());
    let after = said(|d| {
        d.parameter::<prices::Person>("it", true);
        d.ok::<Person>();
    });
    assert_eq!(names(&before), ["Person"]);
    assert_eq!(names(&after), ["Person", "PricesPerson"]);
    assert_eq!(after["schemas"]["Person"], before["schemas"]["Person"]);
    assert_eq!(after["calls"]["say"]["ok"], before["calls"]["say"]["ok"]);
}

#[test]
fn a_generic_type_has_the_names_of_what_is_in_it() {
    let contract = said(|d| {
        d.ok::<(Page<u8>, Page<Person>)>();
        d.error::<(Limited<Page<bool>, 3>, Limited<Page<bool>, 4>)>();
    });
    assert_eq!(
        names(&contract),
        [
            "Limited_Page_boolean_3",
            "Limited_Page_boolean_4",
            "Page_Person",
            "Page_boolean",
            "Page_uint8",
            "Person"
        ]
    );
}

#[test]
fn generic_types_of_namesakes_have_names_that_depend_on_no_order() {
    let one = said(|d| d.ok::<(Page<Person>, Page<prices::Person>)>());
    let other = said(|d| d.ok::<(Page<prices::Person>, Page<Person>)>());
    for contract in [&one, &other] {
        assert_eq!(
            names(contract),
            ["ChatPage_Person", "Page_Person", "Person", "PricesPerson"]
        );
        assert_eq!(
            contract["schemas"]["Page_Person"]["properties"]["items"]["items"]["$ref"],
            "#/components/schemas/Person"
        );
    }
}

#[test]
fn a_generic_type_that_is_read_otherwise_has_two_schemas() {
    let contract = said(|d| {
        d.parameter::<Page<prices::Person>>("it", true);
        d.ok::<Page<prices::Person>>();
    });
    assert_eq!(
        names(&contract),
        ["Page_Person", "Page_PersonInput", "Person", "PersonInput"]
    );
    let say = &contract["calls"]["say"];
    assert_eq!(
        say["data"]["properties"]["it"]["$ref"],
        "#/components/schemas/Page_PersonInput"
    );
    let items = |name: &str| &contract["schemas"][name]["properties"]["items"]["items"]["$ref"];
    assert_eq!(items("Page_Person"), "#/components/schemas/Person");
    assert_eq!(
        items("Page_PersonInput"),
        "#/components/schemas/PersonInput"
    );
}

#[test]
fn a_flattened_type_does_not_name_the_type_around_it() {
    #[derive(schemars::JsonSchema)]
    struct Holder {
        #[serde(flatten)]
        person: Person,
    }
    let contract = said(|d| d.ok::<(Holder, Person)>());
    assert_eq!(names(&contract), ["Holder", "Person"]);
}

#[test]
fn the_message_of_a_topic_may_be_generic() {
    #[crate::topic("people/{id}", message = Page<Person>, crate = crate)]
    struct People {
        id: u32,
    }
    let contract = Builder::new("chat", "/chat", "").topic::<People>("People", None);
    let contract = serde_json::to_value(contract.finish()).unwrap();
    let message = &contract["topics"]["People"]["message"]["$ref"];
    assert_eq!(message, "#/components/schemas/Page_Person");
    assert_eq!(names(&contract), ["Page_Person", "Person"]);
}

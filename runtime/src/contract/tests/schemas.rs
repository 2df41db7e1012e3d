//! The schemas of a contract: two directions, and names.

use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::contract::{
    Contract,
    generated::{Builder, Describing},
};

fn said(describe: fn(&mut Describing<'_>)) -> Value {
    json(
        &Builder::new("m", "/m", "")
            .call("say", "", describe)
            .finish(),
    )
}

fn json(contract: &Contract) -> Value {
    serde_json::to_value(contract).unwrap()
}

fn names(contract: &Value) -> Vec<&str> {
    contract["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[derive(JsonSchema)]
struct Same {
    name: String,
}

#[derive(JsonSchema)]
struct Ways {
    #[serde(default)]
    count: u8,
}

#[derive(JsonSchema)]
struct Holder {
    ways: Vec<Ways>,
    next: Option<Box<Holder>>,
}

#[test]
fn a_type_with_one_form_has_one_schema() {
    let contract = said(|d| {
        d.parameter::<Same>("it", true);
        d.ok::<Same>();
    });
    assert_eq!(names(&contract), ["Same"]);
}

#[test]
fn a_type_that_is_read_otherwise_has_two_schemas_as_have_those_that_contain_it() {
    let contract = said(|d| {
        d.parameter::<Holder>("it", true);
        d.ok::<Holder>();
    });
    assert_eq!(
        names(&contract),
        ["Holder", "HolderInput", "Ways", "WaysInput"]
    );
    let schemas = &contract["schemas"];
    let of = |name: &str| {
        (
            &schemas[name]["properties"]["ways"]["items"]["$ref"],
            &schemas[name]["properties"]["next"]["anyOf"][0]["$ref"],
        )
    };
    assert_eq!(
        of("Holder"),
        (
            &json!("#/components/schemas/Ways"),
            &json!("#/components/schemas/Holder")
        )
    );
    assert_eq!(
        of("HolderInput"),
        (
            &json!("#/components/schemas/WaysInput"),
            &json!("#/components/schemas/HolderInput")
        )
    );
    assert_eq!(schemas["Ways"]["required"], json!(["count"]));
    assert_eq!(schemas["WaysInput"]["required"], Value::Null);
    let say = &contract["calls"]["say"];
    assert_eq!(
        say["data"]["properties"]["it"]["$ref"],
        "#/components/schemas/HolderInput"
    );
    assert_eq!(say["ok"]["$ref"], "#/components/schemas/Holder");
}

#[test]
fn a_type_that_goes_one_way_has_one_schema_by_its_name() {
    assert_eq!(
        names(&said(|d| d.parameter::<Holder>("it", true))),
        ["Holder", "Ways"]
    );
    assert_eq!(names(&said(|d| d.ok::<Holder>())), ["Holder", "Ways"]);
}

#[test]
fn a_name_that_an_input_would_take_is_left_alone() {
    #[derive(JsonSchema)]
    struct WaysInput {
        own: u8,
    }
    let contract = said(|d| {
        d.parameter::<(WaysInput, Ways)>("it", true);
        d.ok::<Ways>();
    });
    assert_eq!(names(&contract), ["Ways", "WaysInput", "WaysInput2"]);
    assert_eq!(
        contract["schemas"]["WaysInput"]["properties"]["own"]["type"],
        "integer"
    );
}

mod unmarked {
    #[derive(schemars::JsonSchema)]
    pub(super) struct Same {
        age: u8,
    }
}

#[test]
fn types_of_one_name_without_a_module_are_numbered_alike_in_both_directions() {
    let contract = said(|d| {
        d.parameter::<unmarked::Same>("it", true);
        d.ok::<Same>();
    });
    assert_eq!(names(&contract), ["Same", "Same2"]);
    assert_eq!(
        contract["calls"]["say"]["ok"]["$ref"],
        "#/components/schemas/Same2"
    );
}

#[test]
fn a_name_becomes_an_identifier() {
    #[derive(JsonSchema)]
    #[serde(rename = "Größe/<~1>")]
    struct Odd {
        own: Option<Box<Odd>>,
    }
    let contract = said(|d| d.ok::<Odd>());
    assert_eq!(names(&contract), ["Gruf6udfe___1_"]);
    let name = contract["calls"]["say"]["ok"]["$ref"].as_str().unwrap();
    assert_eq!(name, "#/components/schemas/Gruf6udfe___1_");
    assert_eq!(
        contract["schemas"]["Gruf6udfe___1_"]["properties"]["own"]["anyOf"][0]["$ref"],
        name
    );
}

#[test]
fn a_generic_type_has_a_schema_for_each_use() {
    #[derive(JsonSchema)]
    #[schemars(rename = "Page_{T}")]
    struct Page<T> {
        items: Vec<T>,
    }
    let contract = said(|d| d.ok::<(Page<Same>, Page<u8>)>());
    assert_eq!(names(&contract), ["Page_Same", "Page_uint8", "Same"]);
}

#[test]
fn a_tuple_is_in_the_form_of_draft_7() {
    let contract = said(|d| d.ok::<(u8, String)>());
    assert_eq!(
        contract["calls"]["say"]["ok"],
        json!({
            "type": "array",
            "items": [
                {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255},
                {"type": "string"},
            ],
            "minItems": 2,
            "maxItems": 2,
        })
    );
}

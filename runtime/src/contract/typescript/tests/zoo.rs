//! All that serde and schemars can make of types, and names that are taken.

use schemars::JsonSchema;

use super::assert_file;
use crate::contract::tests::zoo;

/// AsyncAPI's parser cannot read such a property, so that it is not in the zoo itself.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema matters")]
struct Odd {
    #[serde(rename = "__proto__")]
    proto: u8,
}

#[test]
fn a_zoo() {
    let contract = zoo::builder().call("odd", "", |call| call.parameter::<Odd>("odd", true));
    assert_file("zoo.ts", &contract.finish().typescript());
}

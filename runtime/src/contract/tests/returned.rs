//! What the return type of a function tells a client.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Wire, WireAs,
    contract::generated::{Builder, Describing, Reported as _, Returned, Told as _},
};

#[derive(Serialize, JsonSchema)]
struct Refused;

impl Wire for Refused {
    type Static = Self;
}

impl WireAs<Refused> for Refused {}

/// An error that clients are not told.
struct Failed;

type Alias<T> = Result<T, Refused>;

fn told(describe: fn(&mut Describing<'_>)) -> Value {
    let contract = Builder::new("m", "/m", "")
        .call("say", "", describe)
        .finish();
    let mut say = serde_json::to_value(contract).unwrap()["calls"]["say"].take();
    let say = say.as_object_mut().unwrap();
    say.remove("docs");
    Value::Object(std::mem::take(say))
}

#[test]
#[allow(
    clippy::needless_borrow,
    reason = "generated code has the reference for all types, and some need it"
)]
fn a_refusal_is_told_and_another_error_is_not() {
    let number = json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255});
    let both = json!({"ok": number, "error": {"$ref": "#/components/schemas/Refused"}});
    assert_eq!(
        told(|d| (&Returned::<u8>::NEW).tell(d)),
        json!({"ok": number})
    );
    assert_eq!(
        told(|d| (&Returned::<()>::NEW).tell(d)),
        json!({"ok": {"type": "null"}})
    );
    assert_eq!(
        told(|d| (&Returned::<Result<u8, Refused>>::NEW).tell(d)),
        both
    );
    assert_eq!(told(|d| (&Returned::<Alias<u8>>::NEW).tell(d)), both);
    let reported = json!({"ok": number});
    assert_eq!(
        told(|d| (&Returned::<Result<u8, Failed>>::NEW).tell(d)),
        reported
    );
    assert_eq!(told(Returned::<Result<u8, Refused>>::describe), both);
    assert_eq!(told(Returned::<Result<u8, Failed>>::describe), reported);
}

//! What is answered for a returned value.

use super::super::*;
use crate::error::BoxError;

#[derive(serde::Serialize)]
struct Refused;
impl crate::wire::Wire for Refused {
    type Static = Self;
}
impl crate::wire::WireAs<Refused> for Refused {}

type Hidden = Result<u32, Refused>;

/// What the generated code does with a returned value.
macro_rules! json {
    ($returned:expr) => {{
        let value = $returned;
        let mut json = Vec::new();
        let kind = &returned(&value);
        match kind.answer(value) {
            Answer::Ok(value) => value.write(&mut json, 1, "ok").unwrap(),
            Answer::Refused(refusal) => refusal.write(&mut json, 1, "error").unwrap(),
            Answer::Failed(error) => json.extend(error.to_string().into_bytes()),
        }
        String::from_utf8(json).unwrap()
    }};
}

#[test]
fn the_type_of_a_returned_value_decides() {
    fn opaque() -> impl serde::Serialize {
        [1, 2]
    }
    assert_eq!(json!(()), r#"{"id":1,"ok":null}"#);
    assert_eq!(json!(7_u32), r#"{"id":1,"ok":7}"#);
    assert_eq!(json!(opaque()), r#"{"id":1,"ok":[1,2]}"#);
    assert_eq!(json!(None::<u32>), r#"{"id":1,"ok":null}"#);
    assert_eq!(json!(Hidden::Ok(7)), r#"{"id":1,"ok":7}"#);
    assert_eq!(json!(Hidden::Err(Refused)), r#"{"id":1,"error":null}"#);
    assert_eq!(json!(Ok::<_, BoxError>("x")), r#"{"id":1,"ok":"x"}"#);
    assert_eq!(json!(Err::<u32, BoxError>("secret".into())), "secret");
    // A text is an error, and no refusal: it could tell the client too much.
    assert_eq!(json!(Err::<(), String>("secret".into())), "secret");
    assert_eq!(json!("x".parse::<u32>()), "invalid digit found in string");
}

#[test]
fn ids_are_written_as_they_were_read() {
    for id in [0, 9, 10, 99, 100, (1 << 53) - 1, u64::MAX] {
        let mut json = Vec::new();
        write(&mut json, id, "ok", &()).unwrap();
        assert_eq!(json, format!(r#"{{"id":{id},"ok":null}}"#).into_bytes());
    }
}

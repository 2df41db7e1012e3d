//! The values of parameters.

use std::{collections::HashMap, fmt::Debug};

use serde::Deserialize;

use super::{Fault, Frame, Parameter, assert_fault, field, given, read, with_data};

/// Reads the only parameter of a function.
fn read_field<T: Parameter + Debug>(value: &str) -> Result<T, String> {
    let frame = format!(r#"{{"type":"f","data":{{"x":{value}}}}}"#);
    let read = || {
        let Frame::Call(_, mut arguments) = Frame::read(&frame)? else {
            panic!("{frame}");
        };
        let mut slot = None;
        arguments.read(|_, reader| field::<T>(&mut slot, "x", reader))?;
        given(slot, "x")
    };
    read().map_err(|fault: Fault| fault.into_text().into_owned())
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn nesting_has_a_limit_in_values_that_are_kept_and_in_those_that_are_skipped() {
    let limit = "recursion limit exceeded";
    for (depth, fits) in [(1, true), (127, true), (128, false), (10_000, false)] {
        let value = nested(depth);
        let kept = read_field::<serde_json::Value>(&value).err();
        assert_eq!(
            kept.as_deref(),
            (!fits).then_some("`x`: recursion limit exceeded")
        );
        let call = with_data(&format!(r#"{{"room":1,"text":"","deep":{value}}}"#));
        let beside = format!(r#"{{"join":"a","deep":{value},"id":9}}"#);
        for frame in [call, beside] {
            match fits {
                true => assert!(read(&frame).is_ok(), "{depth}"),
                false => assert_fault(&frame, limit, 9),
            }
        }
        let objects = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        assert_eq!(read_field::<serde_json::Value>(&objects).is_ok(), fits);
    }
}

#[test]
fn every_type_that_serde_reads_can_be_a_parameter() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Shape {
        Circle { radius: f64 },
        Nothing,
    }
    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Unit;
    assert_eq!(read_field("true"), Ok(true));
    assert_eq!(read_field("-1.5e3"), Ok(-1500.0));
    assert_eq!(read_field("-7"), Ok(-7_i64));
    assert_eq!(read_field("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(read_field("\"x\""), Ok('x'));
    assert_eq!(read_field("\"a\\nb\""), Ok("a\nb".to_owned()));
    assert_eq!(read_field("null"), Ok(()));
    assert_eq!(read_field("null"), Ok(Unit));
    assert_eq!(read_field("null"), Ok(None::<u32>));
    assert_eq!(read_field(" [ 1 , 2 ] "), Ok(vec![1, 2]));
    assert_eq!(
        read_field("{\"a\":1}"),
        Ok(HashMap::from([("a".to_owned(), 1)]))
    );
    assert_eq!(
        read_field(r#"{"radius":2,"type":"circle"}"#),
        Ok(Shape::Circle { radius: 2.0 })
    );
    assert_eq!(read_field(r#"{"type":"nothing"}"#), Ok(Shape::Nothing));
    assert_eq!(
        read_field::<Shape>(r#"{"type":"square"}"#),
        Err("`x`: unknown variant `square`, expected `circle` or `nothing`".to_owned())
    );
    for value in ["tru", "truex", "1x", "1 2", "-", "\"", "[1", "{\"a\"}", ""] {
        assert!(read_field::<serde_json::Value>(value).is_err(), "{value}");
    }
}

#[test]
fn a_fault_quotes_little() {
    let long = "x".repeat(10_000);
    let quoted = |len| "x".repeat(len);
    assert_fault(
        &format!(r#"{{"type":"{long}","id":1}}"#),
        &format!("nothing is called `{}…`", quoted(64)),
        1,
    );
    assert_fault(
        &with_data(&format!(r#"{{"room":"{long}","text":""}}"#)),
        &format!(
            "`room`: invalid type: string \"{}…, expected u32",
            quoted(42)
        ),
        9,
    );
    // The words of the client cannot pass for those of the server.
    let mimic = format!(r#"{{"room":", expected {long}","text":""}}"#);
    let (fault, _) = read(&with_data(&mimic)).unwrap_err();
    assert!(fault.ends_with("…, expected u32"), "{fault}");
    assert!(fault.len() < 100, "{fault}");

    #[derive(Debug)]
    struct Custom;
    impl<'de> Deserialize<'de> for Custom {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("bad: {text}")))
        }
    }
    for text in ["é".repeat(500), format!(", expected {long}")] {
        let fault = read_field::<Custom>(&format!("\"{text}\"")).unwrap_err();
        assert!(fault.starts_with("`x`: bad: "), "{fault}");
        assert!(fault.len() < 80, "{fault}");
    }
}
